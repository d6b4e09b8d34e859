-- Update the etags that moved files have in their new location, from a list of JSON objects that the flow writes: one
-- object per file whose copy got another one. Runs after move/loaded_files, in the same transaction.
CREATE TEMP TABLE moved_etags (
    url VARCHAR(2048),
    etag VARCHAR(128),
    new_etag VARCHAR(128)
);

COPY moved_etags
FROM :files_url
IAM_ROLE :iam_role
FORMAT AS JSON 'auto'
COMPUPDATE OFF
STATUPDATE OFF;

UPDATE loaded_files
SET etag = moved_etags.new_etag
FROM moved_etags
WHERE loaded_files.url = moved_etags.url AND loaded_files.etag = moved_etags.etag;

DROP TABLE moved_etags;
