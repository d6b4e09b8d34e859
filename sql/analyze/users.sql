-- Renew the planner's statistics of users.
ANALYZE users;
