"""When things happen: office hours, quiet weekends, one release freeze."""

from __future__ import annotations

from itertools import accumulate
from random import Random

from .clock import DAY, HISTORY_DAYS, HOUR, START, day_of, weekday
from .planted import FREEZE_FIRST_DAY, FREEZE_LAST_DAY

_PUSH_HOURS = (3, 2, 2, 2, 2, 5, 15, 40, 75, 95, 100, 90, 70, 85, 92, 90, 78, 58, 35, 22, 14, 9, 6, 4)
_OFFICE_HOURS = (0, 0, 0, 0, 0, 0, 4, 45, 90, 100, 100, 85, 55, 85, 95, 90, 75, 30, 3, 0, 0, 0, 0, 0)
_WEEKEND, _FREEZE = 0.1, 0.12


def frozen(instant: int) -> bool:
    """Whether the instant lies in the release freeze."""
    return FREEZE_FIRST_DAY <= day_of(instant) <= FREEZE_LAST_DAY


def push_times(rng: Random, count: int) -> list[int]:
    """Instants of machine-made work: pushes and API calls, some of them at night and at weekends."""
    return _times(rng, count, _PUSH_HOURS, _WEEKEND)


def office_times(rng: Random, count: int) -> list[int]:
    """Instants of things that people do by hand; hardly any at weekends."""
    return _times(rng, count, _OFFICE_HOURS, _WEEKEND / 4)


def _times(rng: Random, count: int, by_hour: tuple[int, ...], weekend: float) -> list[int]:
    hours = range(HISTORY_DAYS * DAY // HOUR)
    cumulative = list(accumulate(_intensity(START + hour * HOUR, by_hour, weekend) for hour in hours))
    return [START + hour * HOUR + rng.randrange(HOUR) for hour in rng.choices(hours, cum_weights=cumulative, k=count)]


def _intensity(instant: int, by_hour: tuple[int, ...], weekend: float) -> float:
    share: float = by_hour[instant // HOUR % 24]
    if weekday(instant) >= 5:
        share *= weekend
    return share * _FREEZE if frozen(instant) else share
