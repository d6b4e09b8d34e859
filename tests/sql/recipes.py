"""The recipes of sql/README.md: the files that they name, and what becomes of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECIPE = re.compile(r"^### (Add [^\n]+)\n(.*?)(?=^###? |\Z)", re.MULTILINE | re.DOTALL)
STEP = re.compile(r"^`([\w/.]+)`\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """A file of a recipe: its whole text, or as a diff what changes in it, in hunks with @@ between."""

    file: str
    kind: str
    text: str

    def follow(self, root: Path) -> None:
        """Do to the file in a copy of the project what the step says; a new one must not be there."""
        number = len(list((root / "sql/migrate").glob("*.sql"))) + 1
        path = root / self.file.replace("NNNN", f"{number:04}")
        if self.kind != "diff":
            assert not path.exists(), f"{path} is there already"
            path.write_text(self.text, encoding="utf-8")
            return
        lines = path.read_text(encoding="utf-8").splitlines()
        for hunk in self.text.split("@@\n"):
            lines = [*_changed(lines, hunk.splitlines(), self.file)]
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")


def recipes() -> dict[str, list[Step]]:
    """Read the recipes: the steps of each, by its heading."""
    text = (ROOT / "sql/README.md").read_text(encoding="utf-8")
    return {name: [Step(*found) for found in STEP.findall(steps)] for name, steps in RECIPE.findall(text)}


def _changed(lines: list[str], hunk: list[str], file: str) -> Iterator[str]:
    old = [line[1:] for line in hunk if not line.startswith("+")]
    new = [line[1:] for line in hunk if not line.startswith("-")]
    places = [place for place in range(len(lines)) if lines[place : place + len(old)] == old]
    assert len(places) == 1, f"{file} has these lines {len(places)} times: {old}"
    yield from (*lines[: places[0]], *new, *lines[places[0] + len(old) :])
