-- Enter that a person is erased. Safe to rerun: the first time is kept.
INSERT INTO erased_users (user_id, erased_at)
SELECT
    CAST(:user_id AS INTEGER) AS user_id,
    CAST(:now AS TIMESTAMP) AS erased_at
FROM (
    SELECT COUNT(*) AS entries
    FROM erased_users
    WHERE user_id = :user_id
) AS known
WHERE known.entries = 0;
