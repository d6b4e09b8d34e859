-- One row per batch, the latest first, :batches of them at most: what became of it; and the time of the newest event of
-- all that is loaded, that of all that was by the end of each batch, and the warehouse's clock. Reads only.
WITH current_batches AS (
    SELECT DISTINCT batch_id
    FROM loaded_files
    WHERE is_current
),

newest AS (
    SELECT MAX(batches.newest_event_at) AS newest_event_at
    FROM batches
    INNER JOIN current_batches ON batches.batch_id = current_batches.batch_id
)

SELECT
    batch_id,
    flow_run_id,
    flow_run_name,
    status,
    reason,
    code_version,
    files,
    event_rows,
    song_rows,
    quarantined_rows,
    rows_erased,
    requests,
    request_s,
    started_at,
    ended_at,
    MAX(newest_event_at) OVER (ORDER BY batch_id ASC ROWS UNBOUNDED PRECEDING) AS newest_by_then_at,
    (SELECT newest.newest_event_at FROM newest) AS newest_of_all_at,
    GETDATE() AS asked_at
FROM batches
ORDER BY batch_id DESC
LIMIT :batches;
