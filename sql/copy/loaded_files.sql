-- One row per file of the batch, from a list of JSON objects that the flow writes: one statement for any number of
-- files; the URL is what those of its objects begin with. Runs once per batch, in the transaction that publishes it.
COPY loaded_files
FROM :files_url
IAM_ROLE :iam_role
FORMAT AS JSON 'auto'
TIMEFORMAT 'auto'
COMPUPDATE OFF
STATUPDATE OFF;
