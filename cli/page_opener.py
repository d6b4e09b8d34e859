"""Open a page in a person's browser, where there is one."""

import webbrowser
from pathlib import Path

from cli.printing import say


def open_page(page: Path) -> None:
    """Open a page; where that cannot be, say so: the page is there all the same."""
    try:
        is_open = webbrowser.open(page.as_uri())
    except webbrowser.Error:
        is_open = False
    if not is_open:
        say(f"no browser can be opened here: open {page}")
