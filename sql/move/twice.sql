-- Mark the versions that give way where one folder becomes another: a file counts once, as the new folder has it.
-- A current version that gives way stays current, since its rows are in the lake tables; by retracted_at the next run
-- knows that it has to load the rest of its batch again. One key has one row: the batch stands behind the etag of what
-- gives way. Runs before move/quarantine, in the same transaction. Safe to rerun: a second run finds none to move.
-- noqa: disable=RF02
UPDATE loaded_files
SET etag = LEFT(loaded_files.etag, 100) || ' of batch ' || CAST(loaded_files.batch_id AS VARCHAR(11))
FROM (
    SELECT DISTINCT
        there.url,
        there.etag
    FROM loaded_files AS there
    INNER JOIN loaded_files AS moved
        ON
            there.url = :new_folder || SUBSTRING(moved.url, LEN(:old_folder) + 1, 2048)
            AND there.etag = moved.etag
    WHERE
        there.dataset = :dataset
        AND moved.dataset = :dataset
        AND LEFT(moved.url, LEN(:old_folder)) = :old_folder
        AND NOT there.is_current
        AND there.retracted_at IS NULL
) AS superseded
WHERE loaded_files.url = superseded.url AND loaded_files.etag = superseded.etag;

UPDATE loaded_files
SET
    etag = LEFT(loaded_files.etag, 100) || ' of batch ' || CAST(loaded_files.batch_id AS VARCHAR(11)),
    retracted_at = CASE WHEN loaded_files.is_current THEN :now ELSE loaded_files.retracted_at END
FROM (
    SELECT DISTINCT
        moved.url,
        moved.etag
    FROM loaded_files AS moved
    INNER JOIN loaded_files AS there
        ON there.url = :new_folder || SUBSTRING(moved.url, LEN(:old_folder) + 1, 2048)
    WHERE
        moved.dataset = :dataset
        AND there.dataset = :dataset
        AND LEFT(moved.url, LEN(:old_folder)) = :old_folder
        AND (
            there.etag = moved.etag
            OR (moved.is_current AND there.is_current AND there.retracted_at IS NULL)
        )
) AS twice
WHERE loaded_files.url = twice.url AND loaded_files.etag = twice.etag;
