"""Lineage: OpenLineage events of runs, for who has a collector; without a configuration nothing of it is imported."""
