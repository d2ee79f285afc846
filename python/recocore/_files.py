"""Models in files."""

from __future__ import annotations

import inspect
import json
import math
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore._checks import check_flag
from recocore.errors import InvalidDataError, InvalidParameterError
from recocore.interactions import Interactions

if TYPE_CHECKING:
    from recocore._base import Recommender

__all__ = ["load", "save"]

#: Of the machine, not of the model.
_RUN_PARAMETERS = {"n_jobs", "progress", "time_limit", "memory_limit"}
#: To learn from: tables as well as Interactions.
_DATA_PARAMETERS = {"validation"}
#: Of a file, of arrays that a parameter is: numbers, flags, times, text and ids.
_TYPES = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|U[0-9]{1,9}|M8\[us\]|O)")
#: How often a model that changes all the time is asked for a state with its number.
MOST_TRIES = 20
#: Classes with the native model of another.
_SAME_NATIVE = {"P3alpha": "RP3beta"}
#: What a file has in its own form, what is remembered between calls, and what depends on the clock.
_NOT_STORED = {
    "model_",
    "interactions_",
    "n_users_",
    "n_items_",
    "fit_seconds_",
    "sequence_",
    "_cached",
    "_filters",
    "_similar_items",
}


def load(path: str | os.PathLike[str], mmap: bool = True, verify: bool = False) -> Recommender:
    """A model from a file that ``save`` has written, here or in another language.

    Nothing in a file is trusted: a damaged one raises an error. No thread is started.

    Parameters
    ----------
    path : path
    mmap : bool, default True
        Map the file instead of reading it: processes that load the same file have it in memory once. It must not be
        changed in place while the model lives; ``save`` never does that.
    verify : bool, default False
        Also check what is not needed for the model, such as sections of later versions.

    Returns
    -------
    Recommender
        Of the class that was saved, with its parameters. Those that are events (``validation`` of a Blend), how many
        threads to use, limits and ``progress`` are not in the file. ``fit_seconds_`` is not a number, ``sequence_`` is
        that of the last operation of a store that is in the model.

    Raises
    ------
    FileError
        No such file, or it cannot be read.
    InvalidDataError
        Not a model file, a damaged one, or one of a later version.

    Examples
    --------
    >>> import recocore as rc
    >>> model = rc.load("shop.reco")  # doctest: +SKIP
    >>> model.recommend("eve")  # doctest: +SKIP
    """
    file = _core.ModelFile.open(os.fsencode(path), check_flag("mmap", mmap), check_flag("verify", verify))
    native = file.model()
    stored = _read_parameters(file.parameters, path) if file.parameters else None
    try:
        model = _restored(native, stored)
    except Exception as error:  # noqa: BLE001 - a file may say anything
        raise InvalidDataError(f"{os.fspath(path)}: the parameters in the file make no sense: {error!r}") from None
    model.__dict__.update(model_=native, fit_seconds_=math.nan, sequence_=file.sequence)
    return model


def save(model: Recommender, path: str | os.PathLike[str], serving_only: bool, histories: bool) -> None:
    """See :meth:`recocore.ItemKNN.save`."""
    model._fitted()
    serving_only = check_flag("serving_only", serving_only)
    histories = check_flag("histories", histories)
    if histories and not serving_only:
        raise InvalidParameterError("histories=True belongs to serving_only=True; a full file always has them")
    frozen, sequence, described = _consistent(model)
    text = json.dumps(described, sort_keys=True, separators=(",", ":"))
    _core.save_model(frozen, os.fsencode(path), serving_only, histories, sequence, text.encode("utf-8"))


def _consistent(model: Recommender) -> tuple[_core.Model, int, dict[str, Any]]:
    """The model as it is at one moment, with the number of the last operation in it.

    A replay makes the number 0 before the first change and sets it after the last: what was taken between two equal
    numbers belongs to them.
    """
    for _ in range(MOST_TRIES):
        sequence, native = getattr(model, "sequence_", 0), model._fitted()
        frozen, described = _core.live_snapshot(native), _describe(model)
        if getattr(model, "sequence_", 0) == sequence and model._fitted() is native:
            return frozen, sequence, described
    # With no number the next replay fits anew: never wrong.
    return frozen, 0, described


def _describe(model: Recommender) -> dict[str, Any]:
    parameters = model.get_params(deep=False)
    fitted = {name: value for name, value in model.__dict__.items() if name not in parameters}
    known = _classes()
    return {
        # A class of the user's own is stored as the one it is made from.
        "class": next(cls.__name__ for cls in type(model).__mro__ if known.get(cls.__name__) is cls),
        "fitted": {name: _encode(value) for name, value in fitted.items() if name not in _NOT_STORED},
        "parameters": {
            name: _encode(value)
            for name, value in parameters.items()
            if name not in _RUN_PARAMETERS and not _is_data(name, value)
        },
    }


def without_data(model: Recommender, state: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a fitted model, with defaults for parameters that are data: nobody is forgotten in them."""
    defaults = {name: parameter.default for name, parameter in inspect.signature(type(model)).parameters.items()}
    ours = {*defaults, "_fitted_parts", "_part"}
    return {
        name: defaults[name]
        if name in defaults and _is_data(name, value)
        else _parts_without_data(value)
        if name in ours
        else value
        for name, value in state.items()
    }


def _parts_without_data(value: Any) -> Any:
    from recocore._base import Recommender

    if isinstance(value, Recommender):
        given = value.get_params(deep=False)
        kept = {name: _parts_without_data(one) for name, one in given.items() if not _is_data(name, one)}
        same = len(kept) == len(given) and all(kept[name] is given[name] for name in kept)
        return value if same else type(value)(**kept)
    if type(value) in {list, tuple}:
        made = [_parts_without_data(one) for one in value]
        return value if all(a is b for a, b in zip(made, value, strict=True)) else type(value)(made)
    if type(value) is dict:
        made_dict = {key: _parts_without_data(one) for key, one in value.items()}
        return value if all(made_dict[key] is value[key] for key in value) else made_dict
    return value


def _is_data(name: str, value: Any) -> bool:
    """Whether a parameter is events, in whatever form."""
    return name in _DATA_PARAMETERS or _has_interactions(value)


def _has_interactions(value: Any) -> bool:
    if isinstance(value, Mapping):
        value = list(value.values())
    return isinstance(value, Interactions) or (isinstance(value, (tuple, list)) and any(map(_has_interactions, value)))


def _encode(value: Any) -> Any:
    """A value in terms of JSON: what JSON does not know is an object with a single key that begins with a dollar."""
    from recocore._base import Recommender

    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, list):
        return [_encode(entry) for entry in value]
    if isinstance(value, tuple):
        return {"$tuple": [_encode(entry) for entry in value]}
    if isinstance(value, np.ndarray):
        return {"$array": [_encode(entry) for entry in value.tolist()], "$type": value.dtype.str}
    if isinstance(value, Recommender):
        return {"$model": _describe(value) if not value.__sklearn_is_fitted__() else _unfitted(value)}
    if isinstance(value, Interactions):
        return {"$interactions": _columns(value)}
    if isinstance(value, Mapping):
        return {"$dict": [[_encode(key), _encode(entry)] for key, entry in value.items()]}
    raise InvalidParameterError(f"a model with {value!r} among its parameters cannot be saved")


def _unfitted(model: Recommender) -> dict[str, Any]:
    return _describe(type(model)(**model.get_params(deep=False)))


def _columns(interactions: Interactions) -> dict[str, Any]:
    indptr, indices, data = interactions._core.csr()
    rows = np.repeat(np.arange(interactions.n_users), np.diff(indptr))
    columns = {"user": interactions.users[rows].tolist(), "item": interactions.items[indices].tolist()}
    if data is not None and not np.all(data == 1):
        columns["weight"] = data.astype(float).tolist()
    if interactions.times is not None:
        columns["timestamp"] = interactions.times.astype("datetime64[us]").astype(np.int64).tolist()
    return columns


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return [_decode(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if "$float" in value:
        return float(value["$float"])
    if "$tuple" in value:
        return tuple(_decode(entry) for entry in value["$tuple"])
    if "$array" in value:
        return _array([_decode(entry) for entry in value["$array"]], value["$type"])
    if "$model" in value:
        return _make(value["$model"])
    if "$interactions" in value:
        columns = dict(value["$interactions"])
        if "timestamp" in columns:
            columns["timestamp"] = np.array(columns["timestamp"], dtype="datetime64[us]")
        unlimited = 2**31 - 1
        return Interactions.from_arrays(**columns, max_events_per_user=unlimited)
    return {_decode(key): _decode(entry) for key, entry in value["$dict"]}


def _array(entries: list[Any], kind: Any) -> Any:
    if not isinstance(kind, str) or not _TYPES.fullmatch(kind):
        raise ValueError(f"there are no arrays of the type {kind!r}")
    dtype = np.dtype(kind)
    if dtype.kind == "U":
        # As long as it needs to be: the file may say anything.
        longest = max((len(entry) for entry in entries if isinstance(entry, str)), default=0)
        dtype = np.dtype(f"{dtype.byteorder.replace('|', '=')}U{min(dtype.itemsize // 4, max(longest, 1))}")
    return np.array(entries, dtype=dtype)


def _classes() -> dict[str, type[Recommender]]:
    import recocore
    from recocore._base import Recommender

    public = (getattr(recocore, name) for name in recocore.__all__ if name != "Recommender")
    return {cls.__name__: cls for cls in public if isinstance(cls, type) and issubclass(cls, Recommender)}


def _make(stored: Mapping[str, Any]) -> Recommender:
    cls = _classes().get(stored["class"])
    if cls is None:
        raise ValueError(f"there is no class {stored['class']!r}")
    return cls(**{name: _decode(value) for name, value in stored["parameters"].items()})


def _read_parameters(text: bytes, path: str | os.PathLike[str]) -> dict[str, Any]:
    try:
        stored = json.loads(text)
        if isinstance(stored, dict) and isinstance(stored["fitted"], dict):
            return stored
        raise ValueError("not an object with the right keys")
    except (ValueError, KeyError, RecursionError, MemoryError) as error:
        raise InvalidDataError(f"{os.fspath(path)}: the parameters in the file make no sense: {error}") from None


def _native(described: tuple[str, dict[str, Any]]) -> Recommender:
    """A model without Python's parameters in its file, described by those of the native one."""
    name, parameters = described
    if "models" in parameters:
        parameters["models"] = [_native(part) for part in parameters["models"]]
    if "collaborative" in parameters:
        parameters["collaborative"] = _native(parameters["collaborative"])
    return _classes()[name](**parameters)


def _restored(native: _core.Model, stored: Mapping[str, Any] | None) -> Recommender:
    """The model with its parameters and what its fit found, without what all models have."""
    if stored is None:
        model = _native(_core.model_parameters(native))
        model.__dict__.update(model._attributes_of_native(native))
        return model
    model = _make(stored)
    expected, _ = _core.model_parameters(native)
    if _SAME_NATIVE.get(type(model).__name__, type(model).__name__) != expected:
        raise ValueError(f"they are of a {type(model).__name__}, and the model is a {expected}")
    model.__dict__.update({name: _decode(value) for name, value in stored["fitted"].items()})
    return model
