"""The conformance cases: what a COPY is given, and what Redshift makes of it.

`cases/*.yaml` hold them. Of a case, `source` is the page of the Redshift guide that says so, `unconfirmed` what no page
and no public output says, and `local_only` why Redshift is not asked. In `copy`, `files` and messages, {lake} is the
folder of the case's files, and {auth} an authorization.
"""

import bz2
import gzip
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FOLDER = Path(__file__).with_name("cases")
TABLE = "CREATE TABLE t (id INT, name VARCHAR(10), ts TIMESTAMP)"
COPY = "COPY t FROM '{lake}data/' {auth} FORMAT AS JSON 'auto'"
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "GZIP": gzip.compress,
    "BZIP2": bz2.compress,
    "ZSTD": zstd.compress,
}


@dataclass(frozen=True)
class Case:
    """One COPY and its outcome; `data` is short for the one file data/1.json, `options` follow `copy`.

    The outcome is `rows` of the table; `errors` as line, column, code and reason, without `rows` if they fail the load;
    or a `failure` of the statement as SQLSTATE and message, where {key} and {path} are the folder without its scheme
    and bucket, and without file://. `notices`, `count` and `replacements` are compared if given.
    """

    name: str
    source: str = ""
    unconfirmed: str = ""
    local_only: str = ""
    table: str = TABLE
    data: str | bytes | None = None
    files: dict[str, str | bytes | dict[str, str]] = field(default_factory=dict)
    copy: str = COPY
    options: str = ""
    query: str = "SELECT * FROM t"
    rows: list[list[Any]] | None = None
    errors: list[list[Any]] = field(default_factory=list)
    failure: list[str] | None = None
    notices: list[str] | None = None
    count: int | None = None
    replacements: list[list[Any]] | None = None

    @property
    def statement(self) -> str:
        """The COPY, with its placeholders."""
        return f"{self.copy} {self.options}".rstrip()

    def contents(self, lake: str) -> Iterator[tuple[str, bytes]]:
        """Give the files of the case, by name, as they are in this folder."""
        files = self.files if self.data is None else {"data/1.json": self.data}
        for name, content in files.items():
            if isinstance(content, dict):
                ((method, text),) = content.items()
                yield name, COMPRESS[method](text.encode())
            else:
                yield name, content if isinstance(content, bytes) else content.replace("{lake}", lake).encode()


def read_cases() -> list[Case]:
    """Read all cases, file by file."""
    texts = (path.read_text() for path in sorted(FOLDER.glob("*.yaml")))
    return [Case(**case) for text in texts for case in yaml.safe_load(text)]
