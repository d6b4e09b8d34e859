-- One row per version of a file of a dataset that was taken back, and is not loaded again.
SELECT
    url,
    etag
FROM loaded_files
WHERE dataset = :dataset AND retracted_at IS NOT NULL;
