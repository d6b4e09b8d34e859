-- One row per line that the last COPY of this session refused, in the order of files and lines.
-- Only a cluster has this history.
SELECT
    TRIM(filename) AS url,
    line_number,
    TRIM(colname) AS column_name,
    TRIM(type) AS column_type,
    TRIM(col_length) AS column_length,
    TRIM(raw_field_value) AS raw_field_value,
    err_code,
    TRIM(err_reason) AS err_reason
FROM stl_load_errors
WHERE query = PG_LAST_COPY_ID()
ORDER BY filename, line_number;
