-- Delete from a staging table the rows of people who were erased. Runs after COPY, in the same transaction.
DELETE FROM :staging
WHERE :person IN (SELECT user_id FROM erased_users);
