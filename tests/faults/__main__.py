"""`make test-faults`: plant one fault after the other in a copy of the project, and see that its tests catch it.

`python -m tests.faults [WORD ...]` plants those whose names have one of these words. Exit status 1: a fault was not
caught, or its tests fail without it.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.faults.plant import ROOT, Fault, read_faults

PASSED, FAILED = 0, 1
"""What pytest's exit status says of tests that ran; any other says that they did not."""


def main(words: Sequence[str]) -> int:
    """Plant the faults, and return how it went."""
    faults = [fault for fault in read_faults() if not words or any(word in fault.name for word in words)]
    with tempfile.TemporaryDirectory(prefix="sparkify-faults-") as folder:
        tree = copy_project(Path(folder))
        tests = sorted({test for fault in faults for test in fault.tests})
        if run(tree, tests, keep_bytecode=True) != PASSED:
            print("the tests do not pass without a fault")
            return 1
        missed = [fault for fault in faults if not is_caught(tree, fault)]
    print(
        f"{len(faults) - len(missed)} of {len(faults)} faults are caught", *(fault.name for fault in missed), sep="\n"
    )
    return 1 if missed or not faults else 0


def copy_project(folder: Path) -> Path:
    """Copy what git knows of the project, as it is in the working tree, and link the real lake beside it."""
    tree, known = folder / "project", ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.run(known, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes((ROOT / name).read_bytes())
    (folder / "shared").symlink_to(ROOT.parent / "shared")
    return tree


def is_caught(tree: Path, fault: Fault) -> bool:
    """Plant a fault, run its tests, and take it away."""
    before = (tree / fault.file).read_text()
    fault.plant(tree)
    status = run(tree, fault.tests)
    (tree / fault.file).write_text(before)
    words = {PASSED: "NOT CAUGHT", FAILED: "caught"}.get(status, f"NOT RUN (exit status {status} of pytest)")
    print(f"{words}: {fault.name} ({fault.guarantee})", flush=True)
    return status == FAILED


def run(tree: Path, tests: Sequence[str], *, keep_bytecode: bool = False) -> int:
    """Run tests of the copy, up to the first that fails, and return pytest's exit status.

    Bytecode of a fault must not be kept: a file that is changed again within a second would be taken for it.
    """
    command = [sys.executable, "-m", "pytest", "-n", "0", "-x", "-p", "no:cacheprovider", *tests]
    settings = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "" if keep_bytecode else "1"}
    return subprocess.run(command, cwd=tree, env=settings, capture_output=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
