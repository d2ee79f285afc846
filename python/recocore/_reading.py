"""Tables as people have them: those that speak Arrow, and those that are columns of arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from recocore import _core
from recocore._columns import as_flags, as_ids, as_purposes, as_times, as_weights
from recocore.errors import InvalidDataError, InvalidParameterError, MissingColumnError

if TYPE_CHECKING:
    from collections.abc import Callable

    from recocore._columns import Column

__all__ = ["ColumnNames", "column_getter", "is_sparse", "read_columns", "read_table"]


class ColumnNames:
    """Which columns of a table are what."""

    def __init__(
        self,
        user: str,
        item: str,
        weight: str | None = None,
        event: str | None = None,
        timestamp: str | None = None,
        consent: str | None = None,
        purposes: object = None,
    ) -> None:
        self.roles: dict[str, Any] = {
            "user": user,
            "item": item,
            "weight": weight,
            "event": event,
            "timestamp": timestamp,
            "consent": consent,
        }
        self.purposes = _checked_purposes(purposes, consent)
        for role, name in self.roles.items():
            if not isinstance(name, str) and (name is not None or role in {"user", "item"}):
                raise InvalidParameterError(f"{role} must be the name of a column, a str; got {name!r}")
        names = self.names()
        for name in names:
            if names.count(name) > 1:
                raise InvalidParameterError(f"the column {name!r} cannot be two things at once; each needs its own")

    def to_source(self, event_weights: Mapping[str, float] | None, time_unit: str) -> dict[str, Any]:
        """All that it takes to read a table of the same columns, in terms of JSON."""
        weights = {str(event): float(weight) for event, weight in (event_weights or {}).items()}
        return {**self.roles, "purposes": self.purposes, "event_weights": weights, "time_unit": time_unit}

    def names(self) -> list[str]:
        """The columns that are needed."""
        return [name for name in self.roles.values() if name is not None]

    def to_core(self, event_weights: Mapping[str, float], time_unit: str) -> _core.Columns:
        """For the native part."""
        return _core.Columns(
            **self.roles, purposes=self.purposes, event_weights=dict(event_weights), time_unit=time_unit
        )


def _checked_purposes(purposes: object, consent: object) -> list[str]:
    if purposes is None:
        return []
    if consent is None:
        raise InvalidParameterError("purposes were given, but no column that has them: consent=...")
    if isinstance(purposes, str) or not isinstance(purposes, Iterable):
        raise InvalidParameterError(f"purposes must be a list of texts, such as ['recommendation']; got {purposes!r}")
    allowed = list(purposes)
    if not allowed or not all(isinstance(purpose, str) and purpose for purpose in allowed):
        raise InvalidParameterError(f"purposes must be one or more texts that are not empty; got {purposes!r}")
    return allowed


def is_sparse(X: object) -> TypeGuard[Any]:
    """A matrix of scipy.sparse, told by what it can do."""
    return hasattr(X, "tocsr") and hasattr(X, "shape")


def read_table(
    table: Any, names: ColumnNames, columns: _core.Columns, config: _core.InteractionsConfig
) -> _core.Interactions:
    """The events of a table as interactions."""
    stream = _arrow_stream(table, names.names())
    if stream is not None:
        return _core.Interactions.from_arrow(stream, columns, config)
    return read_columns(column_getter(table, names.names()), names, columns, config)


def read_columns(
    column_of: Callable[[str], object],
    names: ColumnNames,
    columns: _core.Columns,
    config: _core.InteractionsConfig,
) -> _core.Interactions:
    """The events of columns of arrays as interactions."""
    arrays: dict[str, Column] = {}
    for role, name in names.roles.items():
        if name is None:
            continue
        values = column_of(name)
        if role == "weight":
            arrays[name] = as_weights(values, name)
        elif role == "timestamp":
            arrays[name] = as_times(values, name)
        elif role == "consent":
            arrays[name] = as_purposes(values, name) if names.purposes else as_flags(values, name)
        else:
            arrays[name] = as_ids(values, "event type" if role == "event" else f"{role} id")
    return _core.Interactions.from_columns(arrays, columns, config)


def _require(wanted: list[str], there: list[Any]) -> None:
    for name in wanted:
        if name not in there:
            raise MissingColumnError(_core.missing_column_text(name, [str(column) for column in there]))
        if there.count(name) > 1:
            raise InvalidDataError(f"the table has more than one column {name!r}; rename one of them")


def _arrow_stream(table: Any, wanted: list[str]) -> object | None:
    """A stream of the wanted columns, with others only where they cannot be left out; None when there is no stream."""
    library = type(table).__module__.partition(".")[0]
    if library == "pandas":
        return _pandas_stream(table, wanted)
    if library == "polars" and hasattr(table, "collect"):
        table = table.select(wanted).collect()
    if not hasattr(table, "__arrow_c_stream__"):
        return None
    there = getattr(table, "column_names", getattr(table, "columns", None))
    if isinstance(there, list) and all(isinstance(name, str) for name in there):
        _require(wanted, there)
        if library in {"polars", "pyarrow"}:
            table = table.select(wanted)
        elif "duckdb" in library:
            table = table.project(", ".join('"' + name.replace('"', '""') + '"' for name in wanted))
    stream: object = table.__arrow_c_stream__()
    return stream


def _pandas_stream(table: Any, wanted: list[str]) -> object | None:
    if not hasattr(table, "columns"):
        raise InvalidParameterError("a pandas Series is a single column; a table with users and items is needed")
    _require(wanted, list(table.columns))
    for name in wanted:
        if type(table[name].dtype).__name__ == "PeriodDtype":
            # Their Arrow form is a bare number of periods.
            raise InvalidDataError(
                f"the column {name!r} has periods, which are neither ids nor times; convert it with .dt.to_timestamp()"
            )
    try:
        stream: object = table[wanted].reset_index(drop=True).__arrow_c_stream__()
    except (AttributeError, ImportError, NotImplementedError, OverflowError, TypeError, ValueError):
        # Without pyarrow, and for objects pyarrow cannot read: our own reader says in which row they are.
        return None
    return stream


def column_getter(table: Any, wanted: list[str]) -> Callable[[str], object]:
    """What gives a column of a table that has no stream, by its name."""
    if isinstance(table, Mapping):
        _require(wanted, list(table))
    elif isinstance(table, np.ndarray) and table.dtype.names:
        _require(wanted, list(table.dtype.names))
    elif hasattr(table, "columns") and hasattr(table, "__getitem__"):
        _require(wanted, list(table.columns))
    else:
        raise InvalidParameterError(
            f"cannot read a table from an object of the type {type(table).__name__}; give a table with an Arrow stream "
            "(pandas, polars, pyarrow, DuckDB), a dict of arrays, or a NumPy array with named fields"
        )

    def column_of(name: str) -> object:
        values: object = table[name]
        return values

    return column_of
