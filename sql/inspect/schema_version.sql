-- One row: the version of the tables, and the migration that brought them there; none before the first.
SELECT
    version,
    migration
FROM schema_versions
ORDER BY version DESC
LIMIT 1;
