"""SQL that a person typed: its named parameters, and the place in it that an error is about.

What reaches the server is another text: values stand where the parameters were, and the local warehouse rewrites what
PostgreSQL has other words for. Both keep the order of what they leave alone, so the two texts can be laid side by side.
"""

import re
from difflib import SequenceMatcher

from sqlglot import TokenType

from warehouse.statement import tokenize

_WORD = re.compile(r"\w+|[^\w\s]")


def parameter_places(sql: str) -> list[tuple[int, int, str]]:
    """Return where the text names a parameter, as `:name`, and its name; not in literals, comments and `::` casts.

    Raises:
        UntranslatableSql: the text cannot be read.
    """
    tokens = tokenize(sql)
    places = []
    for before, colon, name in zip([None, *tokens], tokens, tokens[1:], strict=False):
        touches = before is not None and before.end + 1 == colon.start and (before.text[-1:].isalnum())
        is_name = name.start == colon.end + 1 and sql[name.start : name.end + 1].isidentifier()
        if colon.token_type == TokenType.COLON and is_name and not touches:
            places.append((colon.start, name.end + 1, name.text))
    return places


def with_placeholders(sql: str) -> tuple[str, list[str]]:
    """Return the text with psycopg2's `%(name)s` for each `:name`, and the names in order.

    Raises:
        UntranslatableSql: the text cannot be read.
    """
    places = parameter_places(sql)
    if not places:
        return sql, []
    parts, end = [], 0
    for start, after, name in places:
        parts += [sql[end:start].replace("%", "%%"), f"%({name})s"]
        end = after
    return "".join([*parts, sql[end:].replace("%", "%%")]), list(dict.fromkeys(name for *_, name in places))


def place_in(written: str, sent: str, position: int) -> int:
    """Return the place in what was written that `position` in what was sent stands for; both count from 0."""
    here, there = list(_WORD.finditer(written)), list(_WORD.finditer(sent))
    at = next((index for index, word in enumerate(there) if word.end() > position), len(there))
    matcher = SequenceMatcher(None, [w[0].lower() for w in here], [w[0].lower() for w in there], autojunk=False)
    for tag, low, high, sent_low, sent_high in matcher.get_opcodes():
        if sent_low <= at < sent_high:
            index = low + at - sent_low if tag == "equal" else min(low, high)
            return here[index].start() if index < len(here) else len(written.rstrip())
    return len(written.rstrip())


def line_and_column(text: str, position: int) -> tuple[int, int]:
    """Return the line and column of a place, both from 1."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
