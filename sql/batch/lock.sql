-- Hold the warehouse: nobody else passes this statement until the transaction ends, even if its process dies.
LOCK TABLE run_lock;
