"""Planted faults: what would hurt users, and the fast tests that must catch it."""
