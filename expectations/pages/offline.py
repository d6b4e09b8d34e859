"""Make a page of Great Expectations one that opens from disk, in a private bucket and without a network.

The library's pages load a dozen style sheets and scripts from other hosts, and are hard to read without them. What is
loaded and what counts on it is taken out, and one small style sheet put in. Headings and landmarks are made such that a
screen reader finds its way.
"""

import re
from html import escape

from expectations.pages.templates import environment

LOADED = re.compile(
    r"<script\b.*?</script>|<style\b.*?</style>|<link\b[^>]*>|<img\b[^>]*>|<footer\b.*?</footer>", re.DOTALL
)
TITLE = re.compile(r"<title>.*?</title>\s*", re.DOTALL)
NEEDS_SCRIPTS = re.compile(
    r'<div class="card mb-3">\s*<div class="card-header p-2">\s*<strong>Actions</strong>'
    r'.*?(?=<div class="card d-md-block)',
    re.DOTALL,
)
CODE = re.compile(r"(<code\b[^>]*>)\s+")
EXAMPLES = re.compile(r'<table[^>]*class="table-bordered.*?</table>', re.DOTALL)
EMPTY_LINK = re.compile(r"<a\b[^>]*>\s*</a>")
HEADING = re.compile(r"(?<=<)(/?)h([456])\b")
MAIN = re.compile(r'<div (class="container-fluid .*)</div>(?=\s*</body>)', re.DOTALL)
LANDMARKS = {'class="navbar navbar-expand': "Data docs", 'class="d-flex': "This page", 'id="navigation"': "Contents"}


def offline(page: str, title: str) -> str:
    """Return the page without anything that would be loaded, or would need what is loaded."""
    page = NEEDS_SCRIPTS.sub("", TITLE.sub("", LOADED.sub("", page)))
    page = EXAMPLES.sub(r'<div class="examples" role="group" aria-label="Examples" tabindex="0">\g<0></div>', page)
    page = _structured(CODE.sub(r"\1", page), escape(title))
    head = environment().get_template("offline_head.html").render(title=title)
    page = page.replace("<html>", '<html lang="en">', 1).replace("</head>", f"{head}</head>", 1)
    return re.sub(r"\n\s*\n+", "\n", page)


def _structured(page: str, title: str) -> str:
    """Name the landmarks, and make the page's title its one heading of the first level."""
    page = MAIN.sub(r"<main \1</main>", EMPTY_LINK.sub("", page))
    for start, name in LANDMARKS.items():
        page = page.replace(f"<nav {start}", f'<nav aria-label="{name}" {start}', 1)
    page = re.sub(r"<h4>.*?</h4>", lambda _: f"<h4>{title}</h4>", page, count=1)
    return HEADING.sub(lambda tag: f"{tag[1]}h{int(tag[2]) - 3}", page)
