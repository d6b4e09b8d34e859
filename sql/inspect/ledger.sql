-- One row per version of a file that counts, of the files of a dataset whose URL starts with this one: the current one,
-- and those that were retracted.
SELECT
    url,
    etag,
    batch_id,
    is_current,
    CASE WHEN retracted_at IS NULL THEN 0 ELSE 1 END AS is_retracted,
    CASE WHEN missing_since IS NULL THEN 0 ELSE 1 END AS is_missing
FROM loaded_files
WHERE
    dataset = :dataset
    AND LEFT(url, LEN(:url)) = :url
    AND (is_current OR retracted_at IS NOT NULL);
