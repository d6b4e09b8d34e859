-- One row per object version that has been loaded from a dataset, of the objects in this folder; later ones last.
SELECT
    url,
    etag,
    size_bytes
FROM loaded_files
WHERE dataset = :dataset AND LEFT(url, LEN(:folder)) = :folder
ORDER BY batch_id;
