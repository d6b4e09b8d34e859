-- One row: how many rows loads have computed from nothing for a table of the star, how many the star holds, and how
-- many of the computed ones, by their keys, it holds exactly so. Where all three are one number, and no two computed
-- rows have one key, the two are the same rows. Reads whole tables. Runs after shadow/star and the loads, whose table
-- of what they write is what they computed. Without statistics of it a planner expects few rows, and looks each up.
ANALYZE :computed;

WITH matching AS (
    SELECT COUNT(*) AS held_rows
    FROM :computed AS computed
    INNER JOIN :schema.:star AS held
        ON
            -- For each :key, with AND between:
            computed.:key = held.:key
            -- End.
            -- For each :column:
            AND (computed.:column = held.:column OR (computed.:column IS NULL AND held.:column IS NULL))
            -- End.
    GROUP BY
        -- For each :key, with , between:
        computed.:key
        -- End.
)

SELECT
    (
        SELECT COUNT(*)
        FROM :computed
    ) AS computed_rows,
    (
        SELECT COUNT(*)
        FROM :schema.:star
    ) AS held_rows,
    COUNT(*) AS equal_rows
FROM matching;
