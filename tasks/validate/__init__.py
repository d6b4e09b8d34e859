"""The stage that runs the suites, and quarantines bad rows within the budget."""
