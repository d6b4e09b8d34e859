-- One row per moment (UTC, to the millisecond) at which a play started.
-- week is the ISO week; weekday counts from 0 = Sunday.
CREATE TABLE IF NOT EXISTS time (
    start_time TIMESTAMP NOT NULL PRIMARY KEY,
    hour INTEGER NOT NULL,
    day INTEGER NOT NULL,
    week INTEGER NOT NULL,
    month INTEGER NOT NULL,
    year INTEGER NOT NULL,
    weekday INTEGER NOT NULL,
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id)
)
DISTSTYLE ALL
SORTKEY (start_time);
