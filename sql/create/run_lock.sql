-- No rows: a run holds an exclusive lock on this table from its first statement to its last.
CREATE TABLE IF NOT EXISTS run_lock (
    held BOOLEAN
)
DISTSTYLE ALL;
