-- Renew the planner's statistics of songs.
ANALYZE songs;
