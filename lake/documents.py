"""Cut a stream of bytes into JSON documents, as COPY does (Redshift guide, copy-parameters-data-format).

A file is a stream of objects or arrays, one row each, with white space or nothing between them; a document may span
lines. Everything else is an error, one per instance. Where an instance ends is not in the guide; here it is, for text
outside of documents, the next brace, bracket or line, and for a broken document the place where its braces balance on
that line, or else the next line that can start a document. So in a file of one document a line, a broken line never
costs its neighbour.

Numbers keep the text they were written in: nothing passes through a float. Of a key that comes twice the last value
counts, and a byte order mark is skipped; the guide is silent on both.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from lake.stream_text import CHUNK_BYTES, NOT_BLANK, RAW_CHARACTERS, ByteStream, StreamText

__all__ = [
    "MAX_DOCUMENT_BYTES", "TOO_LARGE", "ByteStream", "Document", "JsonNumber", "JsonValue", "Malformed",
    "PausingStream", "read_documents", "read_until_pause",
]  # fmt: skip

MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
TOO_LARGE = "is larger than 4 MB, the most that one row can hold"

_OUTSIDE = re.compile(r"[^{\[\n]*")
_BRACES = re.compile(r'"(?:[^"\\\n]|\\.)*"|[{}\[\]]')
_CLOSERS = re.compile(r"[}\]]+")


class JsonNumber(str):
    """A number, as the text it was written in."""

    __slots__ = ()


JsonValue = None | bool | JsonNumber | str | list["JsonValue"] | dict[str, "JsonValue"]


class Document(NamedTuple):
    """One root object or array; `line_number` is that of its last line, its text is `buffer[start:end]`."""

    line_number: int
    value: JsonValue
    buffer: str
    start: int
    end: int

    @property
    def raw(self) -> str:
        """The text of the document."""
        return self.buffer[self.start : self.end]


class Malformed(NamedTuple):
    """Text that is no document; `raw` is its beginning."""

    line_number: int
    raw: str
    explanation: str


class PausingStream(ByteStream, Protocol):
    """A stream of whole lines that rests now and then, where somebody else may go on."""

    def pauses(self) -> bool:
        """Tell whether the stream rests at this place."""


def read_documents(stream: ByteStream, skip_lines: int = 0) -> Iterator[Document | Malformed]:
    """Read the documents of one file in their order; the stream is read in chunks and never held whole."""
    return _Reader(stream).documents(skip_lines)


def read_until_pause(stream: PausingStream, first_line: int, skip_lines: int = 0) -> Iterator[Document | Malformed]:
    """Read documents from this line of a file on, until the stream rests and no document is open there."""
    return _Reader(stream, first_line, stream.pauses).documents(skip_lines if first_line == 1 else 0)


class _Reader(StreamText):
    """Cuts the text of a stream into documents."""

    def __init__(self, stream: ByteStream, line: int = 1, pauses: Callable[[], bool] = lambda: False) -> None:
        super().__init__(stream, line)
        self._pauses = pauses
        self._constants: list[str] = []
        self._json = json.JSONDecoder(
            parse_int=JsonNumber, parse_float=JsonNumber, parse_constant=self._constants.append
        )

    def documents(self, skip_lines: int) -> Iterator[Document | Malformed]:
        """Read everything."""
        for _ in range(skip_lines):
            self._skip_line()
        find = NOT_BLANK.search
        while True:
            first = find(self._text, self._at)
            if first is None:
                self._advance(len(self._text))
                if self._pauses() or not self._more():
                    return
                continue
            self._advance(first.start())
            yield self._document() if first.group() in "{[" else self._outside()

    def _document(self) -> Document | Malformed:
        """Read the document that starts here, reading on as long as it is not complete."""
        while True:
            start = self._at
            try:
                value, end = self._json.raw_decode(self._text, start)
            except json.JSONDecodeError as error:
                # A token never spans lines: once its line is complete, the error is not for want of text.
                if self._has_line_of(error.pos):
                    what = error.msg.removesuffix(" at")
                    column = error.colno + (self._dropped_columns if error.lineno == 1 else 0)
                    return self._malformed(error.pos, f"is not JSON: {what} at character {column} of the line")
            except RecursionError:
                if self._has_line_of(start):
                    return self._malformed(start, "is nested too deeply")
            else:
                return self._complete(value, end)
            if len(self._text) - start > MAX_DOCUMENT_BYTES:
                return self._too_large()
            # Twice as much every time: a long document is not parsed over and over.
            self._more(max(CHUNK_BYTES, len(self._text) - start))

    def _has_line_of(self, position: int) -> bool:
        """Tell whether the line of this position is complete, within what the document here may take up."""
        limit = self._at + MAX_DOCUMENT_BYTES
        return self._text.find("\n", position, limit) >= 0 or (self._ended and len(self._text) <= limit)

    def _complete(self, value: JsonValue, end: int) -> Document | Malformed:
        start = self._at
        if end - start > MAX_DOCUMENT_BYTES:
            return self._too_large()
        self._advance(end)
        document = Document(self._line, value, self._text, start, end)
        if self._constants:
            name = self._constants[0]
            self._constants.clear()
            return Malformed(self._line, document.raw[:RAW_CHARACTERS], f"is not JSON: {name} is no value")
        if end - start > MAX_DOCUMENT_BYTES // 4:
            size_bytes = len(document.raw.encode(errors="surrogateescape"))
            if size_bytes > MAX_DOCUMENT_BYTES:
                return Malformed(self._line, document.raw[:RAW_CHARACTERS], TOO_LARGE)
        return document

    def _too_large(self) -> Malformed:
        """Skip a document that is too large to be held to its end: the rest of the line that is one byte too much."""
        self._constants.clear()
        self._begin_raw()
        self._advance(self._at + MAX_DOCUMENT_BYTES)
        line = self._line
        self._skip_line()
        return Malformed(line, self._raw_so_far(), TOO_LARGE)

    def _malformed(self, position: int, explanation: str) -> Malformed:
        """Advance past the broken document that starts here and shows itself at this position."""
        self._constants.clear()
        self._begin_raw()
        text, start = self._text, self._at
        line_start = text.rfind("\n", start, position) + 1
        line = self._line + text.count("\n", start, len(text[:position].rstrip()))
        if not line_start:
            self._skip_balanced()
        elif text[position : position + 1] in ("{", "[") and not text[line_start:position].strip():
            self._advance(position)
        else:
            self._advance(position)
            line = self._skip_lines_of_document(line)
        return Malformed(line, self._raw_so_far().rstrip(), explanation)

    def _skip_balanced(self) -> None:
        """Advance to where the braces opened here are closed again, at most to the next line."""
        newline = self._text.find("\n", self._at)
        depth = 0
        for brace in _BRACES.finditer(self._text, self._at, newline if newline >= 0 else len(self._text)):
            depth += (brace.group() in "{[") - (brace.group() in "}]")
            if depth == 0:
                self._advance(brace.end())
                return
        self._skip_line()

    def _skip_lines_of_document(self, last_line: int) -> int:
        """Advance to the first line that starts with a brace, and past that brace if it is a closing one.

        Return the last line that was not blank.
        """
        while True:
            line = self._line
            if not self._skip_line():
                last_line = line
            closers = _CLOSERS.match(self._text, self._at)
            # At the end of the text there may be one more to come.
            while (closers.end() if closers else self._at) == len(self._text) and self._more():
                closers = _CLOSERS.match(self._text, self._at)
            if self._at == len(self._text):
                return last_line
            if closers:
                self._advance(closers.end())
                return self._line
            if self._text[self._at] in "{[":
                return last_line

    def _outside(self) -> Malformed:
        """Advance past text that is in no document."""
        self._begin_raw()
        line = self._line
        while True:
            match = _OUTSIDE.match(self._text, self._at)
            self._advance(match.end() if match else self._at)
            if self._at < len(self._text) or not self._more():
                return Malformed(line, self._raw_so_far().rstrip(), "is not a JSON object or array")
