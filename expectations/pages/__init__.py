"""The pages about what suites found, run by run."""
