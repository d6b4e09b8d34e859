-- Renew the planner's statistics of time.
ANALYZE time;
