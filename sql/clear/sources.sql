-- Delete one location that a dataset was loaded from.
DELETE FROM sources
WHERE dataset = :dataset AND url = :url;
