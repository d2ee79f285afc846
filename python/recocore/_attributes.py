"""Tables of attributes as people have them, in forms the library reads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore._reading import _arrow_stream, column_getter
from recocore.errors import InvalidDataError, InvalidParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["read_attributes", "read_attributes_csv"]


def read_attributes(table: Any, config: _core.TableConfig, id_name: str) -> _core.AttributeTable:
    """All columns of a table."""
    if isinstance(table, (str, os.PathLike)):
        raise InvalidParameterError(f"{os.fspath(table)!r} is a path; read a file with Catalogue.from_csv")
    table = _plain(table, id_name)
    names = _names(table)
    if not (isinstance(table, Mapping) or (isinstance(table, np.ndarray) and table.dtype.names)):
        stream = _arrow_stream(table, names)
        if stream is not None:
            return _core.AttributeTable.from_arrow(stream, config)
    column_of = column_getter(table, names)
    return _core.AttributeTable.from_columns([(name, *_values(name, column_of(name))) for name in names], config)


def read_attributes_csv(
    path: str | os.PathLike[str], config: _core.TableConfig, delimiter: str | None
) -> _core.AttributeTable:
    """All columns of a file."""
    return _core.AttributeTable.from_csv(os.fspath(path), config, delimiter)


def _plain(table: Any, id_name: str) -> Any:
    if isinstance(table, (list, tuple)):
        return _columns_of_rows(table)
    library = type(table).__module__.partition(".")[0]
    if library == "polars" and hasattr(table, "collect"):
        return table.collect()
    if (
        library == "pandas"
        and hasattr(table, "columns")
        and id_name not in table.columns
        and table.index.name == id_name
    ):
        return table.reset_index()
    return table


def _columns_of_rows(rows: list[Any] | tuple[Any, ...]) -> dict[str, list[Any]]:
    for row, values in enumerate(rows):
        if not isinstance(values, Mapping):
            raise InvalidParameterError(f"row {row} is a {type(values).__name__}; a list of rows is a list of dicts")
    names = list(dict.fromkeys(name for values in rows for name in values))
    return {name: [values.get(name) for values in rows] for name in names}


def _names(table: Any) -> list[str]:
    if isinstance(table, Mapping):
        names = list(table)
    elif isinstance(table, np.ndarray) and table.dtype.names:
        names = list(table.dtype.names)
    else:
        there = getattr(table, "column_names", getattr(table, "columns", None))
        if there is None and hasattr(table, "schema"):
            there = getattr(table.schema, "names", None)
        if there is None or not isinstance(there, Iterable):
            raise InvalidParameterError(
                f"cannot read a table from an object of the type {type(table).__name__}; give a table with an Arrow "
                "stream (pandas, polars, pyarrow, DuckDB), a dict of columns, a list of dicts, or a NumPy array with "
                "named fields"
            )
        names = list(there)
    for name in names:
        if not isinstance(name, str):
            raise InvalidDataError(f"a column of the table is called {name!r}; names of columns must be of type str")
    return names


def _values(name: str, values: object) -> tuple[str, object]:
    """What the values of a column are, and the values."""
    if isinstance(values, (str, bytes, Mapping)) or not (isinstance(values, Iterable) or hasattr(values, "__array__")):
        raise InvalidDataError(f"the column {name!r} is a {type(values).__name__}; give one value a row")
    if isinstance(values, (list, tuple)):
        return "objects", values
    if hasattr(values, "to_pylist"):
        return "objects", values.to_pylist()
    if isinstance(values, np.ma.MaskedArray):
        return "objects", values.tolist()
    if not hasattr(values, "__array__"):
        return "objects", list(values)  # type: ignore[call-overload]
    if type(getattr(values, "dtype", None)).__name__ == "CategoricalDtype":
        return "categories", np.asarray(values).tolist()
    return _array(np.asarray(values))


def _array(array: NDArray[Any]) -> tuple[str, object]:
    if array.ndim == 2 and array.dtype.kind == "f":
        return "vectors", np.ascontiguousarray(array, dtype=np.float64)
    if array.ndim == 1 and array.dtype.kind == "M":
        return "time", array.astype("datetime64[us]").view(np.int64)
    if array.ndim == 1 and array.dtype.kind == "u" and array.size and int(array.max()) > np.iinfo(np.int64).max:
        return "number", array
    what = {"b": "flag", "i": "integer", "u": "integer", "f": "number"}.get(array.dtype.kind)
    return ("objects", array.tolist()) if what is None or array.ndim != 1 else (what, array)
