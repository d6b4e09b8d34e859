-- One row per version of a file that counts, of the files of a dataset whose URL starts with this one: the current one,
-- and those that were retracted.
SELECT
    url,
    etag,
    batch_id,
    is_current,
    retracted_at IS NOT NULL AS is_retracted,
    missing_since IS NOT NULL AS is_missing
FROM loaded_files
WHERE
    dataset = :dataset
    AND LEFT(url, LEN(:url)) = :url
    AND (is_current OR retracted_at IS NOT NULL);
