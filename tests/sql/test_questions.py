"""What the saved questions say of themselves, which is how people find and ask them."""

import re

import pytest

from sql.questions import Parameter, question, questions
from tests.sql.test_insights import QUESTIONS

USED = re.compile(r"(?<!:):([a-z_]+)\b")


def test_every_file_is_a_question() -> None:
    assert [each.name for each in questions()] == [name.replace("_", "-") for name in QUESTIONS]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_states_its_grain_its_sources_and_the_parameters_that_it_uses(name: str) -> None:
    found = question(name)
    code = "\n".join(line for line in found.text.splitlines() if not line.startswith("--"))
    assert re.fullmatch(r"One row\b.*\?", found.asks)
    assert re.search(r"^-- Reads \w+", found.text, re.MULTILINE)
    assert {each.name for each in found.parameters} == set(USED.findall(code))


def test_a_question_is_found_by_its_name_with_hyphens_or_underscores() -> None:
    assert question("top-songs") == question("top_songs")
    assert question("top-songs").parameters == (
        Parameter("days", 28, (), "the days up to the last play that are looked at."),
        Parameter("period", "all", ("all", "day", "week"), "what songs are ranked in; weeks begin on Monday."),
        Parameter("places", 10, (), "how many songs of each period."),
    )


def test_values_are_those_given_or_the_defaults() -> None:
    assert question("top-songs").values({"days": "7"}) == {"days": 7, "period": "all", "places": 10}
    assert question("last-batch").values({}) == {}


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("top-songs", {"day": "7"}, "@top-songs has no parameter day: it takes days, period, places"),
        ("last-batch", {"day": "7"}, "@last-batch has no parameter day: it takes none"),
        ("recently-played", {}, "@recently-played needs --param user_id=N: the user"),
        ("top-songs", {"period": "month"}, "--param period=month: 'month' is none of all, day, week"),
        ("top-songs", {"days": "0"}, "--param days=0: '0' is not a whole number from 1 to 999,999,999"),
        ("top-songs", {"days": "-1"}, "--param days=-1: '-1' is not a whole number from 1 to 999,999,999"),
        ("top-songs", {"days": "1.5"}, "--param days=1.5: '1.5' is not a whole number from 1 to 999,999,999"),
        ("top-songs", {"days": "\u0663"}, "--param days=\u0663: '\u0663' is not a whole number from 1 to 999,999,999"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence(name: str, given: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        question(name).values(given)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("name", "hint"),
    [("top-song", "did you mean @top-songs? "), ("xyzzy", ""), ("../create/users", "")],
)
def test_an_unknown_question_is_refused_with_what_comes_close(name: str, hint: str) -> None:
    with pytest.raises(ValueError, match="no saved question") as refusal:
        question(name)
    assert str(refusal.value) == f"no saved question is named @{name}: {hint}sparkify sql --list names them all"
