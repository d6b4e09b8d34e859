"""A file of results or state that is written whole, or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import TextIOWrapper
from pathlib import Path

PRIVATE = 0o600
"""The mode of a file that only this user may read."""


@contextmanager
def whole_file(path: Path, mode: int = 0o666) -> Iterator[TextIOWrapper]:
    """Give a draft with an unpredictable name, in UTF-8, which takes the place of a file in the end, also of a link.

    Raises:
        OSError: the file cannot be written; no draft is left behind.
    """
    draft = path.with_name(f".{secrets.token_hex(8)}.new")
    try:
        with open(draft, "x", encoding="utf-8", opener=partial(os.open, mode=mode)) as file:
            yield file
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
