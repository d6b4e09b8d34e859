"""A COPY statement, read and checked against the guide."""
