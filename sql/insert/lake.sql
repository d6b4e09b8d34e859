-- Put the rows of a batch, which are staged, into a lake table.
INSERT INTO :lake (:columns, batch_id)
SELECT
    :columns,
    :batch_id AS batch_id
FROM :staging;
