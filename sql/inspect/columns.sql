-- One row per column of the tables of a schema: its type with its length, whether it must have a value, whether it is
-- the distribution key, its place in the sort key, 0 being none, and how the table is distributed (8 is ALL, 1 is KEY,
-- others are EVEN or Redshift's own choice); the local warehouse keeps none of these and says NULL. column_comment is
-- what the catalogue says that it means. Reads the catalogue that Redshift has in common with PostgreSQL, of which 1259
-- is PG_CLASS in both; PG_CLASS_INFO; and of the tables in the search path PG_TABLE_DEF.
SELECT
    CAST(pg_class.relname AS VARCHAR(128)) AS table_name,
    CAST(pg_attribute.attname AS VARCHAR(128)) AS column_name,
    FORMAT_TYPE(pg_attribute.atttypid, pg_attribute.atttypmod) AS column_type,
    pg_attribute.attnotnull AS is_required,
    pg_table_def.distkey AS is_dist_key,
    pg_table_def.sortkey AS sort_position,
    pg_class_info.releffectivediststyle AS dist_style,
    CAST(pg_description.description AS VARCHAR(1024)) AS column_comment
FROM pg_attribute
INNER JOIN pg_class ON pg_attribute.attrelid = pg_class.oid
INNER JOIN pg_namespace ON pg_class.relnamespace = pg_namespace.oid
LEFT JOIN pg_class_info ON pg_class.oid = pg_class_info.reloid
LEFT JOIN pg_description
    ON
        pg_class.oid = pg_description.objoid
        AND pg_attribute.attnum = pg_description.objsubid
        AND pg_description.classoid = 1259
LEFT JOIN pg_table_def
    ON
        pg_namespace.nspname = pg_table_def.schemaname
        AND pg_class.relname = pg_table_def.tablename
        AND pg_attribute.attname = pg_table_def."column"
WHERE
    pg_namespace.nspname = :schema_name
    AND pg_class.relkind = 'r'
    AND pg_attribute.attnum > 0
    AND NOT pg_attribute.attisdropped;
