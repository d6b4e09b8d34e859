-- One row per user seen logged in on any page, with every attribute as of the user's latest event.
-- Reads staging_events, users. Safe to rerun and in any order: a row is replaced only by a later event. Of events in
-- the same millisecond the one further on in its session is the later.
-- Returns one row: how many rows it wrote, and how many of them the table did not have.
CREATE TEMP TABLE later_users
DISTKEY (user_id)
AS
WITH latest AS (
    SELECT
        userid AS user_id,
        MAX(ts) AS last_event_at
    FROM staging_events
    WHERE auth = 'Logged In' AND userid IS NOT NULL
    GROUP BY userid
),

staged AS (
    SELECT
        latest.user_id,
        staging_events.firstname AS first_name,
        staging_events.lastname AS last_name,
        staging_events.gender,
        staging_events.level,
        latest.last_event_at,
        staging_events.sessionid AS last_session_id,
        staging_events.iteminsession AS last_item_in_session
    FROM staging_events
    INNER JOIN latest
        ON
            staging_events.userid = latest.user_id
            AND staging_events.ts = latest.last_event_at
    WHERE staging_events.auth = 'Logged In'
),

seen AS (
    SELECT
        staged.*,
        0 AS is_loaded
    FROM staged
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
        ) AS place,
        MAX(is_loaded) OVER (PARTITION BY user_id) AS is_there
    FROM seen
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
    is_there
FROM ranked
WHERE place = 1 AND is_loaded = 0;

MERGE INTO users
USING later_users
    ON users.user_id = later_users.user_id
WHEN MATCHED THEN
    UPDATE
        SET
            first_name = later_users.first_name,
            last_name = later_users.last_name,
            gender = later_users.gender,
            level = later_users.level,
            last_event_at = later_users.last_event_at,
            last_session_id = later_users.last_session_id,
            last_item_in_session = later_users.last_item_in_session,
            batch_id = :batch_id
WHEN NOT MATCHED THEN INSERT (
    user_id,
    first_name,
    last_name,
    gender,
    level,
    last_event_at,
    last_session_id,
    last_item_in_session,
    batch_id
) VALUES (
    later_users.user_id,
    later_users.first_name,
    later_users.last_name,
    later_users.gender,
    later_users.level,
    later_users.last_event_at,
    later_users.last_session_id,
    later_users.last_item_in_session,
    :batch_id
);

SELECT
    COUNT(*) AS rows_written,
    COALESCE(SUM(1 - is_there), 0) AS rows_added
FROM later_users;
