"""How suites run, and what they find."""
