-- One row: a place that a dataset is loaded from. Runs after clear/sources, in the same transaction.
INSERT INTO sources (dataset, url, batch_id)
VALUES (:dataset, :url, :batch_id);
