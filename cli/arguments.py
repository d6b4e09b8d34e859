"""How a command line is read: the functions of `cli.commands`, as cyclopts takes them.

What cyclopts refuses is wrong usage, reported in one line. Values are read by converters of our own: cyclopts would
read `1e3` as a whole number.
"""

import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial, wraps
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from cyclopts import App, CycloptsError, MissingArgumentError, Parameter, Token, UnusedCliTokensError

from cli.commands import COMMANDS, Command, Parameters
from cli.completion import install_completion
from cli.help_layout import Layout
from flows.parameters import Bounds, Meaning
from lake.printable import printable

DESCRIPTION = "Load Sparkify's logs and songs into a validated star schema, and query it."

BEGIN_WITH_A_HYPHEN = ("statement", "file")
"""Options whose values may: a comment in SQL, and standard input."""


class WrongUsage(Exception):
    """What is wrong with a command line, and with which command."""

    def __init__(self, command: str, reason: str) -> None:
        super().__init__(f"{f'sparkify {command}'.strip()}: error: {reason}")
        self.command = command


@dataclass(frozen=True)
class Call:
    """What is to run: a command with all its options, or without a name what is about the command line, as --help."""

    run: Callable[[], object]
    command: str = ""
    options: dict[str, Any] = field(default_factory=dict)


def read(arguments: Sequence[str]) -> Call:
    """Read a command line.

    Raises:
        WrongUsage: its message has the command, and what is wrong.
    """
    if not arguments:
        raise WrongUsage("", "name a command, such as sparkify etl; sparkify --help lists them")
    try:
        function, bound, _ = app(arguments[0]).parse_args(arguments, print_error=False, exit_on_error=False)
    except CycloptsError as error:
        raise WrongUsage(" ".join(error.command_chain or ()), _message(error)) from error
    if getattr(function, "__wrapped__", None) not in COMMANDS:
        return Call(lambda: function(*bound.args, **bound.kwargs))
    bound.apply_defaults()
    return Call(lambda: function(*bound.args, **bound.kwargs), function.__name__, dict(bound.arguments))


@cache
def app(only: str = "") -> App:
    """Return what reads a command line, and writes its help and its completion.

    It knows one command where one is named, since all take longer to make than that one to read.
    """
    top = App(
        name="sparkify", help=DESCRIPTION, version=_version, help_format="plaintext", help_formatter=Layout(),
        default_parameter=Parameter(negative=(), allow_repeating=True),
    )  # fmt: skip
    for position, command in enumerate(_named(only) or COMMANDS):
        top.command(_readable(command), sort_key=position)
    top.command(install_completion, name="--install-completion", sort_key=len(COMMANDS))
    top["--help"].sort_key = top["--version"].sort_key = len(COMMANDS) + 1
    return top


def _named(name: str) -> list[Command]:
    return [command for command in COMMANDS if command.__name__ == name]


def _readable(command: Command) -> Command:
    """Return a command with the annotations that cyclopts reads."""

    @wraps(command)
    def readable(*args: Any, **kwargs: Any) -> None:
        command(*args, **kwargs)

    hints = get_type_hints(command, include_extras=True)
    parameters = inspect.signature(command).parameters
    readable.__annotations__ = {name: _option(name, hints[name], parameters[name].default) for name in parameters}
    return readable


def _option(name: str, hint: Any, default: object) -> Any:
    """Return the type of an option, annotated with its converter and its help."""
    metadata = _metadata(hint)
    kind, meaning = _kind(hint), metadata[Meaning]
    parameter = Parameter(
        help=meaning.text,
        metavar=meaning.metavar or None,
        converter=_statement if name in BEGIN_WITH_A_HYPHEN else _reader(kind, metadata),
        n_tokens=1 if kind == Parameters else None,
        allow_leading_hyphen=name in BEGIN_WITH_A_HYPHEN,
        show_default=not any(default is none for none in (None, False, ())),
    )
    return Annotated[hint, parameter]


def _metadata(hint: Any) -> dict[type, Any]:
    """Return the metadata of an annotation by type, the outermost last."""
    inner = [_metadata(each) for each in get_args(hint) if hasattr(each, "__metadata__")]
    outer = {type(each): each for each in getattr(hint, "__metadata__", ())}
    return {kind: each for known in (*inner, outer) for kind, each in known.items()}


def _kind(hint: Any) -> Any:
    """Return the type that is behind an annotation, without None."""
    if hasattr(hint, "__metadata__"):
        return _kind(hint.__origin__)
    return _kind(get_args(hint)[0]) if get_origin(hint) in (Union, UnionType) else hint


def _reader(kind: Any, metadata: Mapping[type, Any]) -> Callable[[Any, Sequence[Token]], object] | None:
    """Return what makes a value of text; None where cyclopts does."""
    bounds = metadata.get(Bounds, Bounds())
    readers: dict[Any, Callable[[str], object]] = {
        str: str,
        Path: Path,
        int: partial(_number, bounds=bounds),
        float: partial(_share, bounds=bounds),
    }
    if kind == Parameters:
        return lambda _, tokens: tuple(_parameter(token.value) for token in tokens)
    return (lambda _, tokens: readers[kind](tokens[0].value)) if kind in readers else None


def _statement(_: Any, tokens: Sequence[Token]) -> str:
    """Return a text as it is, unless it must be an option."""
    text = tokens[0].value
    if re.fullmatch(r"--?\w\S*", text):
        raise ValueError(f"{text} looks like an option, and is none here")
    return text


def _number(text: str, bounds: Bounds) -> int:
    try:
        value = int(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a whole number") from error
    if bounds.least is not None and value < bounds.least:
        raise ValueError(f"{value} is less than {bounds.least}")
    if bounds.most is not None and value > bounds.most:
        raise ValueError(f"{value} is more than {bounds.most}")
    return value


def _share(text: str, bounds: Bounds) -> float:
    least, most = bounds.least or 0, bounds.most or 1
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise ValueError(f"{text!r} is not a share between {least} and {most}, such as 0.01")
    return value


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise ValueError(f"{text!r} is not NAME=VALUE, such as days=7")
    return name.strip(), value


def _version() -> str:
    """Return the version of the package that is installed."""
    from importlib.metadata import version

    return f"sparkify {version('sparkify-warehouse')}"


def _message(error: CycloptsError) -> str:
    """Return what is wrong, in words of our own where those of cyclopts would mislead."""
    if isinstance(error, MissingArgumentError) and error.argument:
        is_given = bool(error.argument.tokens) or error.keyword is not None
        return f"{error.argument.name} {'wants a value' if is_given else 'is required'}"
    if isinstance(error, UnusedCliTokensError):
        return f"nothing is known of {printable(' '.join(error.unused_tokens or ()))}"
    return printable(str(error))
