"""The text of a stream: read in chunks, decoded, known by its lines, and never held whole."""

import codecs
import re
from typing import Protocol

CHUNK_BYTES = 1 << 18
RAW_CHARACTERS = 1024
NOT_BLANK = re.compile(r"[^ \t\r\n]")


class ByteStream(Protocol):
    """What text is read from."""

    def read(self, size: int, /) -> bytes:
        """Return up to this many bytes, none at the end."""


class StreamText:
    """The text read so far and not yet used, and where it starts in the file.

    `_at` is the position in `_text` up to which everything has been given out, and `_line` the line it lies on. Of
    text that is refused, `_raw` is what has been dropped, and `_raw_start` the position of the rest.
    `_dropped_columns` are the characters before `_text` on its first line.
    """

    def __init__(self, stream: ByteStream, line: int = 1) -> None:
        self._stream = stream
        # A byte that is not UTF-8 becomes a lone surrogate: whether it matters is for its column to say.
        encoding = "utf-8-sig" if line == 1 else "utf-8"
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogateescape")
        self._text = ""
        self._at = 0
        self._line = line
        self._dropped_columns = 0
        self._ended = False
        self._raw = ""
        self._raw_start = 0

    def _advance(self, to: int) -> None:
        self._line += self._text.count("\n", self._at, to)
        self._at = to

    def _more(self, size: int = CHUNK_BYTES) -> bool:
        """Drop the text that has been given out and read on; tell whether there was more."""
        data = self._stream.read(size)
        self._ended = not data
        text = self._decoder.decode(data, final=self._ended)
        self._raw = self._raw_so_far()
        line_start = self._text.rfind("\n", 0, self._at) + 1
        self._dropped_columns = self._at - line_start + (0 if line_start else self._dropped_columns)
        self._text = self._text[self._at :] + text
        self._at = self._raw_start = 0
        return bool(data or text)

    def _raw_so_far(self) -> str:
        room = max(RAW_CHARACTERS - len(self._raw), 0)
        return self._raw + self._text[self._raw_start : min(self._at, self._raw_start + room)]

    def _begin_raw(self) -> None:
        self._raw, self._raw_start = "", self._at

    def _skip_line(self) -> bool:
        """Advance to the start of the next line, or to the end of the file; tell whether the line was blank."""
        blank = True
        while True:
            newline = self._text.find("\n", self._at)
            end = newline if newline >= 0 else len(self._text)
            blank = blank and NOT_BLANK.search(self._text, self._at, end) is None
            self._advance(newline + 1 or end)
            if newline >= 0 or not self._more():
                return blank
