-- One row per place that a dataset is loaded from. The URL of a folder ends with a slash, that of a single file not.
-- batch_id is the batch that first loaded from there, or found nothing new there. No place lies in another one.
CREATE TABLE IF NOT EXISTS sources (
    dataset VARCHAR(16) NOT NULL,
    url VARCHAR(2048) NOT NULL,
    batch_id INTEGER NOT NULL REFERENCES batches (batch_id),
    PRIMARY KEY (dataset, url)
)
DISTSTYLE ALL
SORTKEY (dataset);
