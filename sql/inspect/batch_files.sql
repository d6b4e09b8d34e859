-- One row per file of a dataset whose current version one of these batches has loaded, and its rows in quarantine;
-- none of a version that is to leave.
SELECT
    url,
    rows_quarantined
FROM loaded_files
WHERE dataset = :dataset AND batch_id IN :batch_ids AND is_current AND retracted_at IS NULL
ORDER BY url;
