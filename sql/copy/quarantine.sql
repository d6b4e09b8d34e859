-- One row per line that the batch quarantines, from lists of JSON objects that the flow writes; their URLs begin so.
-- Runs once per batch, in the transaction that publishes it.
COPY quarantine
FROM :files_url
IAM_ROLE :iam_role
FORMAT AS JSON 'auto'
TIMEFORMAT 'auto'
COMPUPDATE OFF
STATUPDATE OFF;
