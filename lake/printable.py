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
BLANK = re.compile(r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0\U000e0100-\U000e01ef]")
"""What Unicode calls letters, marks and symbols, and draws as nothing: fillers, joiners, selectors of rare variants."""
_SUSPECT = re.compile(r"[^ -~]")


def printable(text: str) -> str:
    r"""Return the text with what cannot be seen written out, such as `\x1b` or `\u202e`; all else stays as it is."""
    return _SUSPECT.sub(_written_out, text)


def printable_lines(text: str) -> str:
    """Return the text with what cannot be seen written out, except for line feeds."""
    return "\n".join(map(printable, text.split("\n")))


def _written_out(found: re.Match[str]) -> str:
    character = found[0]
    is_unseen = unicodedata.category(character) in UNSEEN or BLANK.match(character)
    return character.encode("unicode_escape").decode() if is_unseen else character
