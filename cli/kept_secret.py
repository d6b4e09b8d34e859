"""Secrets that stay the same from one time to the next, so that who has one stays logged in: a private file each."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from lake.whole_file import PRIVATE, whole_file


def kept_secret(file: Path, make: Callable[[], str]) -> str:
    """Return the secret that a file holds; one that others may know is made anew, as is one that is missing.

    Raises:
        OSError: the file cannot be written.
    """
    with suppress(OSError, UnicodeDecodeError), os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW)) as kept:
        about, secret = os.fstat(kept.fileno()), kept.read().strip()
        if secret and secret.isascii() and about.st_uid == os.geteuid() and not about.st_mode & 0o077:
            return secret
    secret = make()
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file, PRIVATE) as draft:
        draft.write(f"{secret}\n")
    return secret
