"""The files of the project, without what tools put beside them: `.venv` alone has ten thousands."""

from pathlib import Path

ROOT = Path(__file__).parents[1]


def files(*suffixes: str) -> list[Path]:
    """Find the files with one of these suffixes, in no hidden folder."""
    rooms = [path for path in ROOT.iterdir() if not path.name.startswith(".")]
    found = [path for room in rooms for path in (room.rglob("*") if room.is_dir() else (room,))]
    return sorted(path for path in found if path.suffix in suffixes)


PAGES = files(".md")
