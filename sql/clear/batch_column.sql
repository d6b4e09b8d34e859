-- Take back what a batch has of a value of a column, whose rows do not stay.
DELETE FROM batch_columns
WHERE batch_id = :batch_id AND column_name = :column_name AND value = :value;
