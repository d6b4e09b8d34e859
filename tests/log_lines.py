"""What a module writes to the log of a run."""

import logging
from types import ModuleType

import pytest


def warnings_of(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets each warning of a module."""
    lines: list[str] = []

    class Logger(logging.LoggerAdapter[logging.Logger]):
        def warning(self, msg: object, *args: object, **_: object) -> None:
            lines.append(str(msg) % args)

    monkeypatch.setattr(module, "run_logger", lambda: Logger(logging.getLogger()))
    return lines
