"""Evidence: file, line and text of a bad row, found by reading the batch's files again.

Staging has no lineage columns for file and line, since COPY could not fill them; and the load errors of Redshift
Serverless do not have the value that did not fit. Only a run with bad rows pays for this, and reads each file once for
them all.
"""

import io
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from operator import attrgetter
from typing import BinaryIO

from lake.compression import content, open_content
from lake.documents import Document, JsonValue, Malformed, read_documents
from lake.epochs import read_epoch_ms
from lake.object_store import StoredObject, readers
from lake.parallel import parallel_map
from lake.values import BLANKS, value_text
from sql.datasets import DATASETS
from warehouse import Store

TEXTS, DOUBLE, NUMERIC, TIMESTAMP = (1042, 1043), 701, 1700, 1114
"""The types whose values are no whole numbers as they are read, by the numbers that both engines give them."""
STEP = Decimal("0.00001")
"""The last place of every NUMERIC in staging."""
RAW_BYTES = 65_535
"""What `quarantine` holds of a line; one may have 4 MB, and no more of it is kept than so many characters."""
SMALL_BYTES = 1 << 20
"""What is smaller may be prefetched, since memory holds it whole."""
THREADS = 16


@dataclass(frozen=True)
class Line:
    """A line of a file: its number, the text of the documents that end on it, and the values of the last one.

    The text is cut to `RAW_BYTES` characters.
    """

    number: int
    raw: str
    values: Mapping[str, JsonValue]

    def value(self, column: str) -> str:
        """Return the value for a column, as text; nothing where there is none."""
        value = self.values.get(column)
        return "" if value is None else str(value)


@dataclass(frozen=True)
class StagedRows:
    """Rows of a staging table with all of its columns, which are given as name and type (as PostgreSQL numbers it)."""

    columns: tuple[tuple[str, int], ...]
    rows: Sequence[tuple[object, ...]]


def read_lines(store: Store, url: str, numbers: Set[int]) -> Iterator[Line]:
    """Read some lines of a file in its order, one after the other; what is not JSON is cut to its beginning."""
    left = set(numbers)
    with closing(_documents(open_content(store, url))) as documents:
        for number, found in groupby(documents, attrgetter("line_number")):
            if number in left:
                yield _line(number, found)
                left.remove(number)
            if not left:
                return


def _line(number: int, documents: Iterable[Document | Malformed]) -> Line:
    parts, size = [], 0
    value: JsonValue = None
    for found in documents:
        if size < RAW_BYTES:
            parts.append(found.raw[: RAW_BYTES - size])
            size += len(parts[-1]) + 1
        value = found.value if isinstance(found, Document) else None
    return Line(number, " ".join(parts), _lower(value) if isinstance(value, dict) else {})


def find_rows(
    store: Store, dataset: str, files: Sequence[StoredObject], staged: StagedRows
) -> Iterator[tuple[int, str, Line]]:
    """Find where rows of staging were read: yield of each its position in `staged`, its file and its line.

    Rows are known by all of their columns, read from the files as COPY does: no row is taken for another, unless the
    two are equal. A row that is in no file is skipped.
    """
    kinds = [kind for _, kind in staged.columns]
    wanted: dict[tuple[object, ...], list[int]] = {}
    for place, row in enumerate(staged.rows):
        wanted.setdefault(tuple(map(_comparable, row, kinds)), []).append(place)
    readers = [(name, _reader(kind)) for name, kind in staged.columns]
    for file, lines in _files(store, files, lower=DATASETS[dataset].ignores_case):
        if not wanted:
            return
        for line in lines:
            try:
                values = tuple(read(line.values.get(name)) for name, read in readers)
            except (ArithmeticError, ValueError):
                continue  # COPY refused it
            if values in wanted:
                places = wanted[values]
                yield places.pop(), file.url, line
                if not places:
                    del wanted[values]


def _files(
    store: Store, files: Sequence[StoredObject], *, lower: bool
) -> Iterator[tuple[StoredObject, Iterable[Line]]]:
    """Read file after file; small ones prefetched in parallel, for S3 takes longer to answer than they to be read."""

    def read(file: StoredObject) -> bytes | None:
        return store.read(file.url) if file.size_bytes < SMALL_BYTES else None

    threads = readers((file.url for file in files), THREADS)
    for file, small in zip(files, parallel_map(read, files, threads), strict=True):
        stored = store.open(file.url) if small is None else io.BufferedReader(io.BytesIO(small))
        yield file, _lines(content(file.url, stored), lower=lower)


def _lines(stream: BinaryIO, *, lower: bool) -> Iterator[Line]:
    """Read the objects of a file, with their keys as COPY takes them: of some datasets it ignores their case."""
    for found in _documents(stream):
        if isinstance(found, Document) and isinstance(found.value, dict):
            yield Line(found.line_number, found.raw[:RAW_BYTES], _lower(found.value) if lower else found.value)


def _documents(stream: BinaryIO) -> Generator[Document | Malformed]:
    with stream:
        yield from read_documents(stream)


def _lower(values: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    return {key.lower(): value for key, value in values.items()}


def _comparable(value: object, kind: int) -> object:
    if kind == TIMESTAMP and value is not None:
        try:
            return read_epoch_ms(str(value))
        except ValueError:
            return value  # no moment of time, such as infinity: no file has it
    return value.rstrip(" ") if isinstance(value, str) else value


def _reader(kind: int) -> Callable[[JsonValue], object]:
    """Return what reads a value from a file as COPY puts it into a column; moments are milliseconds."""
    if kind in TEXTS:
        return _characters
    numbers: dict[int, Callable[[str], object]] = {NUMERIC: _rounded, DOUBLE: float}
    number = numbers.get(kind, Decimal)

    def read(value: JsonValue) -> object:
        text = "" if value is None else value_text(value).strip(BLANKS)
        return number(text) if text else None

    return read


def _characters(value: JsonValue) -> str | None:
    return None if value is None else value_text(value).partition("\0")[0].rstrip(" ")


def _rounded(text: str) -> Decimal:
    return Decimal(text).quantize(STEP, ROUND_HALF_UP)
