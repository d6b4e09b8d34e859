"""The values of JSON documents as the text that a character column gets."""

import json

from lake.documents import JsonNumber, JsonValue

BLANKS = " \t\r\n\v\f"


def value_text(value: JsonValue) -> str:
    """Return a value as COPY puts it into a character column: a string's content, or else compact JSON."""
    return value if isinstance(value, str) else _json(value)


def _json(value: JsonValue) -> str:
    if isinstance(value, JsonNumber):
        return value
    if isinstance(value, dict):
        return "{" + ",".join(f"{_json(key)}:{_json(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def storable(text: str, limit_bytes: int) -> str:
    """Return the beginning of a text, with ? for what PostgreSQL cannot store."""
    raw = text[:limit_bytes].replace("\0", "?").encode(errors="replace")
    return raw[:limit_bytes].decode(errors="ignore")
