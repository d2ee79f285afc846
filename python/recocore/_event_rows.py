"""Tables of events as rows that a database holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore._checks import shown
from recocore._columns import as_flags, as_ids, as_purposes, as_times, as_weights
from recocore._reading import column_getter
from recocore.errors import IdTypeError, InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recocore._reading import ColumnNames

__all__ = ["EventRows", "kind_of"]

#: Microseconds that a unit has, or units that a microsecond has.
TIMES = {"tss": (1_000_000, 1), "tsm": (1_000, 1), "tsu": (1, 1), "tsn": (1, 1_000)}
UNITS = {"s": (1_000_000, 1), "ms": (1_000, 1), "us": (1, 1), "ns": (1, 1_000)}
#: The years 1 to 9999, in microseconds since 1970.
FIRST_TIME, LAST_TIME = -62_135_596_800_000_000, 253_402_300_799_999_999


def kind_of(ids: list[Any]) -> str:
    """Of ids that are all the same."""
    return "text" if isinstance(ids[0], str) else "integer"


class EventRows:
    """The columns of a table, or of one event, as lists of what SQLite holds."""

    def __init__(self, table: Any, names: ColumnNames, types: Mapping[str, float], time_unit: str) -> None:
        column_of = _columns_of(table, names.names())
        roles = names.roles
        self.users = as_ids(column_of(roles["user"]), "user id").to_array().tolist()
        self.items = as_ids(column_of(roles["item"]), "item id").to_array().tolist()
        self.weights = self._optional(column_of, roles["weight"], _weights)
        self.types = self._optional(column_of, roles["event"], lambda values, _: _types(values, types))
        self.times = self._optional(column_of, roles["timestamp"], lambda values, name: _times(values, name, time_unit))
        self.consent = self._optional(column_of, roles["consent"], _purposes if names.purposes else _flags)
        for role, column in zip(roles, self.columns(), strict=True):
            if column is not None and len(column) != len(self.users):
                raise InvalidDataError(
                    f"the column {roles[role]!r} has {len(column)} rows, but {roles['user']!r} has {len(self.users)}; "
                    "all columns need one value a row"
                )

    def __len__(self) -> int:
        return len(self.users)

    def columns(self) -> list[list[Any] | None]:
        """User, item, weight, event type, time in microseconds, consent."""
        return [self.users, self.items, self.weights, self.types, self.times, self.consent]

    def rows(self) -> zip[tuple[Any, ...]]:
        """One event after the other."""
        nothing = [None] * len(self)
        return zip(*(nothing if column is None else column for column in self.columns()), strict=True)

    @staticmethod
    def _optional(
        column_of: Callable[[str], object], name: str | None, read: Callable[[object, str], list[Any]]
    ) -> list[Any] | None:
        return None if name is None else read(column_of(name), name)


def _columns_of(table: Any, names: list[str]) -> Callable[[str], object]:
    """The columns; those of a single event become columns of one row."""
    if hasattr(table, "collect") and hasattr(table, "select"):
        table = table.select(names).collect()
    if hasattr(table, "__arrow_c_stream__") and not hasattr(table, "to_numpy"):
        import pyarrow as pa

        table = pa.table(table)
    if hasattr(table, "column_names") and hasattr(table, "column"):
        table = {name: table.column(name) for name in table.column_names}
    column_of = column_getter(table, names)
    first = column_of(names[0])
    if isinstance(first, (str, bytes, int, float, np.generic)) or first is None:
        return lambda name: _one(column_of(name), name)
    return column_of


def _one(value: object, name: str) -> list[object]:
    if isinstance(value, (list, tuple, np.ndarray)):
        raise InvalidDataError(f"the column {name!r} has several values, but the event is one")
    return [value]


def _weights(values: object, name: str) -> list[Any]:
    column = as_weights(values, name)
    assert isinstance(column, tuple)
    weights = column[1].astype(np.float64)
    for row in np.flatnonzero(~np.isfinite(weights))[:1]:
        raise InvalidDataError(f"row {row}, column {name!r}: the weight is {weights[row]}; it must be a finite number")
    return list(weights.tolist())


def _types(values: object, known: Mapping[str, float]) -> list[Any]:
    types = [str(value) for value in as_ids(values, "event type").to_array().tolist()]
    for row, value in enumerate(types):
        if value not in known:
            there = ", ".join(repr(name) for name in known)
            raise InvalidDataError(f"row {row}: the event type {shown(value)} has no weight; those known are {there}")
    return types


def _times(values: object, name: str, unit: str) -> list[Any]:
    column = as_times(values, name)
    if not isinstance(column, tuple):
        return [_parsed(text, row, name) for row, text in enumerate(column.to_array().tolist())]
    form, array = column
    multiplier, divisor = TIMES.get(form.rstrip(":"), UNITS[unit])
    if array.dtype.kind == "f":
        times = [_rounded(value * multiplier / divisor, row, name) for row, value in enumerate(array.tolist())]
    else:
        times = [value * multiplier // divisor for value in array.tolist()]
    for row, time in enumerate(times):
        if not FIRST_TIME <= time <= LAST_TIME:
            raise InvalidDataError(f"row {row}, column {name!r}: the time is missing or outside the years 1 to 9999")
    return times


def _parsed(text: object, row: int, name: str) -> int:
    time = _core.parse_time(text) if isinstance(text, str) else None
    if time is None:
        raise InvalidDataError(f"row {row}, column {name!r}: the timestamp {shown(text)} is not ISO 8601")
    return time


def _rounded(value: float, row: int, name: str) -> int:
    if not math.isfinite(value):
        raise InvalidDataError(f"row {row}, column {name!r}: the timestamp is missing")
    return round(value)


def _flags(values: object, name: str) -> list[Any]:
    column = as_flags(values, name)
    assert isinstance(column, tuple)
    return list(column[1].tolist())


def _purposes(values: object, name: str) -> list[Any]:
    column = as_purposes(values, name)
    if isinstance(column, tuple):
        raise IdTypeError(f"the column {name!r} has numbers, but purposes are text")
    return list(column.to_array().tolist())
