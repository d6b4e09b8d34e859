"""Each question to the star, on eight plays of three people whose answers can be counted by hand."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

import sql
from sql.questions import question
from warehouse import WarehouseConnection, connect

QUESTIONS = sorted(path.stem for path in (sql.FOLDER / "insights").glob("*.sql"))
TABLES = ("batches", "loaded_files", "quarantine", "lake_events", "users", "artists", "songs", "time", "songplays")
ANYTHING: dict[str, object] = {"days": 10, "period": "day", "places": 10, "user_id": 1}
CHICAGO, BOSTON = "'Chicago-Naperville-Elgin, IL-IN-WI'", "'Boston-Cambridge-Newton, MA-NH'"
CHROME = "'Mozilla/5.0 (Macintosh) AppleWebKit/537.36 Chrome/36.0.1985.143 Safari/537.36'"
SAFARI = "'Mozilla/5.0 (iPhone) AppleWebKit/537.51.2 Version/7.0 Safari/9537.53'"
FIREFOX = "'Mozilla/5.0 (Windows NT 6.1; rv:31.0) Gecko/20100101 Firefox/31.0'"

# 4 November 2018 is a Sunday.
STAR = f"""
    INSERT INTO batches VALUES
    (1, 'a', 'a', '2018-11-12 09:00:00', '2018-11-12 09:01:00', 'published', 2, 8, 1, 8, 0, 1),
    (2, 'b', 'b', '2018-11-12 10:00:00', NULL, 'nothing new', 0, 0, 0, 0, 0, 0),
    (3, 'c', 'c', '2018-11-12 11:00:00', NULL, 'failed', 1, 1, 0, 0, 0, 0);
    INSERT INTO loaded_files VALUES
    ('events.json', 'e', 1, '2018-11-12 00:00:00', 'events', 1, 9, 8, 1, TRUE, NULL, NULL);
    INSERT INTO quarantine VALUES (1, 'events', 'a.json', 9, 'ts', '1206', 'no time', '{{}}', '2018-11-12 09:01:00');
    INSERT INTO users VALUES
    (1, 'Ada', 'A', 'F', 'free', '2018-11-12 08:00:00', 4, 0, 1),
    (2, 'Bea', 'B', 'F', 'paid', '2018-11-05 08:03:00', 2, 2, 1),
    (3, 'Cyd', 'C', NULL, 'free', '2018-11-12 08:02:00', 5, 0, 1);
    INSERT INTO artists VALUES ('AR1', 'Ann', NULL, NULL, NULL, 1);
    INSERT INTO songs VALUES ('SO1', 'One', 'AR1', 1999, 60, 'Ann', 1);
    INSERT INTO time VALUES
    ('2018-11-04 23:00:00', 23, 4, 44, 11, 2018, 0, 1),
    ('2018-11-04 23:01:00', 23, 4, 44, 11, 2018, 0, 1),
    ('2018-11-05 08:00:00', 8, 5, 45, 11, 2018, 1, 1),
    ('2018-11-05 08:01:00', 8, 5, 45, 11, 2018, 1, 1),
    ('2018-11-05 08:03:00', 8, 5, 45, 11, 2018, 1, 1),
    ('2018-11-06 07:00:00', 7, 6, 45, 11, 2018, 2, 1),
    ('2018-11-12 08:00:00', 8, 12, 46, 11, 2018, 1, 1),
    ('2018-11-12 08:02:00', 8, 12, 46, 11, 2018, 1, 1);
    INSERT INTO songplays VALUES
    (MD5('1-0'), '2018-11-04 23:00:00', 1, 'free', 'SO1', 'AR1', 1, {CHICAGO}, {CHROME}, 0, 'One', 'Ann', 60, 1),
    (MD5('1-1'), '2018-11-04 23:01:00', 1, 'free', NULL, NULL, 1, {CHICAGO}, {CHROME}, 1, 'Two', 'Bob', 120, 1),
    (MD5('2-0'), '2018-11-05 08:00:00', 2, 'free', 'SO1', 'AR1', 2, {BOSTON}, {FIREFOX}, 0, 'One', 'Ann', 60, 1),
    (MD5('2-1'), '2018-11-05 08:01:00', 2, 'free', NULL, NULL, 2, {BOSTON}, {FIREFOX}, 1, 'Two', 'Bob', 120, 1),
    (MD5('2-2'), '2018-11-05 08:03:00', 2, 'paid', NULL, NULL, 2, {BOSTON}, {FIREFOX}, 2, 'Three', 'Ann', 180, 1),
    (MD5('3-0'), '2018-11-06 07:00:00', 1, 'paid', 'SO1', 'AR1', 3, {CHICAGO}, {CHROME}, 0, 'One', 'Ann', 60, 1),
    (MD5('4-0'), '2018-11-12 08:00:00', 1, 'free', NULL, NULL, 4, {CHICAGO}, {SAFARI}, 0, 'Two', 'Bob', 120, 1),
    (MD5('5-0'), '2018-11-12 08:02:00', 3, 'free', NULL, NULL, 5, NULL, NULL, 0, 'Four', 'Cat', 180, 1);
    INSERT INTO lake_events (page, userid, sessionid, iteminsession, ts, status, auth, batch_id) VALUES
    ('NextSong', 1, 1, 0, '2018-11-04 23:00:00', 200, 'Logged In', 1),
    ('Login', NULL, 2, 7, '2018-11-05 07:59:00', 307, 'Logged Out', 1),
    ('NextSong', 2, 2, 0, '2018-11-05 08:00:00', 200, 'Logged In', 1),
    ('Upgrade', 2, 2, 8, '2018-11-05 08:01:30', 200, 'Logged In', 1),
    ('Submit Upgrade', 2, 2, 9, '2018-11-05 08:02:00', 307, 'Logged In', 1),
    ('Submit Upgrade', 2, 2, 9, '2018-11-05 08:02:00', 307, 'Logged In', 2),
    ('Error', 2, 2, 10, '2018-11-05 08:02:30', 404, 'Logged In', 1),
    ('Submit Upgrade', 1, 3, 9, '2018-11-06 06:59:00', 307, 'Logged In', 1),
    ('Submit Downgrade', 1, 3, 10, '2018-11-07 07:00:00', 307, 'Logged In', 1),
    ('Downgrade', 1, 3, 11, '2018-11-07 07:00:01', 200, 'Logged In', 1),
    ('Submit Upgrade', 3, 5, 9, '2018-11-12 08:01:00', 307, 'Logged In', 1);
"""


def day(number: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2018, 11, number, hour, minute)


OCTOBER_29 = datetime(2018, 10, 29)

CASES: list[tuple[str, dict[str, object], list[tuple[object, ...]]]] = [
    (
        "top_songs",
        {"period": "all", "places": 3},
        [
            (day(3), 1, "One", "Ann", 3),
            (day(3), 2, "Two", "Bob", 3),
            (day(3), 3, "Four", "Cat", 1),
        ],
    ),
    (
        "top_songs",
        {"period": "week", "places": 2},
        [
            (OCTOBER_29, 1, "One", "Ann", 1),
            (OCTOBER_29, 2, "Two", "Bob", 1),
            (day(5), 1, "One", "Ann", 2),
            (day(5), 2, "Three", "Ann", 1),
            (day(12), 1, "Four", "Cat", 1),
            (day(12), 2, "Two", "Bob", 1),
        ],
    ),
    (
        "top_songs",
        {"period": "day", "days": 7},
        [
            (day(6), 1, "One", "Ann", 1),
            (day(12), 1, "Four", "Cat", 1),
            (day(12), 2, "Two", "Bob", 1),
        ],
    ),
    (
        "top_artists",
        {"period": "all", "places": 2},
        [(day(3), 1, "Ann", 4), (day(3), 2, "Bob", 3)],
    ),
    (
        "top_artists",
        {"period": "week", "places": 1},
        [(OCTOBER_29, 1, "Ann", 1), (day(5), 1, "Ann", 3), (day(12), 1, "Bob", 1)],
    ),
    (
        "top_artists",
        {"period": "day", "days": 1},
        [(day(12), 1, "Bob", 1), (day(12), 2, "Cat", 1)],
    ),
    (
        "favourite_songs_by_weekday",
        {"places": 1},
        [(1, 1, "Two", "Bob", 2), (2, 1, "One", "Ann", 1), (0, 1, "One", "Ann", 1)],
    ),
    (
        "favourite_songs_by_level",
        {"places": 1},
        [("free", 1, "Two", "Bob", 3), ("paid", 1, "One", "Ann", 1)],
    ),
    (
        "recently_played",
        {"user_id": 1, "places": 2},
        [(day(12, 8), "Two", "Bob", None, "free", 4), (day(6, 7), "One", "Ann", 1999, "paid", 3)],
    ),
    ("listening_by_hour", {}, [(1, 8, 5), (2, 7, 1), (0, 23, 2)]),
    (
        "sessions",
        {},
        [
            (day(4), 1, 2, 2.0, 3.0),
            (day(5), 1, 3, 3.0, 6.0),
            (day(6), 1, 1, 1.0, 1.0),
            (day(12), 2, 2, 1.0, 2.5),
        ],
    ),
    ("session_sizes", {}, [(1, 3, 3), (2, 2, 5)]),
    (
        "active_users",
        {"days": 8},
        [
            ("day", day(5), 1, 1, 0),
            ("day", day(6), 1, 0, 1),
            ("day", day(12), 2, 1, 1),
            ("month", day(1), 3, 3, 0),
            ("week", day(5), 2, 1, 1),
            ("week", day(12), 2, 1, 1),
        ],
    ),
    (
        "level_changes",
        {},
        [
            (day(12, 8, 1), 3, "free", "paid", 0, 0, 0, None, None, None),
            (day(7, 7), 1, "paid", "free", 3, 2, 3, 3, "One", "Ann"),
            (day(6, 6, 59), 1, "free", "paid", 2, 1, 2, 2, "Two", "Bob"),
            (day(5, 8, 2), 2, "free", "paid", 2, 1, 2, 0, "Two", "Bob"),
        ],
    ),
    (
        "level_changes",
        {"days": 7, "places": 2},
        [
            (day(12, 8, 1), 3, "free", "paid", 0, 0, 0, None, None, None),
            (day(7, 7), 1, "paid", "free", 3, 2, 3, 3, "One", "Ann"),
        ],
    ),
    ("conversions", {}, [("free", "paid", 3, 3, 4 / 3, 1.0), ("paid", "free", 1, 1, 3.0, 3.0)]),
    ("conversions", {"days": 6}, [("free", "paid", 1, 1, 0.0, None), ("paid", "free", 1, 1, 3.0, 3.0)]),
    (
        "pages_by_day",
        {"days": 8},
        [
            (day(5), 1, 5, 1, 5.0, 1, 1),
            (day(6), 1, 1, 0, 1.0, 0, 0),
            (day(7), 1, 2, 0, 2.0, 0, 0),
            (day(12), 1, 1, 0, 1.0, 0, 0),
        ],
    ),
    (
        "sessions_with_errors",
        {"days": 8},
        [(day(5), 1, 1, 1.0), (day(6), 1, 0, 0.0), (day(12), 1, 0, 0.0)],
    ),
    (
        "retention",
        {},
        [
            (OCTOBER_29, 0, 1, 1, 1.0),
            (OCTOBER_29, 1, 1, 1, 1.0),
            (OCTOBER_29, 2, 1, 1, 1.0),
            (day(5), 0, 1, 1, 1.0),
            (day(5), 1, 1, 0, 0.0),
            (day(12), 0, 1, 1, 1.0),
        ],
    ),
    ("retention", {"days": 7}, [(day(5), 0, 1, 1, 1.0), (day(5), 1, 1, 0, 0.0), (day(12), 0, 1, 1, 1.0)]),
    ("subscription_funnel", {}, [("free", "paid", 1, 1, 1.0), ("paid", "free", 1, 0, 0.0)]),
    ("plays_by_region", {}, [("IL", 4, 1, 0.5), ("MA", 3, 1, 0.375), ("unknown", 1, 1, 0.125)]),
    (
        "user_agents",
        {"places": 3},
        [
            ("Chrome", "Mac", 3, 1, 0.375),
            ("Firefox", "Windows", 3, 1, 0.375),
            ("Safari", "iPhone", 1, 1, 0.125),
        ],
    ),
    ("known_songs", {"days": 8}, [(day(5), 3, 1, 1 / 3), (day(6), 1, 1, 1.0), (day(12), 2, 0, 0.0)]),
    (
        "headline",
        {"days": 7},
        [
            ("current", 3, 2, 1, 3, 1.0, 0.1, 1 / 3, 1 / 3),
            ("previous", 5, 2, 2, 2, 2.5, 0.15, 0.2, 0.4),
        ],
    ),
    ("next_songs", {"user_id": 1}, [("Three", "Ann", "follows", 1877.0), ("Four", "Cat", "popular", 1250.0)]),
    ("next_songs", {"user_id": 3, "places": 1}, [("One", "Ann", "popular", 3750.0)]),
    ("last_batch", {}, [(1, day(12, 9, 1), 8, 1, day(12, 8, 2), 8, 3, 1, 1, 1, 1, 1)]),
]


@pytest.fixture(scope="module")
def tables(sparkify_home: Path) -> Iterator[WarehouseConnection]:
    """A connection to a schema with the tables of the star, empty."""
    with closing(connect("local", schema="insights", read_only=False)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA insights")
        for table in TABLES:
            sql.run(cursor, f"create/{table}")
        connection.commit()
        yield connection
        connection.rollback()
        cursor.execute("DROP SCHEMA insights CASCADE")
        connection.commit()


@pytest.fixture
def empty_star(tables: WarehouseConnection) -> Iterator[sql.Cursor]:
    """A cursor in a transaction on the empty star, which is rolled back."""
    with tables.cursor() as cursor:
        yield cursor
    tables.rollback()


@pytest.fixture
def star(empty_star: sql.Cursor) -> sql.Cursor:
    """A cursor on the eight plays."""
    empty_star.execute(STAR, {})
    return empty_star


@pytest.mark.parametrize(("question", "parameters", "answer"), CASES)
def test_a_question_is_answered(
    star: sql.Cursor, question: str, parameters: dict[str, object], answer: list[tuple[object, ...]]
) -> None:
    assert sql.fetch(star, f"insights/{question}", **{**ANYTHING, **parameters}) == answer


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_empty_star_answers_nothing(empty_star: sql.Cursor, question: str) -> None:
    assert sql.fetch(empty_star, f"insights/{question}", **ANYTHING) == []


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_documents_every_column(tables: WarehouseConnection, name: str) -> None:
    with tables.cursor() as cursor:
        sql.run(cursor, f"insights/{name}", **ANYTHING)
        columns = [column.name for column in cursor.description]
    tables.rollback()
    documented = question(name).text.partition("-- Columns: ")[2].partition("\n-- :")[0].partition("\nWITH")[0]
    assert [column for column in columns if not re.search(rf"\b{column}\b", documented.partition("\nSELECT")[0])] == []


def test_every_question_is_tested() -> None:
    assert sorted({question for question, _, _ in CASES}) == QUESTIONS


@pytest.mark.parametrize(
    ("user_agent", "family"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/64.0.3282.140 Safari/537.36 Edge/17.17134", ("Edge", "Windows")),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0", ("Edge", "Windows")),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/67.0.3396.87 Safari/537.36 OPR/54.0.2952.64", ("Opera", "Linux")),
        ("Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.16", ("Opera", "Windows")),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 11_4) CriOS/67.0.3396.87 Safari/604.1", ("Chrome", "iPhone")),
        ("Mozilla/5.0 (iPad; CPU OS 7_1_2 like Mac OS X) Version/7.0 Safari/9537.53", ("Safari", "iPad")),
        ("Mozilla/5.0 (Linux; Android 4.4.2) Chrome/36.0.1985.131 Safari/537.36", ("Chrome", "Android")),
        ("Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)", ("Internet Explorer", "Windows")),
        ("Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1)", ("Internet Explorer", "Windows")),
        ("curl/7.58.0", ("other", "other")),
    ],
)
def test_a_user_agent_belongs_to_a_family(star: sql.Cursor, user_agent: str, family: tuple[str, str]) -> None:
    star.execute("UPDATE songplays SET user_agent = %(user_agent)s", {"user_agent": user_agent})
    assert sql.fetch(star, "insights/user_agents", days=10, places=2) == [(*family, 8, 3, 1.0)]


def test_sessions_fall_into_their_sizes(star: sql.Cursor) -> None:
    star.execute("DELETE FROM songplays", {})
    for session, songs in enumerate((1, 2, 4, 5, 9, 10, 19, 20, 49, 50, 51)):
        for item in range(songs):
            star.execute(
                "INSERT INTO songplays VALUES (MD5(%(key)s), '2018-11-12', 1, 'free', NULL, NULL, %(session)s, NULL, "
                "NULL, %(item)s, 'One', 'Ann', 60, 1)",
                {"key": f"{session}-{item}", "session": session, "item": item},
            )
    assert sql.fetch(star, "insights/session_sizes", days=1) == [
        (1, 1, 1),
        (2, 2, 6),
        (5, 2, 14),
        (10, 2, 29),
        (20, 2, 69),
        (50, 2, 101),
    ]


def test_an_artist_one_plays_counts_half_as_much_again_where_no_session_says_what_follows(star: sql.Cursor) -> None:
    star.execute("DELETE FROM songplays WHERE session_id = 2", {})
    star.execute("UPDATE songplays SET song_title = 'Five', artist_name = 'Bob' WHERE session_id = 5", {})
    assert sql.fetch(star, "insights/next_songs", user_id=1, places=10) == [("Five", "Bob", "artist", 3000.0)]


def test_what_follows_further_on_in_a_session_does_not_count(star: sql.Cursor) -> None:
    star.execute("UPDATE songplays SET item_in_session = 6 WHERE song_title = 'Three'", {})
    [(title, _, because, score), _] = sql.fetch(star, "insights/next_songs", user_id=1, places=10)
    assert (title, because, score) == ("Three", "follows", 1876.0)  # five places after Two, six after One
