-- Mark the batch as published. Touches no row where another run has taken the warehouse over in the meantime.
UPDATE batches
SET
    status = 'published',
    published_at = :published_at,
    ended_at = :published_at,
    files = :files,
    event_rows = :event_rows,
    song_rows = :song_rows,
    plays_added_rows = :plays_added_rows,
    plays_present_rows = :plays_present_rows,
    quarantined_rows = :quarantined_rows,
    rows_erased = :rows_erased,
    newest_event_at = :newest_event_at,
    requests = :requests,
    request_s = :request_s
WHERE batch_id = :batch_id AND status = 'running';
