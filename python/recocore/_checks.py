"""Parameters of callers, checked with messages that name them."""

from __future__ import annotations

import math
import operator
import os
from datetime import date, datetime, timedelta, timezone

import numpy as np

from recocore import _core
from recocore.errors import InvalidParameterError

__all__ = [
    "check_count",
    "check_flag",
    "check_limits",
    "check_number",
    "check_seed",
    "check_text",
    "check_threads",
    "shown",
    "to_microseconds",
    "to_seconds",
]

#: The largest number of users, of items, and of anything counted among them.
LARGEST_COUNT = 2**31 - 1

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def shown(value: object) -> str:
    """A value in a message: not the whole of what is long."""
    try:
        text = repr(value)
    except ValueError:
        # Python writes no integers of more than 4,300 digits.
        return f"of the type {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:60]}… ({len(text):,} characters)"


def check_count(name: str, value: object, at_least: int = 1, at_most: int = LARGEST_COUNT) -> int:
    """A whole number of something, as an int. What is more than any data can have is cut to that."""
    if type(value) is int and at_least <= value <= at_most:
        return value
    if not isinstance(value, (bool, np.bool_)):
        try:
            count = operator.index(value)  # type: ignore[arg-type]
        except TypeError:
            pass
        else:
            if count >= at_least:
                return min(count, at_most)
    raise InvalidParameterError(f"{name} must be a whole number of at least {at_least}; got {value!r}")


def check_number(name: str, value: object) -> float:
    """A finite number, as a float."""
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, (bool, np.timedelta64)):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise InvalidParameterError(f"{name} must be a finite number; got {value!r}")


def check_limits(time_limit: object, memory_limit: object) -> _core.Limits:
    """The limits of a fit. Its time runs from now on."""
    seconds = None if time_limit is None else check_number("time_limit, in seconds,", time_limit)
    if seconds is not None and seconds <= 0:
        raise InvalidParameterError(f"time_limit, in seconds, must be above 0; got {time_limit!r}")
    most_bytes = (
        None if memory_limit is None else check_count("memory_limit, in bytes,", memory_limit, at_most=2**64 - 1)
    )
    return _core.Limits(time_limit=seconds, memory_limit=most_bytes)


def check_seed(seed: object) -> int:
    """A seed of 64 bits, as an int."""
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, (bool, np.timedelta64)) and 0 <= seed < 2**64:
        return int(seed)
    raise InvalidParameterError(f"seed must be a whole number from 0 to 2^64 - 1; got {seed!r}")


def check_flag(name: str, value: object) -> bool:
    """True or False."""
    if value is True or value is False:
        return value
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise InvalidParameterError(f"{name} must be True or False; got {value!r}")


def check_text(name: str, value: object) -> str:
    """A str."""
    if isinstance(value, str):
        return value
    raise InvalidParameterError(f"{name} must be a str; got {value!r}")


def check_threads(n_jobs: object) -> int:
    """``n_jobs`` of scikit-learn's manners as a number of threads, where 0 means all the machine has."""
    if n_jobs is None:
        return 1
    if isinstance(n_jobs, (int, np.integer)) and not isinstance(n_jobs, (bool, np.timedelta64)) and n_jobs != 0:
        cores = os.cpu_count() or 1
        if n_jobs == -1:
            return 0
        return min(int(n_jobs), LARGEST_COUNT) if n_jobs > 0 else max(1, cores + 1 + int(n_jobs))
    raise InvalidParameterError(
        f"n_jobs must be a number of threads, -1 for all the machine has, -2 for all but one, or None for one; "
        f"got {n_jobs!r}"
    )


def to_seconds(name: str, value: object) -> float:
    """A duration in days or as a timedelta."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, np.timedelta64) and np.datetime_data(value.dtype)[0] not in {"Y", "M", "generic"}:
        return check_number(name, float(value / np.timedelta64(1, "s")))
    return check_number(f"{name}, in days or as a timedelta,", value) * 86_400.0


def to_microseconds(name: str, value: object) -> int:
    """A point in time since 1970-01-01 UTC. Without a time zone it is taken as UTC."""
    if isinstance(value, str):
        parsed = _core.parse_time(value)
        if parsed is not None:
            return parsed
    elif isinstance(value, np.datetime64) and not np.isnat(value):
        return int(value.astype("datetime64[us]").astype(np.int64))
    elif isinstance(value, datetime) and value == value:  # noqa: PLR0124  (NaT is not equal to itself)
        aware = value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)
        return (aware - EPOCH) // timedelta(microseconds=1)
    elif isinstance(value, date) and not isinstance(value, datetime):
        return (date.toordinal(value) - date.toordinal(EPOCH.date())) * 86_400_000_000
    raise InvalidParameterError(f"{name} must be a datetime, a date or ISO 8601 text; got {value!r}")
