"""Alerts: what they say of the lake's names and values calls nobody, and is no link or image."""

from pathlib import Path

import pytest
from prefect.server.utilities.user_templates import render_user_template_sync

from deployments.alerts import FOLDER, read_alert
from tests.hostile import HOSTILE, SEEN

BLOCK = "8b3fe5c8-4b6f-4f0e-8a0b-0d3b7a1c9f11"
EVENT = {
    "event": "sparkify.keys.usual",
    "resource": {"name": HOSTILE},
    "payload": {name: [SEEN, "b"] for name in ("warnings", "reasons", "changes")}
    | {"rows": 2, "why": SEEN, "severity": "x"},
}
RUN = {"name": "daring-otter", "state": {"message": f"{SEEN}\nb @here"}}


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_an_alert_calls_nobody_and_shows_no_image(file: Path) -> None:
    (action,) = read_alert(file, BLOCK).actions
    for template in (action.subject, action.body):  # type: ignore[union-attr]
        plain = template.replace("flow_run|ui_url", "'http://prefect/runs/1'")
        said = render_user_template_sync(plain, {"event": EVENT, "flow_run": RUN, "flow": {"name": "sparkify-etl"}})
        assert said
        assert not any(sign in said for sign in ("<", ">", "](", "@"))


@pytest.mark.parametrize(
    ("name", "event", "subject"),
    [
        ("drift", "sparkify.keys.changed", "events: keys changed"),
        ("drift", "sparkify.keys.usual", "events: keys are as before"),
        ("volume", "sparkify.volume.changed", "events: days are unusual"),
        ("volume", "sparkify.volume.usual", "events: days are usual again"),
    ],
)
def test_an_alert_tells_what_began_from_what_is_over(name: str, event: str, subject: str) -> None:
    (action,) = read_alert(FOLDER / f"{name}.yaml", BLOCK).actions
    said = render_user_template_sync(action.subject, {"event": {"event": event, "resource": {"name": "events"}}})  # type: ignore[union-attr]
    assert said == subject


def test_an_alert_keeps_the_lines_of_a_message() -> None:
    (action,) = read_alert(FOLDER / "failed-run.yaml", BLOCK).actions
    body = action.body.replace("|ui_url", ".name")  # type: ignore[union-attr]
    said = render_user_template_sync(body, {"flow_run": RUN}).split("\n")
    assert said[0].startswith("\\x1b[31mred\\r\\nERROR forged\\u202egpj\\u200b\u2039!channel\u203a ![] (http")
    assert said[1:] == ["b \uff20here", "", "daring-otter"]
