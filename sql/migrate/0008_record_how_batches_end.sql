-- When a batch ended, why it failed, which code ran, and its newest event. Of batches of older releases only the end of
-- those that were published is known, and the newest event of those whose rows are in lake_events.
ALTER TABLE batches ADD COLUMN ended_at TIMESTAMP;

ALTER TABLE batches ADD COLUMN reason VARCHAR(4096);

ALTER TABLE batches ADD COLUMN code_version VARCHAR(128);

ALTER TABLE batches ADD COLUMN newest_event_at TIMESTAMP;

UPDATE batches
SET ended_at = published_at
WHERE ended_at IS NULL;

UPDATE batches
SET newest_event_at = newest.newest_event_at
FROM (
    SELECT
        batch_id,
        MAX(ts) AS newest_event_at
    FROM lake_events
    GROUP BY batch_id
) AS newest
WHERE
    batches.batch_id = newest.batch_id
    AND batches.newest_event_at IS NULL;
