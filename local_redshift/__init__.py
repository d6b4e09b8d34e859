"""The embedded Redshift: dialect, COPY, server. It is independent of the warehouse that uses it."""
