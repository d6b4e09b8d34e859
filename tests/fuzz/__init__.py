"""Fuzzing by hand and by CI, guided by coverage: `make fuzz`, not the tests."""
