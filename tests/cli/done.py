"""What a command left that ran in the process of the tests."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Done:
    """Its exit status, and what it printed."""

    status: int
    stdout: str
    stderr: str


Ask = Callable[..., Done]
"""Runs a command with these arguments."""
