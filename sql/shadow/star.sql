-- An empty temporary table for each of the star, by its name: loads fill it, and it hides the table of the schema.
-- It is gone with the transaction, which must be rolled back. CREATE TABLE AS keeps distribution and sort keys, and no
-- NOT NULL (r_CTAS_usage_notes): what a lake table gives that a load would refuse is a difference too.
-- noqa: disable=AM04
-- For each :star:
CREATE TEMP TABLE :star AS
SELECT :star.*
FROM :schema.:star
WHERE FALSE;
-- End.
