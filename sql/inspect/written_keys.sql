-- One row per key that a batch added to a table of the star, changed in it or removed from it, at most three of each.
-- Runs after the table's load, in its session: reads what that wrote.
WITH keyed AS (
    SELECT
        :key,
        CASE
            WHEN is_removed = 1 THEN 'removed'
            WHEN is_there = 1 THEN 'changed'
            ELSE 'added'
        END AS change
    FROM :written
),

numbered AS (
    SELECT
        keyed.*,
        ROW_NUMBER() OVER (PARTITION BY change ORDER BY :key) AS place
    FROM keyed
)

SELECT
    change,
    :key
FROM numbered
WHERE place <= 3
ORDER BY change, place;
