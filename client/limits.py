"""How long Redshift keeps its load history, and what a reader may use; the embedded Redshift does the same."""

READER_LIMITS = {"statement_timeout": "1h", "temp_file_limit": "4GB"}
"""What a statement of the reader may take at most, as Redshift's blocks limit it by default: time, and disk per process
of the server. A second process may help it."""

DAYS_KEPT = 7
"""How many days the load history keeps a COPY."""
