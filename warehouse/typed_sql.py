"""SQL that a person typed: whether it only reads, its named parameters, and the place that an error is about.

What reaches the server is another text: values stand where the parameters were, and the local warehouse rewrites what
PostgreSQL has other words for. Where its parts come from is traced only for an error.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from sqlglot import TokenType

from client.statement import MARK, tokenize

_MARK = re.compile(MARK.format(r"(\d+)"))


@lru_cache(maxsize=1)  # each query needs those of its text several times, and a long one takes seconds to read
def parameter_places(sql: str) -> tuple[tuple[int, int, str], ...]:
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
    return tuple(places)


def with_placeholders(sql: str) -> tuple[str, list[str]]:
    """Return the text with psycopg2's `%(name)s` for each `:name`, and the names in order.

    Raises:
        UntranslatableSql: the text cannot be read.
    """
    names = [name for *_, name in parameter_places(sql)]
    return "".join(text for _, text in _parts(sql)), list(dict.fromkeys(names))


def _parts(sql: str) -> Iterator[tuple[int, str]]:
    """Give each part of the text with placeholders, and where it stood; a percent sign is doubled beside them."""
    places = parameter_places(sql)
    end = 0 if places else len(sql)
    yield 0, sql[:end]
    for start, after, name in [*places, (len(sql), len(sql), "")]:
        for part in re.finditer("%|[^%]+", sql[end:start]):
            yield end + part.start(), part[0].replace("%", "%%")
        yield start, f"%({name})s" if name else ""
        end = after


def place_without_placeholders(sql: str, place: int) -> int:
    """Return the place in a text that `place` in the same text with placeholders stands for; both count from 0."""
    for start, text in _parts(sql):
        if place < len(text):
            return start if text.startswith("%") else start + place
        place -= len(text)
    return len(sql.rstrip())


def place_in(traced: str, sent: str, position: int) -> int | None:
    """Return the place that `position` in what was sent comes from, by the marks in the same text; None in another."""
    first, *rest = _MARK.split(traced)
    texts = rest[1::2]
    end = len(sent) - sum(map(len, texts))
    if "".join([first, *texts]) != sent[end - len(first) :]:
        return None
    place = 0
    for start, text in zip(rest[::2], texts, strict=True):
        if end > position:
            break
        place, end = int(start), end + len(text)
    return place


def line_and_column(text: str, position: int) -> tuple[int, int]:
    """Return the line and column of a place, both from 1."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
