"""A headless browser for pages on disk; `python -m tests.browser PAGE PICTURE` takes the picture in the README."""

import base64
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions, ChromeService

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PICTURE = {"x": 0, "y": 0, "width": 1280, "height": 1370, "scale": 0.75}


class NoBrowser(Exception):
    """Chromium or its driver is not installed."""


@contextmanager
def chromium() -> Iterator[Chrome]:
    """Start a browser that notes what it is told and what it asks for.

    Raises:
        NoBrowser: chromium and chromedriver are not on the path.
    """
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        raise NoBrowser("chromium and chromedriver are missing: apt-get install chromium chromium-driver")
    options = ChromeOptions()
    options.binary_location = browser
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with tempfile.TemporaryDirectory(prefix="sparkify-chromium-", ignore_cleanup_errors=True) as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        started = Chrome(options=options, service=ChromeService(driver))
        started.set_script_timeout(120)  # axe-core reads a long page, beside other tests
        try:
            yield started
        finally:
            started.quit()


def look(browser: Chrome, page: Path, width: int, scheme: str) -> None:
    """Open a page on a screen of that width, in a light or a dark scheme."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get(page.absolute().as_uri())


def violations(browser: Chrome) -> list[tuple[str, list[str]]]:
    """Return what axe-core finds wrong with the page that is open: each rule, and the elements that break it."""
    browser.execute_script((files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8"))
    found = browser.execute_async_script("axe.run().then(arguments[0])")
    assert "color-contrast" in {rule["id"] for rule in found["passes"]}
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]]


def take_picture(page: Path, picture: Path) -> None:
    """Write the top of a page as PNG."""
    with chromium() as browser:
        look(browser, page, 1280, "light")
        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": PICTURE})
    picture.write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    take_picture(Path(sys.argv[1]), Path(sys.argv[2]))
