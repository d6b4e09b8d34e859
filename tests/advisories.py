"""`make audit`: hold what is pinned against the known vulnerabilities, by pip-audit.

It asks the registry; or ADVISORIES names a folder of advisories in OSV's format (the `all.zip` of OSV's PyPI, unpacked)
where there is no network: these are served to pip-audit on this machine. What could not be asked is no pass.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

DEPLOYMENTS = Path(__file__).parents[1] / "deployments"
PASSED, FOUND, SKIPPED = 0, 1, 75
"""Exit statuses; the last is that of sysexits.h for what may be tried again later."""


def main() -> int:
    """Audit each file of pins, the shortest first, and return the exit status."""
    folder = os.environ.get("ADVISORIES")
    result = PASSED
    with served(Path(folder)) if folder else nullcontext() as url:
        service = ("--vulnerability-service", "osv", "--osv-url", url) if url else ()
        for file in sorted(DEPLOYMENTS.glob("requirements*.txt"), key=lambda file: file.stat().st_size):
            status = audit(file, service)
            result = result or status
            if status == SKIPPED:
                return result
    if result == PASSED:
        print("audit: no known vulnerability in what is pinned")
    return result


def audit(file: Path, service: Iterable[str]) -> int:
    """Ask about one file of pins."""
    command = (Path(sys.executable).with_name("pip-audit"), "--disable-pip", "--require-hashes", "--format", "json")
    done = subprocess.run(
        [*command, "--progress-spinner", "off", "--requirement", file, *service],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        return told(file.name, json.loads(done.stdout)["dependencies"])
    except ValueError:
        why = (done.stderr.strip() or "pip-audit said nothing").splitlines()[-1]
        print(f"audit: skipped: the advisories could not be asked: {why}")
        return SKIPPED


def told(file: str, dependencies: Iterable[Mapping[str, Any]]) -> int:
    """Print what pip-audit found, and return the status of it."""
    found = [
        f"{each['name']} {each['version']}: {flaw['id']}" for each in dependencies for flaw in each.get("vulns", ())
    ]
    unasked = [each["skip_reason"] for each in dependencies if "skip_reason" in each]
    if found:
        print(f"audit: known vulnerabilities in {file}:", *found, sep="\n  ")
        return FOUND
    if unasked:
        print(f"audit: skipped: {len(unasked)} pins of {file} could not be asked about, such as: {unasked[0]}")
        return SKIPPED
    return PASSED


def read(file: Path) -> Any:
    """Read one advisory."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SystemExit(f"audit: {file} is no advisory in OSV's format: {error}") from None


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Answer OSV's queries on this machine from a folder of advisories; give the address."""
    advisories = [read(file) for file in sorted(folder.rglob("*.json"))]
    if not advisories:
        raise SystemExit(f"audit: ADVISORIES={folder} has no advisories")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name, version = asked["package"]["name"], asked["version"]
            answer = json.dumps({"vulns": [each for each in advisories if affects(each, name, version)]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nobody wants to hear of each query."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join()


def affects(advisory: Mapping[str, Any], name: str, version: str) -> bool:
    """Tell whether an advisory is about a version of a package, by its list of versions or by its ranges."""
    return any(
        version in each.get("versions", ()) or any(_lies_in(ranged["events"], version) for ranged in _ranges(each))
        for each in advisory.get("affected", ())
        if each["package"]["ecosystem"] == "PyPI"
        and canonicalize_name(each["package"]["name"]) == canonicalize_name(name)
    )


def _ranges(affected: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in affected.get("ranges", ()) if each["type"] == "ECOSYSTEM"]


def _lies_in(events: Iterable[Mapping[str, str]], version: str) -> bool:
    """Follow the events of a range in their order: the last one before the version counts."""
    inside = False
    for event in events:
        ((kind, at),) = event.items()
        if kind == "introduced" and Version(at) <= Version(version):
            inside = True
        elif (kind == "fixed" and Version(at) <= Version(version)) or (
            kind == "last_affected" and Version(at) < Version(version)
        ):
            inside = False
    return inside


if __name__ == "__main__":
    sys.exit(main())
