-- One row per place that a dataset is loaded from: how many of its files are loaded in their current version, how many
-- of these are in the lake no more, and how many versions were replaced or retracted. Reads only.
SELECT
    sources.dataset,
    sources.url,
    COUNT(CASE WHEN loaded_files.is_current THEN 1 END) AS files,
    COUNT(CASE WHEN loaded_files.is_current AND loaded_files.missing_since IS NOT NULL THEN 1 END) AS vanished_files,
    COUNT(
        CASE WHEN NOT loaded_files.is_current AND loaded_files.retracted_at IS NULL THEN 1 END
    ) AS replaced_versions,
    COUNT(loaded_files.retracted_at) AS retracted_versions
FROM sources
LEFT JOIN loaded_files
    ON
        sources.dataset = loaded_files.dataset
        AND (
            sources.url = loaded_files.url
            OR (
                RIGHT(sources.url, 1) IN ('/', '*')
                AND RTRIM(sources.url, '*') = LEFT(loaded_files.url, LEN(RTRIM(sources.url, '*')))
            )
        )
GROUP BY sources.dataset, sources.url
ORDER BY sources.dataset, sources.url;
