"""Evidence: what the warehouse does not know of a row that was refused, found by reading the batch's files again.

Staging has no column that says which file and line a row came from, since COPY could not fill it; and the load errors
of Redshift Serverless do not hold the value that did not fit. Only a failed run pays for this.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from warehouse import Store
from warehouse.copy.documents import Document, JsonValue, read_documents
from warehouse.object_store import StoredObject

IDENTITY = {
    "events": ("sessionid", "iteminsession", "ts", "userid", "page"),
    "songs": ("song_id", "title", "artist_id"),
}
"""The columns that a row of each dataset is known by."""
EPOCH = datetime(1970, 1, 1)


def find_place(store: Store, dataset: str, files: Sequence[StoredObject], row: Mapping[str, object]) -> str | None:
    """Return `URL line N` of a row, known by what it has of its dataset's identity; None where no line has it."""
    columns = [column for column in IDENTITY[dataset] if column in row]
    wanted = [_text(row[column]) for column in columns]
    for file in files:
        for line_number, values in _objects(store, file.url):
            if [_text(values.get(column)) for column in columns] == wanted:
                return f"{file.url} line {line_number}"
    return None


def find_value(store: Store, url: str, line_number: int, column: str) -> str:
    """Return what the object that ends on this line has for a column, as text; nothing where there is none."""
    for line, values in _objects(store, url):
        if line == line_number:
            return _text(values.get(column))
    return ""


def _objects(store: Store, url: str) -> Iterator[tuple[int, Mapping[str, JsonValue]]]:
    """Read the objects of a file, with the number of their last line and their keys in lower case."""
    with store.open(url) as stream:
        for document in read_documents(stream):
            if isinstance(document, Document) and isinstance(document.value, dict):
                yield document.line_number, {key.lower(): value for key, value in document.value.items()}


def _text(value: JsonValue | object) -> str:
    """Return a value as the logs spell it: a moment as milliseconds, nothing as the empty string."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return str((value - EPOCH) // timedelta(milliseconds=1))
    return str(value)
