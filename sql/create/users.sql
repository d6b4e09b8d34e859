-- One row per user seen logged in on any page, as of the user's latest event.
-- last_event_at, last_session_id and last_item_in_session name that event, so that an older one never replaces it.
CREATE TABLE IF NOT EXISTS users (
    user_id INTEGER NOT NULL PRIMARY KEY,
    first_name VARCHAR(256),
    last_name VARCHAR(256),
    gender VARCHAR(1),
    level VARCHAR(4) NOT NULL,
    last_event_at TIMESTAMP NOT NULL,
    last_session_id INTEGER NOT NULL,
    last_item_in_session INTEGER NOT NULL,
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id)
)
DISTSTYLE KEY
DISTKEY (user_id)
SORTKEY (user_id);
