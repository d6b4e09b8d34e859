"""Ways in which a lake may drift: each changes the events of one day of the simulated app."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Event = dict[str, Any]
Change = Callable[[Sequence[Event]], list[Event]]
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def each(change: Callable[[Event], Mapping[str, Any]], *, plays: bool = False) -> Change:
    """Change each event, or each play, by what differs from it; a key with the value ... goes."""

    def apply(events: Sequence[Event]) -> list[Event]:
        changed = ({**event, **(change(event) if event["song"] or not plays else {})} for event in events)
        return [{key: value for key, value in event.items() if value is not ...} for event in changed]

    return apply


def moved(hours: float) -> Change:
    return each(lambda event: {"ts": event["ts"] + int(hours * HOUR_MS)})


def flood(times: int) -> Change:
    """Let one user load the same page all day, each time in a session of its own."""
    return lambda events: [
        *events,
        *(
            {**events[0], "page": "Home", "song": None, "artist": None, "length": None, "method": "GET"}
            | {"sessionId": 900_000 + number, "itemInSession": 0}
            for number in range(times * len(events))
        ),
    ]


def damaged(text: str) -> str:
    return text.encode().decode("latin-1")


DRIFTS: dict[str, Change] = {
    "nothing": each(lambda event: {}),
    "userAgent is renamed to user_agent": each(lambda event: {"user_agent": event["userAgent"], "userAgent": ...}),
    "page says Next Song": each(lambda event: {"page": "Next Song"}, plays=True),
    "song is an object": each(lambda event: {"song": {"title": event["song"]}}, plays=True),
    "a new key device": each(lambda event: {"device": "phone"}),
    "firstName is spelt firstname": each(lambda event: {"firstname": event["firstName"], "firstName": ...}),
    "length in ms": each(lambda event: {"length": event["length"] * 1000}, plays=True),
    "length rounded to seconds": each(lambda event: {"length": round(event["length"])}, plays=True),
    "length rounded to 0.01 s": each(lambda event: {"length": round(event["length"], 2)}, plays=True),
    "ts in seconds": each(lambda event: {"ts": event["ts"] // 1000}),
    "ts without its milliseconds": each(lambda event: {"ts": event["ts"] // 1000 * 1000}),
    "ts as text": each(lambda event: {"ts": str(event["ts"])}),
    "ts in another time zone, 8 h later": moved(8),
    "ts in another time zone, 1 h later": moved(1),
    "ts a year later": moved(24 * 365),
    "songs cut to 20 characters": each(lambda event: {"song": event["song"][:20]}, plays=True),
    "user agents cut to 64 characters": each(
        lambda event: {"userAgent": event["userAgent"] and event["userAgent"][:64]}
    ),
    "locations without the state": each(
        lambda event: {"location": event["location"] and event["location"].partition(",")[0]}
    ),
    "songs damaged by encoding, a tenth of them": each(
        lambda event: {"song": damaged(event["song"] + ("é" if len(event["song"]) % 10 == 0 else ""))}, plays=True
    ),
    "all events twice": lambda events: [*events, *events],
    "half of the day": lambda events: [event for event in events if event["ts"] % DAY_MS < DAY_MS // 2],
    "a tenth of the events": lambda events: [*events[::10]],
    "one user's flood, ten times the day": flood(10),
    "one user's flood, half of the day": lambda events: flood(1)(events)[: len(events) * 3 // 2],
    "firstName and lastName swapped": each(
        lambda event: {"firstName": event["lastName"], "lastName": event["firstName"]}
    ),
    "song and artist swapped": each(lambda event: {"song": event["artist"], "artist": event["song"]}, plays=True),
    "level and gender swapped": each(lambda event: {"level": event["gender"], "gender": event["level"]}),
    "all users are paid": each(lambda event: {"level": "paid"}),
    "gender in small letters": each(lambda event: {"gender": event["gender"] and event["gender"].lower()}),
    "location is empty": each(lambda event: {"location": ""}),
    "registration in seconds": each(
        lambda event: {"registration": event["registration"] and event["registration"] // 1000}
    ),
    "other numbers of users": each(lambda event: {"userId": event["userId"] and str(int(event["userId"]) + 100_000)}),
    "sessions numbered from 1 again": each(lambda event: {"sessionId": event["sessionId"] % 40 + 1}),
    "a third of the pages not logged": lambda events: [
        event for place, event in enumerate(events) if event["song"] or place % 3
    ],
    "no plays at all": lambda events: [event for event in events if not event["song"]],
}
"""Each by what a person would say of it."""
