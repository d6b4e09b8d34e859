-- One row per file that vanished from the lake or was replaced by another version, the latest first, :files at most:
-- since when that is known. Reads only.
SELECT
    vanished.dataset,
    vanished.url,
    'vanished' AS change,
    vanished.missing_since AS known_since
FROM loaded_files AS vanished
WHERE vanished.is_current AND vanished.missing_since IS NOT NULL
UNION ALL
SELECT
    replacing.dataset,
    replacing.url,
    'replaced' AS change,
    batches.published_at AS known_since
FROM loaded_files AS replacing
INNER JOIN batches ON replacing.batch_id = batches.batch_id
WHERE
    replacing.is_current
    AND EXISTS (
        SELECT 1
        FROM loaded_files AS older
        WHERE
            older.url = replacing.url
            AND NOT older.is_current
            AND older.retracted_at IS NULL
    )
ORDER BY known_since DESC, dataset ASC, url ASC
LIMIT :files;
