-- Take the lock of the warehouse: another run waits here until the transaction ends, even if its process dies.
LOCK TABLE run_lock;
