"""The embedded Redshift: dialect, COPY, server. It knows nothing of warehouses, tables and flows."""
