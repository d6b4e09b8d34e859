"""Text as a part of markdown, for artifacts: Prefect's pages make links, images and HTML of what looks like them.

They do so in markdown artifacts, in every cell of a table artifact, and in descriptions.
"""

import re

from lake.printable import printable

_MEANS_SOMETHING = re.compile(r"[\\`*_\[\]<>&!|~#@]|(?<=[a-z]):(?=//)|(?<=www)\.", re.IGNORECASE)


def markdown(text: str) -> str:
    """Return markdown that shows just this text, on one line; a URL in it is no link."""
    return _MEANS_SOMETHING.sub(r"\\\g<0>", printable(text))


def markdown_lines(text: str) -> str:
    """Return markdown that shows the lines of a message; those that begin with a dash are items of a list."""
    return "\n".join(map(markdown, text.split("\n")))
