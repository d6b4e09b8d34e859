"""The templates of pages: whatever a value says, on the page it is text and never markup.

`base.html` is what all pages of the project's own have in common, and `colours.css` what those of Great Expectations
share with them. They lie in this room, which the reports can reach too.
"""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent


@cache
def environment(*folders: Path) -> Environment:
    """Return what renders the templates of these folders, and of this one."""
    return Environment(
        loader=FileSystemLoader([*folders, FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
