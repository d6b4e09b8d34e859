-- One row per file whose rows are in the lake tables: of one batch, or of those whose URL starts with this one.
SELECT
    dataset,
    url,
    batch_id
FROM loaded_files
WHERE
    is_current
    AND (batch_id = :batch_id OR LEFT(url, LEN(CAST(:url AS VARCHAR))) = CAST(:url AS VARCHAR))
ORDER BY dataset, url;
