"""The listeners of a simulated lake.

Names come from many scripts because an ASCII-only sample hides every encoding mistake between S3 and the star.
All places and people are made up or taken from public lists; nobody's data is in here.
"""

from dataclasses import dataclass

import numpy as np

_FIRST_NAMES = {
    "F": (
        "Zoë", "Chloé", "Мария", "美咲", "Søren-Anne", "Ayşe", "Kaylee", "Lily", "Tegan", "Jacqueline", "Layla",
        "Aleena", "Kate", "Sylvie", "Ng\u1ecdc", "فاطمة", "Mary Ann", "Siân", "Chloe", "Kinsley", "Hannah", "Emily",
    ),
    "M": (
        "Łukasz", "José", "Jürgen", "Дмитрий", "翔太", "François", "Ryan", "Walter", "Mohammad", "Jacob", "Rylan",
        "Matthew", "Jayden", "Theodore", "Ægir", "יוסף", "D'Angelo", "Nuño", "Samuel", "Elijah", "Carlos", "Noah",
    ),
}  # fmt: skip
_LAST_NAMES = (
    "O'Brien", "Frye", "Summers", "Levine", "Lynch", "Klein", "Barrett", "García Márquez", "Müller", "Kowalski",
    "Иванова", "佐藤", "Nguyễn", "Smith-Jones", "van der Berg", "Þórsson", "Cuevas", "Koch", "Young", "Rodriguez",
    "Jones", "George", "Graves", "Harrell", "Smith", "Johnson", "Arellano", "Çelik", "Ó Súilleabháin", "Lee",
)  # fmt: skip
_LOCATIONS = (
    "San Francisco-Oakland-Hayward, CA",
    "Portland-South Portland, ME",
    "Lansing-East Lansing, MI",
    "Chicago-Naperville-Elgin, IL-IN-WI",
    "Atlanta-Sandy Springs-Roswell, GA",
    "Waterloo-Cedar Falls, IA",
    "Lake Havasu City-Kingman, AZ",
    "San Jose-Sunnyvale-Santa Clara, CA",
    "Tampa-St. Petersburg-Clearwater, FL",
    "New York-Newark-Jersey City, NY-NJ-PA",
    "Sacramento--Roseville--Arden-Arcade, CA",
    "Nashville-Davidson--Murfreesboro--Franklin, TN",
    "Washington-Arlington-Alexandria, DC-VA-MD-WV",
    "Red Bluff, CA",
    "San Germán, PR",
)
_USER_AGENTS = (
    '"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_4) AppleWebKit/537.36 (KHTML, like Gecko) '
    'Chrome/36.0.1985.143 Safari/537.36"',
    '"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_4) AppleWebKit/537.78.2 (KHTML, like Gecko) '
    'Version/7.0.6 Safari/537.78.2"',
    "Mozilla/5.0 (Windows NT 5.1; rv:31.0) Gecko/20100101 Firefox/31.0",
    '"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) '
    'Ubuntu Chromium/36.0.1985.125 Chrome/36.0.1985.125 Safari/537.36"',
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.9; rv:31.0) Gecko/20100101 Firefox/31.0",
    '"Mozilla/5.0 (Windows NT 6.3; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/36.0.1985.143 Safari/537.36"',
    '"Mozilla/5.0 (iPhone; CPU iPhone OS 7_1_2 like Mac OS X) AppleWebKit/537.51.2 (KHTML, like Gecko) '
    'Version/7.0 Mobile/11D257 Safari/9537.53"',
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)",
)
_REGISTRATION_WINDOW_MS = 60 * 86_400_000


@dataclass(frozen=True, slots=True)
class User:
    """One listener; all but the subscription level, which changes over time."""

    user_id: int
    first_name: str
    last_name: str
    gender: str
    location: str
    user_agent: str
    registered_ms: int


def make_users(rng: np.random.Generator, count: int, before_ms: int) -> list[User]:
    """Return `count` users, numbered from 1, who registered in the 60 days before `before_ms`."""
    picks = rng.integers(0, 1 << 30, (count, 5)).tolist()
    ages_ms = rng.integers(1, _REGISTRATION_WINDOW_MS, count).tolist()
    users = []
    for number, (gender_pick, first, last, place, agent) in enumerate(picks):
        gender = "FM"[gender_pick % 2]
        names = _FIRST_NAMES[gender]
        users.append(
            User(
                user_id=number + 1,
                first_name=names[first % len(names)],
                last_name=_LAST_NAMES[last % len(_LAST_NAMES)],
                gender=gender,
                location=_LOCATIONS[place % len(_LOCATIONS)],
                user_agent=_USER_AGENTS[agent % len(_USER_AGENTS)],
                registered_ms=before_ms - ages_ms[number],
            )
        )
    return users
