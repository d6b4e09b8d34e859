"""The saved questions: the first lines of each file of `sql/insights`, and the parameters it takes.

The first line is the grain and the question. A line for each parameter says what it is by default and what it means:
`-- :days = 28: the days …` is a whole number, `-- :period = all, day or week: …` is one of these words, the first by
default, and `-- :user_id: the user.` is a whole number that must be given.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import sql

_PARAMETER = re.compile(r"^-- :(\w+)(?: = ([^:]+))?: (.*)$", re.MULTILINE)
_HEADER = re.compile(r"\A(?:--.*\n)*")


@dataclass(frozen=True)
class Parameter:
    """A value that a question takes: a whole number of at least 1, or one of the choices."""

    name: str
    default: int | str | None
    choices: tuple[str, ...]
    meaning: str

    def __str__(self) -> str:
        """Return the parameter as it would be given: with its default, its choices, or N where one must be given."""
        return f"{self.name}={'|'.join(self.choices) or self.default or 'N'}"

    def read(self, text: str) -> int | str:
        """Return the value that a person wrote.

        Raises:
            ValueError: it is not one that the question takes.
        """
        if self.choices:
            if text not in self.choices:
                raise ValueError(f"--param {self.name}={text}: '{text}' is none of {', '.join(self.choices)}")
            return text
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
            raise ValueError(f"--param {self.name}={text}: '{text}' is not a whole number from 1 to 999,999,999")
        return int(text)


@dataclass(frozen=True)
class Question:
    """A saved question: its name, what it asks, its parameters and its SQL, with `:name` for each parameter."""

    name: str
    asks: str
    parameters: tuple[Parameter, ...]
    text: str

    def values(self, given: Mapping[str, str]) -> dict[str, int | str]:
        """Return a value for each parameter: the given one, or the default.

        Raises:
            ValueError: one is missing, unknown or wrong; the message names those that are taken.
        """
        names = [parameter.name for parameter in self.parameters]
        unknown = next((name for name in given if name not in names), None)
        if unknown is not None:
            takes = f"it takes {', '.join(names)}" if names else "it takes none"
            raise ValueError(f"@{self.name} has no parameter {unknown}: {takes}")
        missing = [each for each in self.parameters if each.default is None and each.name not in given]
        if missing:
            raise ValueError(f"@{self.name} needs --param {missing[0].name}=N: {missing[0].meaning.rstrip('.')}")
        return {each.name: each.read(given.get(each.name, str(each.default))) for each in self.parameters}


def questions() -> list[Question]:
    """Return all saved questions by name, with hyphens where the names of their files have underscores."""
    return [_read(path.stem) for path in sorted((sql.FOLDER / "insights").glob("*.sql"))]


def question(name: str) -> Question:
    """Return the saved question of that name.

    Raises:
        ValueError: there is none.
    """
    found = {each.name: each for each in questions()}
    wanted = name.replace("_", "-").lower()
    if wanted not in found:
        close = get_close_matches(wanted, found, 1)
        hint = f"did you mean @{close[0]}? " if close else ""
        raise ValueError(f"no saved question is named @{name}: {hint}sparkify sql --list names them all")
    return found[wanted]


def _read(stem: str) -> Question:
    text = (sql.FOLDER / f"insights/{stem}.sql").read_text(encoding="utf-8")
    [header] = _HEADER.findall(text)
    parameters = tuple(_parameter(*found) for found in _PARAMETER.findall(header))
    asks = header.partition("\n")[0].removeprefix("-- ")
    return Question(stem.replace("_", "-"), asks, parameters, text)


def _parameter(name: str, default: str, meaning: str) -> Parameter:
    if not default:
        return Parameter(name, None, (), meaning)
    if default.isdigit():
        return Parameter(name, int(default), (), meaning)
    choices = tuple(re.split(r", | or ", default))
    return Parameter(name, choices[0], choices, meaning)
