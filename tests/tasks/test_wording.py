"""How messages name what there may be a lot of."""

import pytest

from tasks.wording import counted, describe_files, enumerated


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, ["0 is empty"]),
        (2, ["2 files hold no rows:", "- 0 is empty", "- 1 is empty"]),
        (12, ["12 files hold no rows:", *(f"- {number} is empty" for number in range(10)), "- and 2 more"]),
    ],
)
def test_of_many_files_the_first_ten_are_named_and_all_are_counted(count: int, said: list[str]) -> None:
    assert describe_files([f"{number} is empty" for number in range(count)], "hold no rows").splitlines() == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "0"), (10, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"), (1011, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 1,001 more")],
)
def test_a_sentence_names_the_first_ten_and_counts_the_others(count: int, said: str) -> None:
    assert enumerated([str(number) for number in range(count)]) == said


def test_a_count_has_its_noun() -> None:
    assert [counted(count, "row") for count in (0, 1, 2, 1000)] == ["0 rows", "1 row", "2 rows", "1,000 rows"]
