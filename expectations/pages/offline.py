"""Make a page of Great Expectations one that opens from disk, in a private bucket and without a network.

The library's pages load a dozen style sheets and scripts from other hosts, and are hard to read without them. What is
loaded and what counts on it is taken out, and one small style sheet put in. Headings and landmarks are made such that a
screen reader finds its way.
"""

import re

STYLE = """
:root { color-scheme: light dark; --line: #8886; --paper: #ffffff; --card: #f3f4f6; --ink: #1c2330; --accent: #1f5fbf;
  --good: #1a6b35; --bad: #b3201a; --warn: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161d; --card: #1b212b; --ink: #e8ebf0; --accent: #7db0ff;
  --good: #7fd396; --bad: #ff9a92; --warn: #f0c060; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif;
  overflow-wrap: break-word; }
a { color: var(--accent); } h1, h2, h3 { margin: .3rem 0; font-size: 1rem; } h1 { font-size: 1.3rem; }
.navbar { height: auto !important; }
.navbar .breadcrumb { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; padding: .75rem 1rem; }
.breadcrumb { list-style: none; }
body > .container-fluid > .row { display: flex; flex-wrap: wrap; gap: 1rem; padding: 0 1rem 3rem; }
body > .container-fluid > .row > .col-lg-2 { flex: 1 1 12rem; max-width: 100%; }
body > .container-fluid > .row > .col-lg-10 { flex: 5 1 30rem; min-width: 0; }
.ge-navigation-sidebar-content { padding-left: 1rem; }
.alert { margin-top: 1rem; padding: .5rem .75rem; border-radius: .3rem; background: var(--card); }
[id*="content-block"] { overflow-x: auto; } [data-toggle="collapse"] { display: none; }
table { border-collapse: collapse; width: 100%; }
td, th { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; } .examples { contain: inline-size; overflow-x: auto; margin: .3rem 0; }
.examples th { white-space: nowrap; } .examples td { overflow-wrap: normal; }
@media (max-width: 30rem) { td, th { padding: .3rem .2rem; } }
pre, code { white-space: pre-wrap; }
.badge { padding: 0 .35rem; border-radius: .3rem; background: var(--card); }
.text-success, .text-success + * { color: var(--good); } .text-danger { color: var(--bad); }
.text-warning { color: var(--warn); } i[class*="fa-"] { font-style: normal; font-weight: bold; }
.fa-check-circle::before { content: "\\2713"; } .fa-times::before { content: "\\2717"; }
.fa-exclamation-triangle::before { content: "!"; }
"""
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
    page = _structured(CODE.sub(r"\1", page), title)
    head = f'<link rel="icon" href="data:,">\n<title>{title}</title>\n<style>{STYLE}</style>\n'
    page = page.replace("<html>", '<html lang="en">', 1).replace("</head>", f"{head}</head>", 1)
    return re.sub(r"\n\s*\n+", "\n", page)


def _structured(page: str, title: str) -> str:
    """Name the landmarks, and make the page's title its one heading of the first level."""
    page = MAIN.sub(r"<main \1</main>", EMPTY_LINK.sub("", page))
    for start, name in LANDMARKS.items():
        page = page.replace(f"<nav {start}", f'<nav aria-label="{name}" {start}', 1)
    page = re.sub(r"<h4>.*?</h4>", lambda _: f"<h4>{title}</h4>", page, count=1)
    return HEADING.sub(lambda tag: f"{tag[1]}h{int(tag[2]) - 3}", page)
