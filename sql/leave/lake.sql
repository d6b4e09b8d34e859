-- Take the rows that some batches have loaded out of a lake table, where the rows that are staged take their place.
-- Leaves a table of those that are in the lake no more, since no row that was staged is the same. Loads join it to
-- whole tables: without statistics a planner expects one row, and reads them once for each.
CREATE TEMP TABLE :leaving
DISTKEY (:distkey)
AS
SELECT :columns
FROM :lake
WHERE batch_id IN :batch_ids
EXCEPT
SELECT :columns
FROM :staging;

ANALYZE :leaving;

DELETE FROM :lake
WHERE batch_id IN :batch_ids;
