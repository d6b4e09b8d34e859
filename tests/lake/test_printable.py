"""Foreign text that is shown to people."""

import pytest

from lake.printable import printable, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Björk & <b>, \\ $1 東京 🎵", "Björk & <b>, \\ $1 東京 🎵"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("line\nERROR forged\r\tend\x85\u2028\u2029", "line\\nERROR forged\\r\\tend\\x85\\u2028\\u2029"),
        ("evil\u202egpj.exe\u2066", "evil\\u202egpj.exe\\u2066"),
        ("zero\u200bwidth\ufeff\u00ad", "zero\\u200bwidth\\ufeff\\xad"),
        ("prod\u3164\u034f\u2800\U000e0101", "prod\\u3164\\u034f\\u2800\\U000e0101"),
        ("\u2764\ufe0f e\u0301", "\u2764\ufe0f e\u0301"),
        ("\x00\ufffe\ud800\U000e0041", "\\x00\\ufffe\\ud800\\U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


def test_the_line_feeds_of_a_message_stay() -> None:
    assert printable_lines("a\r\n\tb\u2028c\n") == "a\\r\n\\tb\\u2028c\n"
