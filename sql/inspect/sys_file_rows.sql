-- One row per file that the last COPY of this session read, and its rows.
SELECT
    TRIM(file_name) AS url,
    SUM(lines_scanned) AS rows_scanned
FROM sys_load_detail
WHERE query_id = PG_LAST_COPY_ID()
GROUP BY TRIM(file_name);
