-- One row per key that the tables of a schema declare, in the words of ALTER TABLE ADD. The local warehouse keeps none.
-- Reads the catalogue that Redshift has in common with PostgreSQL.
SELECT
    CAST(pg_class.relname AS VARCHAR(128)) AS table_name,
    PG_GET_CONSTRAINTDEF(pg_constraint.oid) AS declaration
FROM pg_constraint
INNER JOIN pg_class ON pg_constraint.conrelid = pg_class.oid
INNER JOIN pg_namespace ON pg_class.relnamespace = pg_namespace.oid
WHERE
    pg_namespace.nspname = :schema_name
    AND pg_constraint.contype IN ('f', 'p', 'u');
