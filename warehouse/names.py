"""What warehouses are called."""

BLOCK_NAME = "redshift-(cluster|serverless)/[a-z0-9-]+"
"""A saved block of this project, as a pattern: the slug of its type, and its own name."""
