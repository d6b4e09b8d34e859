"""Foreign text as people may be shown it: names and values come from files that anybody may have written.

`printable` is for a name or a value, and for a line of a message; `printable_lines` for whole messages, whose line ends
are the project's own.

A terminal obeys escape sequences, a log takes a line end for a new entry, an eye believes what a bidirectional override
or a zero-width character makes of a name, and XML has no place for control characters at all.
"""

import re
import unicodedata

UNSEEN = {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}
"""Unicode's categories of characters that are not shown as themselves: control, format, surrogate, unassigned, ends."""
_SUSPECT = re.compile(r"[^ -~]")


def printable(text: str) -> str:
    r"""Return the text with what cannot be seen written out, such as `\x1b` or `\u202e`; all else stays as it is."""
    return _SUSPECT.sub(_written_out, text)


def printable_lines(text: str) -> str:
    """Return the text with what cannot be seen written out, except for line feeds."""
    return "\n".join(map(printable, text.split("\n")))


def _written_out(found: re.Match[str]) -> str:
    character = found[0]
    return character.encode("unicode_escape").decode() if unicodedata.category(character) in UNSEEN else character
