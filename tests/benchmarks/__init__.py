"""Measurements of what the warehouse promises to be fast at; run by `make bench`, not by the tests."""
