"""What a client of Redshift needs, whoever answers: connections of one's own making, and SQL read as text."""
