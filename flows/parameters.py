"""What the parameters of the flows mean and accept: written once, for the forms of the Prefect UI and for `sparkify`.

The server refuses a wrong value before a run starts, and so does the command line, in words of its own. Nothing here
imports what takes long, neither Prefect nor pydantic, which find what they need in the annotations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any, Literal, ParamSpec, TypeVar

from lake.max_lag import PATTERN
from sql.datasets import DATASETS, Dataset

P = ParamSpec("P")
R = TypeVar("R")

Schema = dict[str, Any]
"""A schema, in JSON or pydantic's own."""
Schemas = Callable[[Any], Schema]
"""What makes the one of the other, or of a type."""


@dataclass(frozen=True)
class Meaning:
    """What a parameter means, and what stands for its value in the help of a command."""

    text: str
    metavar: str = ""

    def __get_pydantic_json_schema__(self, core: object, schemas: Schemas) -> Schema:
        """Put the text beside the field of a form."""
        return schemas(core) | {"description": self.text}


@dataclass(frozen=True)
class Bounds:
    """The least and the most that a number may be; None: no bound."""

    least: float | None = None
    most: float | None = None

    def __get_pydantic_core_schema__(self, source: object, schemas: Schemas) -> Schema:
        """Let pydantic check them, and put them into a form."""
        bounds = {"ge": self.least, "le": self.most}
        return schemas(source) | {name: bound for name, bound in bounds.items() if bound is not None}


@dataclass(frozen=True)
class Named:
    """The name of a warehouse, as a form checks it."""

    examples: tuple[str, ...]

    def __get_pydantic_json_schema__(self, core: object, schemas: Schemas) -> Schema:
        """Put pattern and examples into a form."""
        from warehouse.names import BLOCK_NAME  # noqa: PLC0415 - its package takes long to import

        names = "|".join([*(name for name in self.examples if "/" not in name), BLOCK_NAME])
        return schemas(core) | {"pattern": f"^({names})$", "examples": [*self.examples]}


@dataclass(frozen=True)
class Url:
    """The URL of a part of the lake, as a form checks it."""

    pattern: str = r"^(s3://[a-z0-9][a-z0-9.-]+[a-z0-9](/.*)?|file:///.+|[./~].*|[^:]+)$"
    examples: tuple[str, ...] = ("s3://my-lake/log_data", "file:///srv/lake/log_data")

    def __get_pydantic_json_schema__(self, core: object, schemas: Schemas) -> Schema:
        """Put pattern and examples into a form."""
        return schemas(core) | {"pattern": self.pattern, "examples": [*self.examples]}


@dataclass(frozen=True)
class Lag:
    """How old the newest event may be, as a form checks it."""

    def __get_pydantic_json_schema__(self, core: object, schemas: Schemas) -> Schema:
        """Put pattern and examples into a form."""
        return schemas(core) | {"pattern": PATTERN, "examples": ["36h", "24h/36h"]}


_BLOCKS = ("redshift-cluster/prod", "redshift-serverless/prod")
WarehouseName = Annotated[
    str,
    Named(("local", *_BLOCKS)),
    Meaning("`local`, the embedded PostgreSQL, or a saved block such as `redshift-cluster/prod`", "NAME"),
]
BlockName = Annotated[str, Named(_BLOCKS), Meaning("a saved block, such as `redshift-cluster/prod`", "NAME")]
LakeUrl = Annotated[str, Url()]
FullRefresh = Annotated[
    bool, Meaning("empty the star and load the whole lake again, in one transaction; what is given must cover it")
]
WithoutMissing = Annotated[
    bool,
    Meaning(
        "give up the rows of files that are not in the lake any more, where a file that was loaded together with them "
        "has changed"
    ),
]
BatchNumber = Annotated[int | None, Bounds(1), Meaning("the batch whose files are taken back", "N")]
Files = Annotated[
    LakeUrl | None, Meaning("the files that are taken back: a file, a folder, or all whose URLs begin so", "URL")
]
UserNumber = Annotated[int, Bounds(0, 2_147_483_647), Meaning("the person who is forgotten: their user_id", "N")]
InAdvance = Annotated[
    bool, Meaning("also where nothing is there of the person yet: what later files have of them is left out")
]
Confirmed = Annotated[
    bool,
    Meaning(
        "do it; without, a preview is shown, and nothing changes, unless the command asks at a terminal and gets yes"
    ),
]
DryRun = Annotated[
    bool, Meaning("do everything up to the suites, show what would become of the star, and publish nothing")
]
BatchFiles = Annotated[
    int,
    Bounds(1),
    Meaning("how many files a batch loads at most; what is more is loaded by further batches of the same run", "N"),
]
BatchBytes = Annotated[
    int,
    Bounds(1),
    Meaning("how many bytes a batch loads at most, as they are stored; one file is a batch however large", "N"),
]
AddSource = Annotated[
    bool,
    Meaning(
        "load from sources outside of the known lake, too: a further part of it, or a lake whose "
        "sessions have numbers of their own"
    ),
]
MovedFrom = Annotated[
    LakeUrl | None,
    Meaning("the folder of the lake before it was moved here: what was loaded from there stays loaded", "URL"),
]
QuarantineBudget = Annotated[
    float,
    Bounds(0, 0.5),
    Meaning("the share of a batch's rows, at most 0.5, that may be bad and go to `quarantine` instead", "F"),
]
CompactSongs = Annotated[
    bool,
    Meaning("copy small song files into a few large objects, which COPY reads faster than thousands of files"),
]
ResumeFirst = Annotated[bool, Meaning("resume the cluster if it is paused")]
PauseAfter = Annotated[bool, Meaning("pause the cluster in the end, also when the run fails")]
UnknownKeys = Annotated[
    Literal["warn", "fail"] | None,
    Meaning(
        "what a key does that no column takes and that no batch had before: a warning, or the run fails; with none, as "
        "`sql/datasets.py` says, a warning"
    ),
]
AcceptDrift = Annotated[
    bool, Meaning("load also where columns or days are not as before: from then on that is usual, and told no more")
]
TakeOver = Annotated[
    bool,
    Meaning("take the warehouse from a run that holds it: that run stops before it changes anything more"),
]
KeptDataDocs = Annotated[
    int, Bounds(1), Meaning("of how many runs the pages of the Data Docs are kept, the latest", "N")
]
MaxLag = Annotated[
    Annotated[str, Lag()] | None,
    Meaning(
        "how old the newest event may be: `36h` is an error, `24h/36h` a warning before that (m, h or d); with none, "
        "that of the block",
        "AGE",
    ),
]
ReportFile = Annotated[
    Path | None,
    Meaning(
        "the file to write; with none it is `reports/insights.html` under SPARKIFY_HOME, and in a worker it is a name "
        "below `reports` there",
        "FILE",
    ),
]
LakeFolder = Annotated[Path, Meaning("a folder that holds no lake yet", "DIR")]
EventCount = Annotated[int, Bounds(1), Meaning("events, over all days", "N")]
SongCount = Annotated[int, Bounds(0), Meaning("songs in the lake", "N")]
UserCount = Annotated[int, Bounds(1), Meaning("registered users", "N")]
DayCount = Annotated[int, Bounds(1), Meaning("days, from 2018-11-01", "N")]
Seed = Annotated[int, Bounds(0), Meaning("the same seed and numbers give the same bytes", "N")]
Migrate = Annotated[bool, Meaning("bring tables of an older version up to date also where that drops or rewrites one")]
NoSnapshot = Annotated[bool, Meaning("keep no final snapshot of the data")]
Confirm = Annotated[
    str, Meaning("the warehouse's name again; where it is missing, the command prompts for it at a terminal", "NAME")
]


def takes_a_lake(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function a parameter for each dataset, in the place of its `**lake` and behind its first one."""
    own = signature(function)
    first, *others = (each for each in own.parameters.values() if each.kind is not Parameter.VAR_KEYWORD)
    kind = Parameter.KEYWORD_ONLY if first.kind is Parameter.KEYWORD_ONLY else Parameter.POSITIONAL_OR_KEYWORD
    datasets = [Parameter(each.name, kind, default=None, annotation=_lake_url(each)) for each in DATASETS.values()]
    public = own.replace(parameters=[first, *datasets, *others])

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        bound = public.bind(*args, **kwargs)
        bound.apply_defaults()
        return function(**bound.arguments)  # type: ignore[call-arg]

    call.__signature__ = public  # type: ignore[attr-defined]
    call.__annotations__ = {
        **{each.name: each.annotation for each in public.parameters.values()},
        "return": own.return_annotation,
    }
    return call


def _lake_url(dataset: Dataset) -> Any:
    """Return the type of the parameter that says where a dataset is; that of the last says what none of them means."""
    text = f"{dataset.holds}: `s3://bucket/prefix`, `file:///folder` or a folder; a file or the beginning of names, too"
    if dataset.name == [*DATASETS][-1]:
        text += (
            "; with no URL at all, the lake of the block and what was loaded before: `local` makes a sample lake where "
            "nothing was"
        )
    return Annotated[LakeUrl | None, Meaning(text, "URL")]
