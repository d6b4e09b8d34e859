-- One row per file that a COPY has read since then, and its rows as far as they are known; a file that was read more
-- than once has a row for each COPY. Only a cluster has this history, which names no session.
SELECT
    TRIM(filename) AS url,
    query AS query_id,
    SUM(lines_scanned) AS rows_scanned
FROM stl_load_commits
WHERE curtime >= :since
GROUP BY
    TRIM(filename),
    query;
