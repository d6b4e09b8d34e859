"""JSON values on their way into columns."""
