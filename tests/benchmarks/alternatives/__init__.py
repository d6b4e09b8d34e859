"""What people write, or pick, to get such a lake into PostgreSQL: each a script that runs in a venv of its own.

`python -m tests.benchmarks.alternatives.SCRIPT LAKE SOCKET_FOLDER` makes its tables in a schema of its own and fills
them. Nothing of what it needs is needed by the project.
"""
