"""The `sparkify` command: arguments, progress, what is printed."""
