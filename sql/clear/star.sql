-- Empty the star and the ledger, in the transaction that fills them again. DELETE, since TRUNCATE commits.
DELETE FROM songplays;
DELETE FROM time;
DELETE FROM songs;
DELETE FROM artists;
DELETE FROM users;
DELETE FROM quarantine;
DELETE FROM loaded_files;
