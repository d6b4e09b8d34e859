-- One row per event of the files in the manifest. Runs after clear/staging_events.
-- Keys of the logs are camelCase, columns are lower case: hence 'auto ignorecase'. ROUNDEC, since a JSON number may
-- reach a NUMERIC column as 218.93178999999998, which would otherwise be truncated.
-- All files of the manifest have one compression: GZIP, BZIP2, ZSTD, or no option at all where they are plain.
-- MAXERROR is the number of refused lines at which COPY fails: 0 stands for 1, 100000 is the most there is.
COPY staging_events
FROM :manifest_url
IAM_ROLE :iam_role
MANIFEST
:compression
FORMAT AS JSON 'auto ignorecase'
TIMEFORMAT 'epochmillisecs'
ROUNDEC
MAXERROR :max_error
COMPUPDATE OFF
STATUPDATE OFF;

ANALYZE staging_events;
