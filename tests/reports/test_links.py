"""What links lead to: a file, what `sparkify ui` serves of it, or the console of S3."""

import pytest

from reports.links import SERVED_AT, address, address_on
from warehouse.home import home

SERVER = "http://127.0.0.1:4200/pages/secret/"
INDEX = "s3://work/sparkify/data-docs/index.html"


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("eu-west-1", "https://s3.console.aws.amazon.com/s3/object/work"),
        ("cn-north-1", "https://console.amazonaws.cn/s3/object/work"),
        ("us-gov-west-1", "https://console.amazonaws-us-gov.com/s3/object/work"),
    ],
)
def test_a_page_on_s3_is_opened_by_the_console_of_its_region(region: str, expected: str) -> None:
    assert address(INDEX, region) == f"{expected}?region={region}&prefix=sparkify%2Fdata-docs%2Findex.html"


def test_a_page_of_the_home_is_opened_over_http_where_it_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    page, other = f"file://{home()}/data-docs/a (b).html", f"file://{home()}/manifests/a"
    assert address(page) == f"file://{home()}/data-docs/a%20%28b%29.html"
    monkeypatch.setenv(SERVED_AT, SERVER)
    assert address(page) == f"{SERVER}data-docs/a%20%28b%29.html"
    assert address(other) == other
    report = home() / "reports/insights.html"
    assert address_on(report, page) == "../data-docs/a%20%28b%29.html"
    assert address_on(report, other) == other
    assert address_on(home() / "insights.html", page) == f"{SERVER}data-docs/a%20%28b%29.html"
