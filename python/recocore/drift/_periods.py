"""How long a period is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from recocore._checks import to_seconds
from recocore.errors import InvalidDataError, InvalidParameterError

__all__ = ["Period", "choose_period", "parse_period"]

_UNITS = {"h": ("hour", 3600), "d": ("day", 86_400), "w": ("week", 7 * 86_400)}
#: Tried in this order: the longest that leaves enough periods.
_USUAL = ("4w", "1w", "1d", "6h", "1h")
#: A quarter for the first fit, and at least twenty to score.
ENOUGH = 28


@dataclass(frozen=True)
class Period:
    """A length of time and what people call it."""

    microseconds: int
    name: str

    @property
    def days(self) -> float:
        """In days."""
        return self.microseconds / 86_400e6


def parse_period(period: object) -> Period:
    """From ``"1w"``, ``"12h"``, a number of days or a timedelta.

    Raises
    ------
    InvalidParameterError
        None of these, or nothing.
    """
    if isinstance(period, str):
        matched = re.fullmatch(r"([1-9][0-9]{0,3}) ?([hdw])", period)
        if not matched:
            raise InvalidParameterError(
                f'period must be such as "12h", "1d" or "4w", a number of days, or a timedelta; got {period!r}'
            )
        count, (unit, seconds) = int(matched[1]), _UNITS[matched[2]]
        return Period(count * seconds * 1_000_000, unit if count == 1 else f"{count} {unit}s")
    microseconds = round(to_seconds("period", period) * 1e6)
    if microseconds < 1:
        raise InvalidParameterError(f"period must be longer than nothing; got {period!r}")
    for unit, seconds in reversed(_UNITS.values()):
        count, rest = divmod(microseconds, seconds * 1_000_000)
        if count and not rest:
            return Period(microseconds, unit if count == 1 else f"{count} {unit}s")
    return Period(microseconds, f"period of {timedelta(microseconds=microseconds)}")


def choose_period(span: int) -> Period:
    """The longest usual period of which there are enough in a span of microseconds.

    Raises
    ------
    InvalidDataError
        There are too few even of the shortest.
    """
    for text in _USUAL:
        period = parse_period(text)
        if span >= ENOUGH * period.microseconds:
            return period
    raise InvalidDataError(
        f"the events span {timedelta(microseconds=span)}: too little time to see a model age; {ENOUGH} periods are "
        "needed, of an hour at least unless period says otherwise"
    )
