-- Renew the planner's statistics of artists.
ANALYZE artists;
