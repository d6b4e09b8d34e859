"""The stage that finds what is new in the lake."""
