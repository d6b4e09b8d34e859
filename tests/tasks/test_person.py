"""Whose a line is, told by its text."""

import re

import pytest

from tasks.person import is_of_anybody, is_of_person, people_in

LINES = [
    ('{"page": "Home", "userId": "11"}', {11}, True),
    ('{"USERID" :  0011.0}', {11}, True),
    ('{"userId":"11"', {11}, True),
    ('{"userId": 11', {11}, True),
    ('{"userId": "111"}', {111}, True),
    ('{"userId": 11.5}', set(), True),
    ('{"userId": ""}', set(), True),
    ('{"userId": null}', set(), True),
    ('{"song": "\\"userId\\": 11"}', set(), False),
    ('{"userId": "abc"}', set(), False),
    ("no json", set(), False),
    ('{"userId": "5"} {"userId": "11"}', {5, 11}, True),
    (f'{{"userId": {"1" * 5000}}}', set(), True),
]


@pytest.mark.parametrize(("line", "people", "is_told"), LINES)
def test_a_line_is_of_who_has_the_number_in_it(line: str, people: set[int], is_told: bool) -> None:
    def found(pattern: str) -> bool:
        return re.search(pattern.replace("[[:space:]]", r"\s"), line.lower()) is not None

    assert people_in("userid", line) == people
    assert found(is_of_person("userid", 11)) == (11 in people)
    assert found(is_of_anybody("userid")) == is_told
