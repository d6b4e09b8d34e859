-- Both are matched by url, which then finds its rows on the same node. Redshift moves the rows in place, and a rerun
-- moves none.
ALTER TABLE loaded_files ALTER DISTSTYLE KEY DISTKEY url;

ALTER TABLE quarantine ALTER DISTSTYLE KEY DISTKEY url;
