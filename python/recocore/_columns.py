"""Columns as people have them, in forms the library reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from recocore import _core
from recocore._checks import shown, to_microseconds
from recocore.errors import IdTypeError, InvalidDataError, InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Column", "as_flags", "as_id_lists", "as_ids", "as_purposes", "as_times", "as_weights"]

#: Ids, or an Arrow format and an array with values of that format.
Column: TypeAlias = "_core.Ids | tuple[str, NDArray[Any]]"

ARROW_FORMATS = {
    "i1": "c", "u1": "C", "i2": "s", "u2": "S", "i4": "i", "u4": "I", "i8": "l", "u8": "L", "f4": "f", "f8": "g",
}  # fmt: skip


def as_ids(values: object, what: str) -> _core.Ids:
    """One id, or any sequence, set, array or series of ids.

    ``what`` names them in messages, as in "user id".
    """
    if isinstance(values, _core.Ids):
        return values
    if isinstance(values, (list, tuple)):
        return _core.Ids.from_sequence(values, what)
    if isinstance(values, (str, bytes, bool, int, float, np.generic)) or values is None:
        return _core.Ids.from_sequence([values], what)
    if hasattr(values, "__arrow_c_stream__") and not _is_pandas(values):
        return _core.Ids.from_arrow(values.__arrow_c_stream__(), what)
    if hasattr(values, "to_pylist"):
        return _core.Ids.from_sequence(values.to_pylist(), what)
    if isinstance(values, np.ndarray) or hasattr(values, "__array__"):
        return _array_of_ids(_as_array(values, what), what)
    if isinstance(values, Iterable):
        return _core.Ids.from_sequence(list(values), what)
    raise InvalidParameterError(
        f"{what}s must be one id or a list, array or series of ids; got an object of the type {type(values).__name__}"
    )


def as_id_lists(lists: Sequence[Any], what: str) -> tuple[_core.Ids, NDArray[np.uint64]]:
    """Many sequences of ids as one, and where each begins and ends in it."""
    if isinstance(lists, (str, bytes)) or not isinstance(lists, Iterable):
        raise InvalidParameterError(f"give a list of lists of {what}s; got {shown(lists)}")
    parts = []
    for row, part in enumerate(lists):
        if isinstance(part, (str, bytes)) or not isinstance(part, Iterable):
            raise InvalidParameterError(f"list {row} is {shown(part)}; a list of one {what} is written [{shown(part)}]")
        parts.append(part.tolist() if isinstance(part, np.ndarray) else list(part))
    offsets = np.zeros(len(parts) + 1, dtype=np.uint64)
    np.cumsum([len(part) for part in parts], out=offsets[1:])
    return as_ids([value for part in parts for value in part], what), offsets


def as_weights(values: object, name: str) -> Column:
    """A column of numbers."""
    array = _as_array(values, name)
    if array.dtype.kind == "O":
        array = _numbers_of_objects(array, name)
    if array.dtype.kind not in "iuf":
        raise InvalidDataError(
            f"the column {name!r} has values of the type {array.dtype}, but weights are numbers; convert it to float64"
        )
    return _numeric_column(array)


def as_times(values: object, name: str) -> Column:
    """A column of times: datetime64, numbers, ISO 8601 text, or objects of the type datetime or date."""
    array = _as_array(values, name)
    if array.dtype.kind == "M":
        unit = np.datetime_data(array.dtype)
        if unit[0] not in {"s", "ms", "us", "ns"} or unit[1] != 1:
            array = array.astype("datetime64[us]" if unit[0] in {"s", "ms", "us"} else "datetime64[s]")
        letter = {"s": "s", "ms": "m", "us": "u", "ns": "n"}[np.datetime_data(array.dtype)[0]]
        return f"ts{letter}:", np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("=")).view(np.int64)
    if array.dtype.kind in "iuf":
        return _numeric_column(array)
    objects = array.tolist()
    if array.dtype.kind == "O" and any(isinstance(value, date) for value in objects):
        return "tsu:", _times_of_objects(objects, name)
    if array.dtype.kind in "OUT":
        return _core.Ids.from_sequence(objects, "timestamp")
    raise InvalidDataError(
        f"the column {name!r} has values of the type {array.dtype}, which are not times; use datetime64, numbers since "
        "1970 or ISO 8601 text"
    )


def as_flags(values: object, name: str) -> Column:
    """A column of True and False, or 1 and 0. What is missing is False."""
    array = _as_array(values, name)
    if array.dtype.kind in "OUf":
        array = _flags_of_objects(array, name)
    if array.dtype.kind not in "biu":
        raise InvalidDataError(
            f"the column {name!r} has values of the type {array.dtype}, but consent is true or false; for a column of "
            "purposes, say which are allowed: purposes=[...]"
        )
    for row in np.flatnonzero((array != 0) & (array != 1))[:1]:
        raise InvalidDataError(f"row {row}, column {name!r}: the consent is {array[row]}; it must be 0 or 1")
    return "C", np.ascontiguousarray(array, dtype=np.uint8)


def as_purposes(values: object, name: str) -> Column:
    """A column of text. What is missing is empty."""
    texts = _as_array(values, name).tolist()
    for row, value in enumerate(texts):
        if value is None or value != value:  # noqa: PLR0124  (NaN is not equal to itself)
            texts[row] = ""
        elif not isinstance(value, str):
            raise InvalidDataError(f"row {row}, column {name!r}: the purpose {shown(value)} is not text")
    return _core.Ids.from_sequence(texts, "purpose")


def _is_pandas(values: object) -> bool:
    # Its Arrow export needs pyarrow; its arrays are always there.
    return type(values).__module__.partition(".")[0] == "pandas"


def _as_array(values: object, name: str) -> NDArray[Any]:
    if isinstance(values, Mapping | str | bytes):
        raise InvalidParameterError(f"the column {name!r} is a {type(values).__name__}; give one value a row")
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        row = int(np.flatnonzero(np.ma.getmaskarray(values))[0])
        raise InvalidDataError(f"row {row}: the {name} is missing (masked); drop such rows or fill them in")
    if hasattr(values, "to_numpy") and not hasattr(values, "to_pylist"):
        array: NDArray[Any] = np.asarray(values.to_numpy())
    elif isinstance(values, (list, tuple)) and any(isinstance(value, str) or value is None for value in values):
        # NumPy would make text of the numbers next to a text.
        array = np.empty(len(values), dtype=object)
        array[:] = values
    else:
        try:
            array = np.asarray(values)
        except ValueError:
            raise InvalidDataError(f"the column {name!r} has lists among its values; give one value a row") from None
    if array.ndim != 1:
        raise InvalidDataError(f"the column {name!r} has {array.ndim} dimensions; it must have one value a row")
    return array


def _array_of_ids(array: NDArray[Any], what: str) -> _core.Ids:
    kind = array.dtype.kind
    if array.size == 0:
        return _core.Ids.from_sequence([], what)
    if kind in "iu":
        if array.dtype.itemsize == 8 and kind == "u" and int(array.max()) > np.iinfo(np.int64).max:
            raise IdTypeError(
                f"row {array.argmax()}: the {what} {array.max()} is larger than a signed 64-bit integer holds; convert "
                "such ids to text"
            )
        return _core.Ids.view(np.ascontiguousarray(array, dtype=np.int64))
    if kind == "f":
        missing = np.flatnonzero(np.isnan(array))
        if missing.size:
            raise InvalidDataError(
                f"row {missing[0]}: the {what} is missing (NaN); drop such rows, and convert the column to integers"
            )
        raise IdTypeError(
            f"the {what}s are an array of {array.dtype}, but an id is an integer or text; if they are whole numbers, "
            "convert the array to int64"
        )
    if kind in "OUT":
        return _core.Ids.from_sequence(array.tolist(), what)
    raise IdTypeError(
        f"the {what}s are an array of {array.dtype}, but an id is an integer or text; convert the array to one of them"
    )


def _numeric_column(array: NDArray[Any]) -> tuple[str, NDArray[Any]]:
    code = f"{array.dtype.kind}{array.dtype.itemsize}"
    if code not in ARROW_FORMATS:
        code = "f4" if array.dtype.itemsize < 4 else "f8"
    return ARROW_FORMATS[code], np.ascontiguousarray(array, dtype=np.dtype(code))


def _numbers_of_objects(array: NDArray[Any], name: str) -> NDArray[np.float64]:
    for row, value in enumerate(array):
        if value is None:
            raise InvalidDataError(f"row {row}, column {name!r}: the weight is missing; drop such rows or fill them in")
        if not isinstance(value, Real) or isinstance(value, bool):
            raise InvalidDataError(f"row {row}, column {name!r}: the weight {shown(value)} is not a number")
    try:
        return array.astype(np.float64)
    except OverflowError:
        raise InvalidDataError(
            f"the column {name!r} has a weight that no float64 holds; scale the weights down"
        ) from None


def _flags_of_objects(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    flags = np.zeros(len(array), dtype=np.uint8)
    for row, value in enumerate(array.tolist()):
        if value is None or value != value:  # noqa: PLR0124  (NaN is not equal to itself)
            continue
        if isinstance(value, str) or value not in {0, 1}:
            raise InvalidDataError(
                f"row {row}, column {name!r}: the consent is {shown(value)}; it must be True or False, 0 or 1"
            )
        flags[row] = value
    return flags


def _times_of_objects(values: list[object], name: str) -> NDArray[np.int64]:
    times = np.empty(len(values), dtype=np.int64)
    for row, value in enumerate(values):
        if value is None or value != value:  # noqa: PLR0124  (NaT is not equal to itself)
            raise InvalidDataError(
                f"row {row}, column {name!r}: the timestamp is missing; drop such rows or fill them in"
            )
        try:
            times[row] = to_microseconds("a timestamp", value)
        except InvalidParameterError as error:
            raise InvalidDataError(f"row {row}, column {name!r}: {error}") from None
    return times
