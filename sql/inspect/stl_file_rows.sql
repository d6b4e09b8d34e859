-- One row per file that the last COPY of this session read, and its rows. Only a cluster has this history.
SELECT
    TRIM(filename) AS url,
    SUM(lines_scanned) AS rows_scanned
FROM stl_load_commits
WHERE query = PG_LAST_COPY_ID()
GROUP BY TRIM(filename);
