"""Feed the COPY emulator with bytes that are found by following its coverage, and stop at the first surprise.

A surprise is an exception, an outcome that depends on how a file is cut into reads, or a line that the bulk conversion
takes and the exact one does not. `make fuzz` runs it for a minute; arguments are libFuzzer's.
"""

import hashlib
import io
import sys
from itertools import product
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["local_redshift.copy"]):
    from local_redshift.copy.command.statement import parse_copy
    from local_redshift.copy.convert.columns import TargetColumn
    from local_redshift.copy.convert.fast import BulkConverter
    from local_redshift.copy.convert.rows import RowConverter, RowError

CORPUS = Path(__file__).parents[2] / ".cache/fuzz/corpus"  # what was found is where the next run begins
COLUMNS = (
    TargetColumn("artist", "varchar", 12),
    TargetColumn("code", "bpchar", 3),
    TargetColumn("item", "int4"),
    TargetColumn("session", "int8"),
    TargetColumn("length", "numeric", 9, 5),
    TargetColumn("ratio", "float8"),
    TargetColumn("flag", "bool"),
    TargetColumn("day", "date"),
    TargetColumn("ts", "timestamp"),
)
COMMANDS = [
    parse_copy(f"COPY t FROM 'file:///lake/' IAM_ROLE default FORMAT AS JSON {options}")
    for options in (
        "'auto'",
        "'auto ignorecase' TIMEFORMAT 'epochmillisecs' ROUNDEC TRUNCATECOLUMNS",
        "'auto' TIMEFORMAT 'auto' ACCEPTANYDATE ACCEPTINVCHARS EMPTYASNULL BLANKSASNULL TRIMBLANKS IGNOREHEADER 1",
    )
]
SEEDS = [
    b'{"artist":"a","code":"b","item":1,"session":2,"length":1.5,"ratio":1e3,"flag":true,"day":"2018-11-01","ts":1}\n',
    b'{"artist":null,"item":"","ts":"2018-11-01 20:57:10.796"}{"item":\n2}\n[1,{"a":[]}]',
    b'\xef\xbb\xbf{"artist":"\\ud83c\\udfb5\\u0000","code":"\xff","length":-0.0}\r\n,{"item":1,"item":2}',
]


class _Trickle(io.BytesIO):
    """A stream that gives seven bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size, 7) if size is not None and size >= 0 else 7)


def _check(data: bytes) -> None:
    """Convert one file in every way; the first byte chooses the options."""
    if not data:
        return
    command, data = COMMANDS[data[0] % len(COMMANDS)], data[1:]
    rows = list(RowConverter(COLUMNS, command, None).rows(io.BytesIO(data)))
    assert rows == list(RowConverter(COLUMNS, command, None).rows(_Trickle(data)))
    if not command.ignore_header:
        converted = BulkConverter(COLUMNS, [column.name for column in COLUMNS], command).convert(data)
        exact = list(RowConverter(COLUMNS, command, None).rows(io.BytesIO(data[: converted.end])))
        assert len(exact) == converted.lines
        assert not any(isinstance(row, RowError) for row in exact)


def _main() -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    for number, seed in product(range(len(COMMANDS)), SEEDS):
        data = bytes([number]) + seed
        (CORPUS / hashlib.md5(data).hexdigest()).write_bytes(data)
    atheris.Setup([*sys.argv, str(CORPUS), f"-artifact_prefix={CORPUS.parent}/"], _check)
    atheris.Fuzz()


_main()
