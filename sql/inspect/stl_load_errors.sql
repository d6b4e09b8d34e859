-- One row per line that a COPY of this session has refused since then, in the order of files and lines.
-- By session and time, since PG_LAST_COPY_ID() does not tell a COPY that was rolled back.
-- Only a cluster has this history.
SELECT
    TRIM(filename) AS url,
    query AS query_id,
    line_number,
    TRIM(colname) AS column_name,
    TRIM(type) AS column_type,
    TRIM(col_length) AS column_length,
    TRIM(raw_field_value) AS raw_field_value,
    err_code,
    TRIM(err_reason) AS err_reason
FROM stl_load_errors
WHERE
    session = :session_id
    AND starttime >= :since
ORDER BY filename, line_number;
