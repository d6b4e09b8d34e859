-- One row per key by which a table of the star differs from what loads have computed from nothing, at most three of
-- each kind: missing (computed, not in the star), surplus (in the star, not computed) or wrong (in both, with other
-- values, or more than once); and how many keys there are of the kind. Reads whole tables.
-- Runs after shadow/star and the loads: their table of what they write is what they computed.
-- Rows are counted, so that one which is there twice is found; groups take NULLs for equal.
WITH both_sides AS (
    SELECT
        :columns,
        1 AS is_computed,
        0 AS is_held
    FROM :computed
    UNION ALL
    SELECT
        :columns,
        0 AS is_computed,
        1 AS is_held
    FROM :held
),

differing AS (
    SELECT
        :columns,
        SUM(is_computed) AS computed_rows,
        SUM(is_held) AS held_rows
    FROM both_sides
    GROUP BY :columns
    HAVING SUM(is_computed) <> SUM(is_held)
),

keyed AS (
    SELECT
        :key,
        CASE
            WHEN SUM(held_rows) = 0 THEN 'missing'
            WHEN SUM(computed_rows) = 0 THEN 'surplus'
            ELSE 'wrong'
        END AS difference
    FROM differing
    GROUP BY :key
),

numbered AS (
    SELECT
        keyed.*,
        ROW_NUMBER() OVER (PARTITION BY difference ORDER BY :key) AS place,
        COUNT(*) OVER (PARTITION BY difference) AS differing_rows
    FROM keyed
)

SELECT
    difference,
    differing_rows,
    :key
FROM numbered
WHERE place <= 3
ORDER BY difference, place;
