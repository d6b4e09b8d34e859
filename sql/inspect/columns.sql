-- One row per column of the tables of a schema: its type with its length, and whether it must have a value.
-- Reads the catalogue that Redshift has in common with PostgreSQL.
SELECT
    CAST(pg_class.relname AS VARCHAR(128)) AS table_name,
    CAST(pg_attribute.attname AS VARCHAR(128)) AS column_name,
    FORMAT_TYPE(pg_attribute.atttypid, pg_attribute.atttypmod) AS column_type,
    pg_attribute.attnotnull AS is_required
FROM pg_attribute
INNER JOIN pg_class ON pg_attribute.attrelid = pg_class.oid
INNER JOIN pg_namespace ON pg_class.relnamespace = pg_namespace.oid
WHERE
    pg_namespace.nspname = :schema_name
    AND pg_class.relkind = 'r'
    AND pg_attribute.attnum > 0
    AND NOT pg_attribute.attisdropped;
