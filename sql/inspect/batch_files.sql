-- One row per file of a dataset whose current version one of these batches has loaded.
SELECT url
FROM loaded_files
WHERE dataset = :dataset AND batch_id IN :batch_ids AND is_current
ORDER BY url;
