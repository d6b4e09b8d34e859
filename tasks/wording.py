"""How messages name what there may be a lot of: the first ten, and how many more there are."""

from collections.abc import Sequence

from lake.printable import printable

SHOWN = 10


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, whose plural ends with an s."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def enumerated(texts: Sequence[str]) -> str:
    """Put the first ten of some texts into a sentence, and say how many more there are."""
    more = f" and {len(texts) - SHOWN:,} more" if len(texts) > SHOWN else ""
    return ", ".join(texts[:SHOWN]) + more


def listed(lines: Sequence[str]) -> str:
    """Return the first ten lines as a list, and how many more there are."""
    more = [f"and {len(lines) - SHOWN:,} more"] if len(lines) > SHOWN else []
    return "\n".join(f"- {printable(line)}" for line in [*lines[:SHOWN], *more])


def describe_files(sentences: Sequence[str], what: str) -> str:
    """Say what is wrong with files, one sentence for each; of several, the first ten and how many."""
    if len(sentences) == 1:
        return printable(sentences[0])
    return f"{counted(len(sentences), 'file')} {what}:\n{listed(sentences)}"
