"""What the data must be, as Great Expectations suites, and what runs them."""
