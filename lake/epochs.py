"""Milliseconds since 1970 as timestamps and back, for all the years of Redshift, of which Python lacks most."""

from datetime import datetime, timedelta

EPOCH = datetime(1970, 1, 1)  # in UTC; without a zone it prints without one
CYCLE_YEARS, _CYCLE_MS = 400, 146_097 * 86_400_000  # the Gregorian calendar repeats itself
_FIRST_YEAR, _LAST_YEAR = -4712, 294_276  # 4713 BC: Redshift guide, r_Datetime_types


def epoch_text(epoch_ms: int, zone: str) -> str | None:
    """Return an epoch in milliseconds as a timestamp in UTC; None past the years of Redshift."""
    cycles, rest_ms = divmod(epoch_ms, _CYCLE_MS)
    moment = EPOCH + timedelta(milliseconds=rest_ms)
    text = moment.isoformat(" ")
    if cycles:
        year = moment.year + CYCLE_YEARS * cycles
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            return None
        era = " BC" if year < 1 else ""
        return f"{1 - year if era else year:04}{text[4:]}{zone}{era}"
    return text + zone


def read_epoch_ms(text: str) -> int:
    """Return the milliseconds since 1970 of a TIMESTAMP as the warehouse or Python spells it, whatever its year.

    Raises:
        ValueError: it is none, such as `infinity`.
    """
    date, era, _ = text.partition(" BC")
    year, _, rest = date.partition("-")
    cycles, in_cycle = divmod(1 - int(year) if era else int(year), CYCLE_YEARS)
    moment = datetime.fromisoformat(f"{2000 + in_cycle}-{rest}")
    return (cycles - 5) * _CYCLE_MS + (moment - EPOCH) // timedelta(milliseconds=1)
