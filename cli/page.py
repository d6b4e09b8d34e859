"""The pages that list the commands: README's section, and `cli/README.md`, made of what `--help` is made of.

`make docs` writes both; a test holds them equal to what this makes.
"""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from cyclopts import Argument

from cli.arguments import app
from cli.commands import COMMANDS

ROOT = Path(__file__).parents[1]
README, PAGE = ROOT / "README.md", ROOT / "cli/README.md"
SECTION = re.compile(r"(?<=<!-- commands: made by make docs -->\n).*?(?=<!-- end of commands -->)", re.DOTALL)
HEAD = """\
# The commands

Made by `make docs` of what `sparkify COMMAND --help` says. An option that a flow has as a parameter means the same in
the forms of Prefect's UI: `flows/parameters.py` says it once.

`sparkify --install-completion` lets your shell complete commands and options: bash, zsh or fish, the one that it is
typed in, or `--shell` names it. It writes one file below your home, and for bash and zsh a line into `.bashrc` or
`.zshrc`. Another version of sparkify needs it again.
"""
UNBROKEN = "\N{NO-BREAK SPACE}"


def section() -> str:
    """Return README's list: each command with its options, and what it is for."""
    return "\n" + "\n".join(_usage(command.__name__) for command in COMMANDS) + "\n    sparkify --version\n\n"


def page() -> str:
    """Return the page that says what each option means."""
    return "\n".join([HEAD, *map(_chapter, (command.__name__ for command in COMMANDS))])


def write() -> None:
    """Write both where people look for them."""
    README.write_text(SECTION.sub(lambda _: section(), README.read_text(encoding="utf-8")), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


def _usage(command: str) -> str:
    words = [name if each.required else f"[{name}]" for each, name in _options(command)]
    unbroken = " ".join(word.replace(" ", UNBROKEN) for word in [f"sparkify {command}", *words])
    usage = _indented(unbroken, 4, 14 + len(command)).replace(UNBROKEN, " ")
    return f"{usage}\n{_indented(_summary(command), 8, 8)}\n"


def _indented(text: str, first: int, others: int) -> str:
    return textwrap.fill(text, 118, initial_indent=" " * first, subsequent_indent=" " * others, break_on_hyphens=False)


def _chapter(command: str) -> str:
    rows = [f"| `{name}` | {_told(option)} |" for option, name in _options(command, "\\|")]
    table = ["", "| option | what it means |", "|---|---|", *rows] if rows else []
    return "\n".join([f"## sparkify {command}", "", _summary(command), *table, ""])


def _told(option: Argument) -> str:
    default = option.field_info.default
    told = (
        option.parameter.help or "",
        "required" if option.required else "",
        f"default: {default}" if option.show_default else "",
    )
    return "; ".join(filter(None, told))


def _options(command: str, either: str = "|") -> Iterator[tuple[Argument, str]]:
    """Give the options of a command, each as it is typed."""
    for option in app()[command].assemble_argument_collection():
        value = either.join(option.get_choices() or ()) or option.parameter.metavar
        yield option, f"{option.name} {value}" if value else option.name


def _summary(command: str) -> str:
    return " ".join(app()[command].help.split())


if __name__ == "__main__":
    write()
