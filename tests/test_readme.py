"""What the README promises is proved by the tests that it names."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"`(?:(tests/[\w/]+\.py)(?:::(test_\w+))?|(test_\w+))`")


def promises() -> list[str]:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## What you can rely on\n")[2]
    return section.partition("\n## ")[0].strip().removeprefix("- ").split("\n- ")


def defined(file: str) -> list[str]:
    return re.findall(r"^def (test_\w+)", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_promise_names_tests_that_exist() -> None:
    everywhere = {name for file in ROOT.glob("tests/**/test_*.py") for name in defined(str(file))}
    assert len(promises()) > 10
    for promise in promises():
        named = NAMED.findall(promise)
        assert named, promise
        for file, in_file, alone in named:
            assert not file or (ROOT / file).is_file(), file
            assert not in_file or in_file in defined(file), in_file
            assert not alone or alone in everywhere, alone
