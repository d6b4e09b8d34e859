-- One row each: what a batch has in a column, of all values, of one value or of one day. Runs in the transaction that
-- publishes the batch.
INSERT INTO batch_columns (batch_id, dataset, column_name, value, rows_counted, rows_with)
VALUES (:batch_id, :dataset, :column_name, :value, :rows_counted, :rows_with);
