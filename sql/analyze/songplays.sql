-- Renew the planner's statistics of songplays.
ANALYZE songplays;
