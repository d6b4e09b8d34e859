-- One row per person who was erased: the number, and when; nothing else of them. Loads leave their rows out.
CREATE TABLE IF NOT EXISTS erased_users (
    user_id INTEGER NOT NULL PRIMARY KEY,
    erased_at TIMESTAMP NOT NULL
)
DISTSTYLE ALL
SORTKEY (user_id);
