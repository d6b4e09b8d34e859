"""Text that somebody may write into the lake to deceive whoever reads it later."""

HOSTILE = '\x1b[31mred\r\nERROR forged\u202egpj\u200b<!channel> ![](http://x.example)|*=HYPERLINK("http://x.example")'
SEEN = '\\x1b[31mred\\r\\nERROR forged\\u202egpj\\u200b<!channel> ![](http://x.example)|*=HYPERLINK("http://x.example")'
"""The same as people are to see it."""


def is_plain(text: str) -> bool:
    """Tell whether a text holds nothing that a terminal would obey, or that cannot be seen, but for line feeds."""
    return text.replace("\n", "").isprintable()
