"""An option means what the parameter of its flow means; and what can be given is documented where people look."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prefect import Flow
from prefect.utilities.callables import parameter_schema

from cli import commands
from cli.arguments import app
from cli.page import PAGE, README, SECTION, page, section
from deployments.deploy import SETTINGS
from flows.audit import audit
from flows.etl import etl
from flows.insights import insights
from flows.pause import pause_warehouse
from flows.provision import provision_warehouse
from flows.reset import reset
from flows.resume import resume_warehouse
from flows.sample import sample
from flows.teardown import teardown
from tests.tree import PAGES, ROOT, files
from warehouse.redshift.blocks import RedshiftCluster, RedshiftServerless

FLOWS: dict[str, Flow[..., Any]] = {
    "etl": etl,
    "audit": audit,
    "insights": insights,
    "sample": sample,
    "provision": provision_warehouse,
    "pause": pause_warehouse,
    "resume": resume_warehouse,
    "teardown": teardown,
    "reset": reset,
}
ONLY_TYPED = {"reset": {"yes"}, "etl": {"replace_sample"}, "insights": {"open"}}
"""Options that are for a person at a terminal, and no parameters of the flow."""


def parameters(of: Callable[..., object]) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(of).parameters)


@pytest.mark.parametrize("command", FLOWS)
def test_an_option_has_the_name_the_type_the_meaning_and_the_default_of_a_parameter(command: str) -> None:
    options, wanted = parameters(getattr(commands, command)), parameters(FLOWS[command].fn)
    assert options.keys() == wanted.keys() | ONLY_TYPED.get(command, set())
    for name, parameter in wanted.items():
        assert options[name].annotation in (parameter.annotation, parameter.annotation | None), name
        assert parameter.default in (options[name].default, inspect.Parameter.empty), name


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_every_field_of_a_flows_form_says_what_it_means(flow: "Flow[..., Any]") -> None:
    silent = [name for name, form in parameter_schema(flow.fn).properties.items() if not form.get("description")]
    assert silent == []


@pytest.mark.parametrize("block", [RedshiftCluster, RedshiftServerless])
def test_every_field_of_a_block_says_what_it_means(block: type[RedshiftCluster] | type[RedshiftServerless]) -> None:
    assert [name for name, form in block.model_fields.items() if not form.description] == []


@pytest.mark.parametrize("command", [command.__name__ for command in commands.COMMANDS])
def test_every_command_and_option_says_what_it_means(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert app()[command].help
    options = app()[command].assemble_argument_collection()
    assert [option.name for option in options if not option.parameter.help] == []
    app().help_print([command])
    shown = " ".join(capsys.readouterr().out.split())
    assert [option.name for option in options if f"{option.parameter.help}" not in shown] == []


def test_the_pages_list_the_commands_as_they_are_now() -> None:
    """If this fails: make docs."""
    found = SECTION.search(README.read_text(encoding="utf-8"))
    assert found is not None
    assert found[0] == section()
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_page_shows_no_command_and_no_option_that_is_not_there(file: Path) -> None:
    shown = re.findall(r"(?:^ {4}|`)sparkify ([a-z]\w*)([^`]*?)(?:$|`)", file.read_text(encoding="utf-8"), re.MULTILINE)
    known = {command.__name__: command for command in commands.COMMANDS}
    assert [command for command, _ in shown if command not in known] == []
    for command, rest in shown:
        options = {name for option in app()[command].assemble_argument_collection() for name in option.names}
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest)) <= options | {"--help"}, command


def test_every_variable_of_the_environment_is_on_a_page() -> None:
    code = [file.read_text(encoding="utf-8") for file in files(".py", ".yaml", ".yml", ".json")]
    read = {name for text in code for name in re.findall(r"\bSPARKIFY_[A-Z_]+[A-Z]\b", text)}
    assert "SPARKIFY_HOME" in read
    told = "\n".join([SETTINGS, *(file.read_text(encoding="utf-8") for file in PAGES)])
    assert {name for name in read if not re.search(rf"\b{name}\b", told)} == set()
