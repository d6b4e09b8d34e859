"""The stage that makes what is missing: on AWS, and tables."""
