-- One row per file that the last COPY of this session read: its rows, and how many of them were rejected.
SELECT
    TRIM(filename) AS url,
    SUM(lines_scanned) AS rows_scanned,
    SUM(errors) AS rows_rejected
FROM stl_load_commits
WHERE query = PG_LAST_COPY_ID()
GROUP BY TRIM(filename);
