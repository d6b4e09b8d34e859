"""What a client needs of Amazon's Redshift and of the embedded one: connections, and SQL read as text."""
