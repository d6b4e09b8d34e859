-- How many rows of a batch are of people who were erased; every number but the first must be 0.
SELECT
    COUNT(*) AS row_count,
    COUNT(erased_users.user_id) AS erased
FROM (
    SELECT userid AS user_id
    FROM lake_events
    WHERE batch_id = %(batch_id)s
    UNION ALL
    SELECT user_id
    FROM users
    WHERE batch_id = %(batch_id)s
    UNION ALL
    SELECT user_id
    FROM songplays
    WHERE batch_id = %(batch_id)s
) AS people
LEFT JOIN erased_users ON people.user_id = erased_users.user_id
