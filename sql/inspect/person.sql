-- One row: when a person was erased, NULL if never; how many rows of theirs a lake table and the star have; how many
-- lines in quarantine have their number, and how many have no number of a user and do not say that there is none, by
-- patterns of text in lower case.
WITH erased AS (
    SELECT MIN(erased_at) AS erased_at
    FROM erased_users
    WHERE user_id = :user_id
),

kept AS (
    SELECT COUNT(*) AS lake_rows
    FROM :lake
    WHERE :person = :user_id
),

known AS (
    SELECT COUNT(*) AS users_rows
    FROM users
    WHERE user_id = :user_id
),

played AS (
    SELECT COUNT(*) AS songplays_rows
    FROM songplays
    WHERE user_id = :user_id
),

refused AS (
    SELECT
        COUNT(CASE WHEN LOWER("raw") ~ :is_of_person THEN 1 END) AS quarantined_lines,
        COUNT(CASE WHEN NOT (LOWER("raw") ~ :is_of_anybody) THEN 1 END) AS lines_of_nobody
    FROM quarantine
    WHERE dataset = :dataset
)

SELECT
    erased.erased_at,
    kept.lake_rows,
    known.users_rows,
    played.songplays_rows,
    refused.quarantined_lines,
    refused.lines_of_nobody
FROM erased
CROSS JOIN kept
CROSS JOIN known
CROSS JOIN played
CROSS JOIN refused;
