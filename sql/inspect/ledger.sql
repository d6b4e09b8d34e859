-- One row per version of a file that counts, of the files of each dataset whose URL starts with the one that is given
-- for it: the current one, and those that were retracted. staging_events_url is the URL of dataset events.
-- For each :staging, with UNION ALL between:
SELECT
    dataset,
    url,
    etag,
    batch_id,
    is_current,
    retracted_at IS NOT NULL AS is_retracted,
    missing_since IS NOT NULL AS is_missing
FROM loaded_files
WHERE
    dataset = SUBSTRING(:staging_name, 9)
    AND LEFT(url, LEN(:staging_url)) = :staging_url
    AND (is_current OR retracted_at IS NOT NULL)
-- End.
