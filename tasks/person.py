"""A person in the text of lines: whose a line of the lake is, told by the number of the user in its JSON.

Lines in quarantine, and those that COPY refuses, need not be JSON, and may be cut: so their text is searched for the
key with the number, in any case. Of a line without it nobody can tell whose it is.
"""

import re

_BLANKS = "[[:space:]]*"


def is_of_person(column: str, user_id: int) -> str:
    """Return the pattern of a line's text, in lower case, that has this number, as the warehouse reads patterns."""
    return _numbered(column, str(user_id))


def is_of_anybody(column: str) -> str:
    """Return the pattern of a line's text that has any number, or says that there is none: of visitors logged out."""
    return f'"{column}"{_BLANKS}:{_BLANKS}("?{_BLANKS}[0-9]|""|null)'


def people_in(column: str, raw: str) -> set[int]:
    """Return the numbers of users that the text of a line has."""
    pattern = _numbered(column, "([0-9]{1,10})").replace("[[:space:]]", r"\s")
    return {int(match[1]) for match in re.finditer(pattern, raw.lower())}


def _numbered(column: str, number: str) -> str:
    return f'"{column}"{_BLANKS}:{_BLANKS}"?{_BLANKS}0*{number}([.]0*)?([^0-9.]|$)'
