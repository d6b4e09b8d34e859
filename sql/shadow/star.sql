-- An empty temporary table for each of the star, by its name: loads fill it, and it hides the table of the schema.
-- It is gone with the transaction, which must be rolled back. LIKE keeps distribution and sort keys.
-- For each :star:
CREATE TEMP TABLE :star (LIKE :schema.:star);
-- End.
