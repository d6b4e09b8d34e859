-- One row: how many queries sessions have run since a time, the seconds of their execution, compilation and waiting in
-- queues, and the bytes that they scanned, as far as the history has them by now. Reads system views only.
WITH scans AS (
    SELECT
        query_id,
        SUM(input_bytes) AS scanned_bytes
    FROM sys_query_detail
    WHERE step_name = 'scan' AND start_time >= :since
    GROUP BY query_id
)

SELECT
    COUNT(*) AS queries,
    COALESCE(SUM(sys_query_history.execution_time), 0) / 1000000.0 AS execution_s,
    COALESCE(SUM(sys_query_history.compile_time), 0) / 1000000.0 AS compile_s,
    COALESCE(SUM(sys_query_history.queue_time), 0) / 1000000.0 AS queue_s,
    COALESCE(SUM(scans.scanned_bytes), 0) AS scanned_bytes
FROM sys_query_history
LEFT JOIN scans ON sys_query_history.query_id = scans.query_id
WHERE
    sys_query_history.session_id IN :session_ids
    AND sys_query_history.start_time >= :since;
