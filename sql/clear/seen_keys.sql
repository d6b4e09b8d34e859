-- Forget the keys of datasets, in the transaction that enters them again.
DELETE FROM seen_keys
WHERE dataset IN :datasets;
