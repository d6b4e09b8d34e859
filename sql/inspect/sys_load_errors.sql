-- One row per line that a COPY of this session has refused since then, in the order of files and lines.
-- By session and time, since PG_LAST_COPY_ID() does not tell a COPY that was rolled back.
-- This history has no values: raw_field_value is NULL, and is looked up in the file.
SELECT
    TRIM(file_name) AS url,
    query_id,
    line_number,
    TRIM(column_name) AS column_name,
    TRIM(column_type) AS column_type,
    TRIM(column_length) AS column_length,
    CAST(NULL AS VARCHAR(1024)) AS raw_field_value,
    error_code AS err_code,
    TRIM(error_message) AS err_reason
FROM sys_load_error_detail
WHERE
    session_id = :session_id
    AND start_time >= :since
ORDER BY file_name, line_number;
