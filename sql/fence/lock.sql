-- The latest lease, and the time: one row. Comes first in each transaction that writes: until it ends, no other run
-- writes what the table that it locks stands for.
-- The lock comes before the query: on Redshift what a transaction sees is what was committed when its first one began.
LOCK TABLE :lock;

SELECT
    fencing_number,
    flow_run_name,
    taken_at,
    GETDATE() AS checked_at
FROM leases
ORDER BY fencing_number DESC
LIMIT 1;
