-- At most one row: how much of its files the COPY has scanned that a session runs now.
SELECT
    file_count_scanned,
    source_file_count,
    file_bytes_scanned,
    source_file_bytes
FROM sys_load_history
WHERE session_id = :session_id AND status = 'running'
ORDER BY query_id DESC
LIMIT 1;
