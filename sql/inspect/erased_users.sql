-- One row per person who was erased.
SELECT user_id
FROM erased_users;
