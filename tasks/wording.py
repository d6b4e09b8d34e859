"""How messages name what there may be a lot of: the first ten, and how many more there are."""

from collections.abc import Sequence

from lake.printable import printable

SHOWN = 10


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, whose plural ends with an s."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def files_loaded_are(count: int) -> str:
    """Begin a sentence about files that were loaded."""
    return "1 file that was loaded is" if count == 1 else f"{count:,} files that were loaded are"


def enumerated(texts: Sequence[str]) -> str:
    """Join the first ten of some texts, and add how many more there are."""
    more = f" and {len(texts) - SHOWN:,} more" if len(texts) > SHOWN else ""
    return ", ".join(texts[:SHOWN]) + more


def listed(lines: Sequence[str]) -> str:
    """Return the first ten lines as a list, and how many more there are."""
    more = [f"and {len(lines) - SHOWN:,} more"] if len(lines) > SHOWN else []
    return "\n".join(f"- {printable(line)}" for line in [*lines[:SHOWN], *more])


def describe_files(messages: Sequence[str], what: str) -> str:
    """Return one message about files that has one message each; of several, the first ten and how many."""
    if len(messages) == 1:
        return printable(messages[0])
    return f"{counted(len(messages), 'file')} {what}:\n{listed(messages)}"
