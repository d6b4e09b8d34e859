-- Drops the views and functions of another version, so that they can be made with other columns or another result, which
-- CREATE OR REPLACE refuses. What somebody's own tables and views depend on stays, and so do the functions of casts,
-- by which PostgreSQL itself goes. The guards, which would call what is gone, are made anew with the rest.
SET LOCAL redshift.emulator TO on;

DROP EVENT TRIGGER IF EXISTS redshift_definitions;

DROP EVENT TRIGGER IF EXISTS redshift_drops;

DO $$
DECLARE
    found RECORD;
    has_dropped BOOLEAN := TRUE;
BEGIN
    WHILE has_dropped LOOP
        has_dropped := FALSE;
        FOR found IN
            SELECT FORMAT('DROP VIEW %s', CAST(oid AS REGCLASS)) AS statement
            FROM pg_class
            WHERE relnamespace = TO_REGNAMESPACE('redshift') AND relkind = 'v'
            UNION ALL
            SELECT FORMAT('DROP ROUTINE %s', CAST(oid AS REGPROCEDURE)) AS statement
            FROM pg_proc
            WHERE pronamespace = TO_REGNAMESPACE('redshift') AND oid NOT IN (SELECT castfunc FROM pg_cast)
        LOOP
            BEGIN
                EXECUTE found.statement;
                has_dropped := TRUE;
            EXCEPTION WHEN dependent_objects_still_exist THEN
                CONTINUE;
            END;
        END LOOP;
    END LOOP;
END
$$;
