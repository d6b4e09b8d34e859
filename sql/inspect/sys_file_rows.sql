-- One row per file that a COPY of this session has read since then, and its rows as far as they are known; a file that
-- was read more than once has a row for each COPY.
-- noqa: disable=RF02
SELECT
    TRIM(sys_load_detail.file_name) AS url,
    sys_load_detail.query_id,
    SUM(sys_load_detail.lines_scanned) AS rows_scanned
FROM sys_load_detail
INNER JOIN sys_load_history ON sys_load_detail.query_id = sys_load_history.query_id
WHERE
    sys_load_history.session_id = :session_id
    AND sys_load_history.start_time >= :since
GROUP BY
    TRIM(sys_load_detail.file_name),
    sys_load_detail.query_id;
