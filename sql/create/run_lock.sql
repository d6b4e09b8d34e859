-- No rows: each transaction that writes the audit tables or the star locks this table first, and so does a run that
-- takes the warehouse: it waits for such a transaction of the run before it, and none can begin meanwhile.
CREATE TABLE IF NOT EXISTS run_lock (
    held BOOLEAN
)
DISTSTYLE ALL;
