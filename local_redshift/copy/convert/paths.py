"""Read a jsonpaths file, and follow its paths (Redshift guide, copy-usage_notes-copy-from-json).

A path leads to one value: `$['a']['b'][0]` or `$.a.b[0]`, without wildcards or filters, and all paths of a file are
written one way. A file whose one key is not `jsonpaths` means 'auto', as on Redshift. The guide is silent on a path
through a null: it leads to NULL.
"""

import json
import re

from lake.documents import JsonValue
from local_redshift.copy.convert.columns import ValueRejected
from local_redshift.copy.failure import CopyFailure

Path = tuple[str | int, ...]

_STEP = re.compile(
    r"""\['(?P<single>[^']+)'\] | \["(?P<double>[^"]+)"\] | \[(?P<index>\d+)\] | \.(?P<member>[^'.\[\]*]+)""",
    re.VERBOSE,
)
INVALID_PATH = 1216  # the guide names no code for these two reasons


def read_paths(text: bytes, url: str) -> tuple[Path, ...] | None:
    """Return the paths of a jsonpaths file, in the order of the columns; None if it means 'auto'.

    Raises:
        CopyFailure: the file is not one JSON object, or holds something that is not a path.
    """
    try:
        content = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _broken(url, f"is not one JSON object: {error}") from error
    if not isinstance(content, dict):
        raise _broken(url, "is not a JSON object with the key jsonpaths")
    if "jsonpaths" not in content:
        return None
    written = content["jsonpaths"]
    if not isinstance(written, list) or not all(isinstance(path, str) and path for path in written):
        raise _broken(url, "needs a list of paths, each a string that is not empty, under the key jsonpaths")
    notations: set[str] = set()
    paths = tuple(_parse(path, url, notations) for path in written)
    if len(notations) > 1:
        raise _broken(url, "mixes bracket and dot notation: write all its paths one way")
    return paths


def _parse(written: str, url: str, notations: set[str]) -> Path:
    steps: list[str | int] = []
    at = 1
    while written.startswith("$") and at < len(written):
        match = _STEP.match(written, at)
        if match is None:
            break
        at = match.end()
        if match["index"] is None:
            notations.add("dot" if match["member"] else "bracket")
        steps.append(int(match["index"]) if match["index"] else str(match[match.lastgroup or 0]))
    if not written.startswith("$") or at < len(written):
        raise _broken(url, f"holds {written!r}, which is not a path such as $['a'][0] or $.a[0]")
    return tuple(steps)


def _broken(url: str, what: str) -> CopyFailure:
    return CopyFailure(f"Invalid JSONPath file: {url} {what}")


def follow(document: JsonValue, path: Path) -> JsonValue:
    """Return the value that a path leads to; a missing member is NULL, a missing element is an error.

    Raises:
        ValueRejected: the path needs an object or an array, and something else is there.
    """
    value = document
    for depth, step in enumerate(path):
        if value is None:
            return None
        if isinstance(step, str):
            if not isinstance(value, dict):
                reason = "Invalid JSONPath format: Member is not an object."
                raise _rejected(reason, f"object with a member {step!r}", path[:depth])
            value = value.get(step)
        elif not isinstance(value, list) or step >= len(value):
            reason = "Invalid JSONPath format: Not an array or index out of range."
            raise _rejected(reason, f"array with an element {step}", path[:depth])
        else:
            value = value[step]
    return value


def _rejected(reason: str, what: str, path: Path) -> ValueRejected:
    place = "$" + "".join(f"[{step!r}]" for step in path)
    return ValueRejected(INVALID_PATH, reason, f"has no {what} at {place}")
