-- What the run of a batch had used of the warehouse when it ended; of batches of older releases that is not known.
ALTER TABLE batches ADD COLUMN requests INTEGER;

ALTER TABLE batches ADD COLUMN request_s DOUBLE PRECISION;
