-- One row per object version that has been loaded from a dataset.
SELECT
    url,
    etag
FROM loaded_files
WHERE dataset = :dataset;
