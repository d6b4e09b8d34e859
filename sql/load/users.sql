-- users
-- One row per user seen logged in on any page, with every attribute as of the latest event in the lake. Of events
-- in the same millisecond the one further on in its session is the later.
-- Reads lake_events, leaving_events, users. A row is replaced by a later event that arrives; where its own leaves,
-- by the latest that remains, or it is removed.
-- Returns one row: how many rows it wrote, how many of them the table did not have, and how many it removed.
CREATE TEMP TABLE written_users
DISTKEY (user_id)
AS
WITH doubtful AS (
    SELECT user_id
    FROM users
    WHERE
        EXISTS (
            SELECT 1
            FROM leaving_events
            WHERE
                leaving_events.auth = 'Logged In'
                AND leaving_events.userid = users.user_id
                AND leaving_events.ts = users.last_event_at
        )
),

latest AS (
    SELECT
        user_id,
        MAX(last_event_at) AS last_event_at
    FROM (
        SELECT
            userid AS user_id,
            MAX(ts) AS last_event_at
        FROM lake_events
        WHERE auth = 'Logged In' AND userid IS NOT NULL AND batch_id >= :from_batch_id
        GROUP BY userid
        UNION ALL
        SELECT
            lake_events.userid AS user_id,
            MAX(lake_events.ts) AS last_event_at
        FROM doubtful
        INNER JOIN lake_events ON doubtful.user_id = lake_events.userid
        WHERE lake_events.auth = 'Logged In'
        GROUP BY lake_events.userid
    ) AS moments
    GROUP BY user_id
),

remaining AS (
    SELECT
        lake_events.userid AS user_id,
        lake_events.firstname AS first_name,
        lake_events.lastname AS last_name,
        lake_events.gender,
        lake_events.level,
        lake_events.ts AS last_event_at,
        lake_events.sessionid AS last_session_id,
        lake_events.iteminsession AS last_item_in_session
    FROM doubtful
    INNER JOIN latest ON doubtful.user_id = latest.user_id
    INNER JOIN lake_events
        ON
            latest.user_id = lake_events.userid
            AND latest.last_event_at = lake_events.ts
    WHERE lake_events.auth = 'Logged In'
),

lost AS (
    SELECT
        users.user_id,
        users.first_name,
        users.last_name,
        users.gender,
        users.level,
        users.last_event_at,
        users.last_session_id,
        users.last_item_in_session
    FROM users
    INNER JOIN doubtful ON users.user_id = doubtful.user_id
    EXCEPT
    SELECT *
    FROM remaining
),

seen AS (
    SELECT
        lake_events.userid AS user_id,
        lake_events.firstname AS first_name,
        lake_events.lastname AS last_name,
        lake_events.gender,
        lake_events.level,
        lake_events.ts AS last_event_at,
        lake_events.sessionid AS last_session_id,
        lake_events.iteminsession AS last_item_in_session,
        0 AS is_loaded
    FROM lake_events
    INNER JOIN latest
        ON
            lake_events.userid = latest.user_id
            AND lake_events.ts = latest.last_event_at
    WHERE lake_events.auth = 'Logged In' AND lake_events.batch_id >= :from_batch_id
    UNION ALL
    SELECT
        remaining.*,
        0 AS is_loaded
    FROM remaining
    UNION ALL
    SELECT
        users.user_id,
        users.first_name,
        users.last_name,
        users.gender,
        users.level,
        users.last_event_at,
        users.last_session_id,
        users.last_item_in_session,
        1 AS is_loaded
    FROM users
    INNER JOIN latest ON users.user_id = latest.user_id
    LEFT JOIN lost ON users.user_id = lost.user_id
    WHERE lost.user_id IS NULL
),

ranked AS (
    SELECT
        seen.*,
        ROW_NUMBER() OVER (
            PARTITION BY user_id
            ORDER BY
                last_event_at DESC,
                last_session_id DESC,
                last_item_in_session DESC,
                level DESC,
                first_name ASC NULLS LAST,
                last_name ASC NULLS LAST,
                gender ASC NULLS LAST,
                is_loaded DESC
        ) AS place
    FROM seen
)

SELECT
    ranked.user_id,
    ranked.first_name,
    ranked.last_name,
    ranked.gender,
    ranked.level,
    ranked.last_event_at,
    ranked.last_session_id,
    ranked.last_item_in_session,
    CASE WHEN users.user_id IS NULL THEN 0 ELSE 1 END AS is_there,
    0 AS is_removed
FROM ranked
LEFT JOIN users ON ranked.user_id = users.user_id
WHERE ranked.place = 1 AND ranked.is_loaded = 0
UNION ALL
SELECT
    lost.*,
    1 AS is_there,
    1 AS is_removed
FROM lost
LEFT JOIN latest ON lost.user_id = latest.user_id
WHERE latest.user_id IS NULL;

DELETE FROM users
USING written_users
WHERE users.user_id = written_users.user_id;

INSERT INTO users (
    user_id,
    first_name,
    last_name,
    gender,
    level,
    last_event_at,
    last_session_id,
    last_item_in_session,
    batch_id
)
SELECT
    user_id,
    first_name,
    last_name,
    gender,
    level,
    last_event_at,
    last_session_id,
    last_item_in_session,
    :batch_id AS batch_id
FROM written_users
WHERE is_removed = 0;

SELECT
    COUNT(CASE WHEN is_removed = 0 THEN 1 END) AS rows_written,
    COUNT(CASE WHEN is_there = 0 THEN 1 END) AS rows_added,
    COUNT(CASE WHEN is_removed = 1 THEN 1 END) AS rows_removed
FROM written_users;
