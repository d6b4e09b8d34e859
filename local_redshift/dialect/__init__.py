"""Redshift SQL, statement by statement, as PostgreSQL runs it."""
