-- Take the rows of batches of which the ledger has no current file any more out of a lake table, and put in those of
-- this batch, which are staged.
-- Leaves a table of the rows that are in the lake no more, since no row that was staged is the same.
CREATE TEMP TABLE :leaving
DISTKEY (:distkey)
AS
SELECT :columns
FROM :lake
WHERE
    batch_id IN (
        SELECT loaded_files.batch_id
        FROM loaded_files
        WHERE loaded_files.dataset = :dataset
        GROUP BY loaded_files.batch_id
        HAVING MAX(CASE WHEN loaded_files.is_current THEN 1 ELSE 0 END) = 0
    )
EXCEPT
SELECT :columns
FROM :staging;

DELETE FROM :lake
WHERE
    batch_id IN (
        SELECT loaded_files.batch_id
        FROM loaded_files
        WHERE loaded_files.dataset = :dataset
        GROUP BY loaded_files.batch_id
        HAVING MAX(CASE WHEN loaded_files.is_current THEN 1 ELSE 0 END) = 0
    );

INSERT INTO :lake (:columns, batch_id)
SELECT
    :columns,
    :batch_id AS batch_id
FROM :staging;
