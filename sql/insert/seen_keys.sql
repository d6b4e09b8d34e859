-- One row each: a key that the sample of a batch has. Runs after clear/seen_keys, in the same transaction.
INSERT INTO seen_keys (dataset, key_name, first_batch_id, last_batch_id, types, row_share)
VALUES (:dataset, :key_name, :first_batch_id, :last_batch_id, :types, :row_share);
