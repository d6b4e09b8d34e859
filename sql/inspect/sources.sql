-- One row per location that a dataset is loaded from.
SELECT
    dataset,
    url
FROM sources
ORDER BY dataset, url;
