-- Loads match plays by their natural key. Redshift believes the key, the local warehouse finds rows by it.
ALTER TABLE songplays ADD UNIQUE (session_id, item_in_session);
