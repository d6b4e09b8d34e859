"""The alerts: automations that send a message through a notification block, one file each in `automations/`."""

from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.schemas.automations import AutomationCore

from deployments.blocks import find_block_id

FOLDER = Path(__file__).with_name("automations")
HARMLESS = (
    "{%% filter replace('<', '\u2039')|replace('>', '\u203a')|replace('](', '] (')|replace('@', '\uff20') %%}"
    "%s{%% endfilter %%}"
)
"""A template around another, whose text calls nobody and shows no link or image: values of the lake are in messages.

Look-alikes, since chats differ in how they escape, and Apprise, which sends for Prefect, turns `&lt;!channel&gt;` for
Slack back into a call.
"""


def create_alerts(client: SyncPrefectClient, block: str) -> None:
    """Create every alert, or bring it up to date; one that was switched off in the UI stays off.

    Raises:
        ValueError: no saved block has the name `block`, such as `slack-webhook/on-call`.
    """
    block_id = find_block_id(client, block)
    if block_id is None:
        raise ValueError(
            f"SPARKIFY_ALERTS={block}: no such block is saved; make a notification block (in the UI: Blocks, or with "
            "'prefect block create'), and name it as type/name, such as slack-webhook/on-call ('prefect block ls')"
        )
    for file in sorted(FOLDER.glob("*.yaml")):
        alert = read_alert(file, block_id)
        existing = client.read_automations_by_name(alert.name)
        if existing:
            alert.enabled = existing[0].enabled
            client.update_automation(existing[0].id, alert)
        else:
            client.create_automation(alert)
        print(f"alert {alert.name!r}: {'updated' if existing else 'created'}, to {block}")


def read_alert(file: Path, block_id: str) -> AutomationCore:
    """Read the automation that a file describes, with the block that every message of it goes to."""
    text: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    actions = [_harmless({**action, "block_document_id": block_id}) for action in text["actions"]]
    return AutomationCore.model_validate({**text, "actions": actions})


def _harmless(action: dict[str, str]) -> dict[str, str]:
    return {key: HARMLESS % text.rstrip() if key in ("subject", "body") else text for key, text in action.items()}
