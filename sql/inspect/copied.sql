-- One row: how many rows the last COPY of this session loaded, 0 if it failed, and the process of the session.
SELECT
    PG_LAST_COPY_COUNT() AS loaded_rows,
    PG_BACKEND_PID() AS session_id;
