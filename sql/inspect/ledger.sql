-- One row per object version that has been loaded from a dataset, of the objects whose URL starts with this one.
SELECT
    url,
    etag
FROM loaded_files
WHERE dataset = :dataset AND LEFT(url, LEN(:url)) = :url;
