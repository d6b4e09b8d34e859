-- How many rows of a batch in users break each rule of its suite; every number but the first must be 0.
SELECT
    COUNT(*) AS row_count,
    (SELECT COUNT(*) - 9 FROM pg_attribute WHERE attrelid = 'users'::REGCLASS AND attnum > 0) AS columns,
    COUNT(*) FILTER (WHERE user_id IS NULL) AS user_id,
    COUNT(*) FILTER (WHERE level IS NULL) AS level,
    COUNT(*) FILTER (WHERE last_event_at IS NULL) AS last_event_at,
    COUNT(*) FILTER (WHERE last_session_id IS NULL) AS last_session_id,
    COUNT(*) FILTER (WHERE last_item_in_session IS NULL) AS last_item_in_session,
    COUNT(*) FILTER (WHERE batch_id IS NULL) AS batch_id,
    COUNT(*) FILTER (WHERE first_name IS NULL) AS first_name,
    COUNT(*) FILTER (WHERE last_name IS NULL) AS last_name,
    COUNT(*) FILTER (WHERE level NOT IN ('free', 'paid')) AS levels,
    COUNT(*) FILTER (WHERE gender NOT IN ('F', 'M')) AS genders,
    COUNT(*) FILTER (
        WHERE last_event_at < '2000-01-01' OR last_event_at > LOCALTIMESTAMP + INTERVAL '1 day'
    ) AS moments,
    (
        SELECT COUNT(*)
        FROM (
            SELECT user_id
            FROM users
            WHERE user_id IN (SELECT user_id FROM users WHERE batch_id = %(batch_id)s)
            GROUP BY 1
            HAVING COUNT(*) > 1
        ) AS repeated
    ) AS copies
FROM users
WHERE batch_id = %(batch_id)s
