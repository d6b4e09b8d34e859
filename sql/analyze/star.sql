-- Renew the planner's statistics of tables of the star.
-- For each :star:
ANALYZE :star;
-- End.
