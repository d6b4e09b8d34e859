"""Write the functions that only Redshift has, or means differently, as PostgreSQL and `dialect.sql` know them.

Each rule takes the place of a function's name and returns what replaces the tokens from there, and the token after
them. The names of result columns are kept: DATEADD gives `date_add`, DATE_PART gives `pgdate_part`, as on Redshift.
"""

from collections.abc import Callable
from decimal import Decimal

from sqlglot import TokenType

from client.vocabulary import DATE_PARTS, FIELDS
from local_redshift.dialect.datatypes import translate_type
from local_redshift.dialect.renderer import Renderer

Rule = Callable[[Renderer, int], tuple[str, int]]


def _renamed(name: str) -> Rule:
    return lambda _, at: (name, at + 1)


def _with_part(name: str, parts: dict[str, str], *, quoted: bool = False) -> Rule:
    """Rewrite a function whose first argument is a part of a date, in quotes or not; `quoted`: it has to be a text."""

    def rule(rewriter: Renderer, at: int) -> tuple[str, int]:
        statement = rewriter.statement
        low, high = statement.arguments(at)[0]
        if quoted and not statement.source(low, high).startswith("'"):
            statement.refuse(f"{statement.word(at)}: write the part of the date in quotes, such as 'day'")
        return f"{name}('{_part(rewriter, at, (low, high), parts)}'", high

    return rule


def _part(rewriter: Renderer, at: int, span: tuple[int, int], parts: dict[str, str]) -> str:
    statement = rewriter.statement
    text = statement.tokens[span[0]].text.lower() if span[1] - span[0] == 1 else statement.source(*span)
    if text not in parts:
        statement.refuse(f"{statement.word(at)}: {text} is no part of a date that it takes, such as day")
    return parts[text]


def _extract(rewriter: Renderer, at: int) -> tuple[str, int]:
    statement = rewriter.statement
    closing = statement.closing(at + 1)
    if statement.word(at + 3) != "FROM":
        statement.refuse("EXTRACT: write EXTRACT(part FROM value)")
    part = _part(rewriter, at, (at + 2, at + 3), FIELDS)
    value = rewriter.render(at + 4, closing)
    return f"redshift.date_part({value})" if part == "epoch" else f"redshift.date_part('{part}', {value})", closing + 1


def _nvl2(rewriter: Renderer, at: int) -> tuple[str, int]:
    given, if_known, if_null = rewriter.exactly(at, 3)
    return f"CASE WHEN ({given}) IS NOT NULL THEN {if_known} ELSE {if_null} END", rewriter.after(at)


def _decode(rewriter: Renderer, at: int) -> tuple[str, int]:
    """DECODE takes two NULLs for equal (r_DECODE_expression), which CASE does not."""
    statement = rewriter.statement
    spans = statement.arguments(at)
    if len(spans) < 3:
        statement.refuse("DECODE: write DECODE(value, search, result, …)")
    value, *rest = (rewriter.render(*span) for span in spans)
    default = f" ELSE {rest.pop()}" if len(rest) % 2 else ""
    pairs = list(zip(rest[::2], rest[1::2], strict=True))
    if all(_is_literal(rewriter, span) for span in spans[1 : 2 * len(pairs) : 2]):
        whens = "".join(f" WHEN {search} THEN {result}" for search, result in pairs)
        return f"CASE {value}{whens}{default} END", rewriter.after(at)
    if len(pairs) > 1:
        rewriter.keep_in_place(*spans[0])
    whens = "".join(f" WHEN ({value}) IS NOT DISTINCT FROM ({search}) THEN {result}" for search, result in pairs)
    return f"CASE{whens}{default} END", rewriter.after(at)


def _is_literal(rewriter: Renderer, span: tuple[int, int]) -> bool:
    is_single = span[1] - span[0] == 1
    return is_single and rewriter.statement.kind(span[0]) in (TokenType.STRING, TokenType.NUMBER)


def _cast(rewriter: Renderer, at: int) -> tuple[str, int]:
    statement = rewriter.statement
    closing = statement.closing(at + 1)
    keyword = statement.find("AS", at + 2, closing)
    if keyword is None:
        statement.refuse("CAST: write CAST(value AS type)")
    kind, end = translate_type(statement, keyword + 1)
    if end != closing:
        statement.refuse(f"type {statement.source(keyword + 1, closing)} is not emulated by the local warehouse")
    if kind == statement.source(keyword + 1, closing):
        return rewriter.unchanged(at, closing + 1)
    return f"{rewriter.unchanged(at, keyword + 1)[0]} {kind})", closing + 1


def _convert(rewriter: Renderer, at: int) -> tuple[str, int]:
    kind, comma = translate_type(rewriter.statement, at + 2)
    closing = rewriter.statement.closing(at + 1)
    return f"CAST({rewriter.render(comma + 1, closing)} AS {kind})", closing + 1


def _ratio_to_report(rewriter: Renderer, at: int) -> tuple[str, int]:
    statement = rewriter.statement
    (value,) = rewriter.exactly(at, 1)
    over = rewriter.after(at)
    if statement.word(over) != "OVER":
        statement.refuse("RATIO_TO_REPORT needs OVER (…)")
    rewriter.keep_in_place(at, over)
    end = statement.closing(over + 1) + 1
    return f"redshift.ratio_to_report({value}, SUM({value}) {rewriter.render(over, end)})", end


def _listagg(rewriter: Renderer, at: int) -> tuple[str, int]:
    """The order stands in WITHIN GROUP on Redshift, in the call on PostgreSQL, and in OVER for a window there."""
    statement = rewriter.statement
    values, end = rewriter.render(at + 2, statement.closing(at + 1)), rewriter.after(at)
    order = ""
    if statement.words(end, 3) == "WITHIN GROUP (":
        order = " " + rewriter.render(end + 3, statement.closing(end + 2))
        end = statement.closing(end + 2) + 1
    if statement.word(end) != "OVER":
        return f"redshift.listagg({values}{order})", end
    if statement.word(at + 2) == "DISTINCT":
        statement.refuse("LISTAGG(DISTINCT …) OVER (…) is not emulated by the local warehouse")
    closing = statement.closing(end + 1)
    rewriter.keep_in_place(at, closing)
    partition = rewriter.render(end + 2, closing)
    frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING" if order else ""
    return f"redshift.listagg({values}) OVER ({partition}{order} {frame})", closing + 1


def _concat(rewriter: Renderer, at: int) -> tuple[str, int]:
    """What is beside || may be a number or a date, as long as text is on its other side."""
    spans = rewriter.statement.arguments(at)
    if len(spans) != 2:
        rewriter.statement.refuse(f"CONCAT takes 2 arguments on Redshift, not {len(spans)}: write a || b || c", at)
    head, tail = (rewriter.render(*span) for span in spans)
    return f"redshift.concat(({head}) || '', ({tail}) || '')", rewriter.after(at)


def _substring(rewriter: Renderer, at: int) -> tuple[str, int]:
    """PostgreSQL looks for SUBSTRING(… FROM …), TRIM and POSITION in its own schema alone, and has them for text."""
    statement, closing = rewriter.statement, rewriter.statement.closing(at + 1)
    start, length = (statement.find(word, at + 2, closing) for word in ("FROM", "FOR"))
    if start is None and length is None:
        return "redshift.substring", at + 1
    if start is None:
        statement.refuse("SUBSTRING: write SUBSTRING(text FROM place FOR length)", at)
    spans = [(at + 2, start), (start + 1, length or closing), *([(length + 1, closing)] if length else [])]
    return f"redshift.substring({', '.join(rewriter.render(*span) for span in spans)})", closing + 1


def _trim(rewriter: Renderer, at: int) -> tuple[str, int]:
    statement, closing = rewriter.statement, rewriter.statement.closing(at + 1)
    side, keyword = statement.word(at + 2), statement.find("FROM", at + 2, closing)
    name = {"LEADING": "LTRIM", "TRAILING": "RTRIM"}.get(side, "BTRIM")
    if keyword is None:
        return name, at + 1
    low = at + 3 if side in ("BOTH", "LEADING", "TRAILING") else at + 2
    rewriter.keep_in_place(low, keyword)
    characters = rewriter.render(low, keyword)
    return f"{name}({', '.join(filter(None, [rewriter.render(keyword + 1, closing), characters]))})", closing + 1


def _position(rewriter: Renderer, at: int) -> tuple[str, int]:
    statement, closing = rewriter.statement, rewriter.statement.closing(at + 1)
    keyword = statement.find("IN", at + 2, closing)
    if keyword is None:
        statement.refuse("POSITION: write POSITION(text IN text)", at)
    return (
        f"redshift.position({rewriter.render(at + 2, keyword)}, {rewriter.render(keyword + 1, closing)})",
        closing + 1,
    )


def _percentile_cont(rewriter: Renderer, at: int) -> tuple[str, int]:
    """The share goes with the values, since PostgreSQL has no window of an ordered set."""
    statement, end = rewriter.statement, rewriter.after(at)
    share = Decimal(statement.tokens[at + 2].text) if statement.kind(at + 2) == TokenType.NUMBER else Decimal(-1)
    if end != at + 4 or not 0 <= share <= 1:
        statement.refuse("PERCENTILE_CONT takes a constant from 0 to 1", at)
    if statement.words(end, 4) != "WITHIN GROUP ( ORDER BY":
        statement.refuse("PERCENTILE_CONT needs WITHIN GROUP (ORDER BY …)", at)
    closing = statement.closing(end + 2)
    direction = statement.word(closing - 1)
    if len(statement.items(end + 4, closing)) > 1 or direction in ("FIRST", "LAST"):
        statement.refuse("PERCENTILE_CONT sorts by one expression, without NULLS FIRST or NULLS LAST", at)
    high = closing - 1 if direction in ("ASC", "DESC") else closing
    share = 1 - share if direction == "DESC" else share
    return f"redshift.percentile_cont(redshift._share({share}, {rewriter.render(end + 4, high)}))", closing + 1


RULES: dict[str, Rule] = {
    "EXTRACT": _extract,
    "DATE_PART": _with_part("redshift.pgdate_part", FIELDS),
    "PGDATE_PART": _with_part("redshift.pgdate_part", FIELDS),
    "DATE_TRUNC": _with_part("redshift.date_trunc", DATE_PARTS),
    "DATEADD": _with_part("redshift.date_add", DATE_PARTS),
    # What Redshift itself writes into the text of views; it knows no part as a word there.
    "DATE_ADD": _with_part("redshift.date_add", DATE_PARTS, quoted=True),
    "DATE_DIFF": _with_part("redshift.date_diff", DATE_PARTS, quoted=True),
    "DATEDIFF": _with_part("redshift.date_diff", DATE_PARTS),
    "NVL": _renamed("COALESCE"),
    "NVL2": _nvl2,
    "DECODE": _decode,
    "CAST": _cast,
    "CONVERT": _convert,
    "RATIO_TO_REPORT": _ratio_to_report,
    "LISTAGG": _listagg,
    "TEXTLEN": _renamed("redshift.len"),
    "CONCAT": _concat,
    "SUBSTRING": _substring,
    "TRIM": _trim,
    "POSITION": _position,
    "PERCENTILE_CONT": _percentile_cont,
}
IN_DIALECT = (
    "ADD_MONTHS", "AVG", "CHARINDEX", "CONVERT_TIMEZONE", "FNV_HASH", "GETDATE", "LAST_DAY", "LEFT", "LEN", "MEDIAN",
    "REGEXP_COUNT", "REGEXP_REPLACE", "REGEXP_SUBSTR", "RIGHT", "SHA2", "SPLIT_PART", "STRTOL", "TO_DATE",
)  # fmt: skip
RULES |= {name: _renamed(f"redshift.{name.lower()}") for name in IN_DIALECT}
