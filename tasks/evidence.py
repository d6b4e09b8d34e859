"""Evidence: find the file and line of a row that a suite has refused, by reading the batch's files again.

Staging has no column that says where a row came from, since COPY could not fill it. Only a failed run pays for this.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tasks.staging import Staged
from warehouse.copy.documents import Document, JsonValue, read_documents
from warehouse.object_store import open_object

IDENTITY = {
    "events": ("sessionid", "iteminsession", "ts", "userid", "page"),
    "songs": ("song_id", "title", "artist_id"),
}
"""The columns that a row of each dataset is known by."""
EPOCH = datetime(1970, 1, 1)


def find_place(part: Staged, row: Mapping[str, object]) -> str | None:
    """Return `URL line N` of a row, known by what it has of its dataset's identity; None where no line has it."""
    columns = [column for column in IDENTITY[part.dataset] if column in row]
    wanted = [_text(row[column]) for column in columns]
    for file in part.files:
        with open_object(file.url) as stream:
            for document in read_documents(stream):
                if isinstance(document, Document) and isinstance(document.value, dict):
                    values = {key.lower(): value for key, value in document.value.items()}
                    if [_text(values.get(column)) for column in columns] == wanted:
                        return f"{file.url} line {document.line_number}"
    return None


def _text(value: JsonValue | object) -> str:
    """Return a value as the logs spell it: a moment as milliseconds, nothing as the empty string."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return str((value - EPOCH) // timedelta(milliseconds=1))
    return str(value)
