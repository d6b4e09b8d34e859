-- An empty temporary table in the place of the rows that leave a lake table: loads that start from nothing read it.
CREATE TEMP TABLE :leaving (LIKE :schema.:lake);
