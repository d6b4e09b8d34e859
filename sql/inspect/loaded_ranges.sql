-- One row per dataset and batch: the first and the last URL of the files that it loaded; what both begin with, all do.
SELECT
    dataset,
    MIN(url) AS first_url,
    MAX(url) AS last_url
FROM loaded_files
GROUP BY dataset, batch_id;
