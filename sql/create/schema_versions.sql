-- One row per migration of sql/migrate that the tables have had; the highest version is theirs.
-- A new warehouse is made as the newest version, and has all rows at once.
CREATE TABLE IF NOT EXISTS schema_versions (
    version INTEGER NOT NULL PRIMARY KEY,
    migration VARCHAR(128) NOT NULL,
    applied_at TIMESTAMP NOT NULL
)
DISTSTYLE ALL
SORTKEY (version);
