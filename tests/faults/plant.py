"""The list of faults, and how one is planted: by a text that its file has exactly once, and what takes its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Fault:
    """One fault: what goes wrong for users, where it is planted, and which fast tests are to catch it."""

    name: str
    guarantee: str
    file: str
    old: str
    new: str
    tests: Sequence[str]

    def plant(self, tree: Path) -> None:
        """Plant it in a copy of the project.

        Raises:
            ValueError: the file does not have the old text exactly once; mend the list.
        """
        path = tree / self.file
        text = path.read_text()
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.file} has {self.old!r} {text.count(self.old)} times, not once")
        path.write_text(text.replace(self.old, self.new))


def read_faults() -> list[Fault]:
    """Read the list."""
    return [Fault(**each) for each in yaml.safe_load((Path(__file__).parent / "faults.yaml").read_text())]
