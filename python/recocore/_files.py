"""Models in files."""

from __future__ import annotations

import json
import math
import os
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
        Of the class that was saved, with its parameters; how many threads to use, limits and ``progress`` are of the
        machine and not in the file. ``fit_seconds_`` is not a number, ``sequence_`` is the number given to ``save``.

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
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InvalidDataError(f"{os.fspath(path)}: the parameters in the file make no sense: {error!r}") from None
    model.__dict__.update(model_=native, fit_seconds_=math.nan, sequence_=file.sequence)
    return model


def save(model: Recommender, path: str | os.PathLike[str], serving_only: bool, histories: bool) -> None:
    """See :meth:`recocore.ItemKNN.save`."""
    native = model._fitted()
    serving_only = check_flag("serving_only", serving_only)
    histories = check_flag("histories", histories)
    if histories and not serving_only:
        raise InvalidParameterError("histories=True belongs to serving_only=True; a full file always has them")
    described = _describe(model)
    if serving_only:
        # Data to learn from, which may be a parameter, is personal.
        given = model.get_params(deep=False)
        described["parameters"] = {
            name: value for name, value in described["parameters"].items() if not _has_interactions(given[name])
        }
    text = json.dumps(described, sort_keys=True, separators=(",", ":"))
    _core.save_model(
        native, os.fsencode(path), serving_only, histories, getattr(model, "sequence_", 0), text.encode("utf-8")
    )


def _describe(model: Recommender) -> dict[str, Any]:
    parameters = model.get_params(deep=False)
    fitted = {name: value for name, value in model.__dict__.items() if name not in parameters}
    known = _classes()
    return {
        # A class of the user's own is stored as the one it is made from.
        "class": next(cls.__name__ for cls in type(model).__mro__ if known.get(cls.__name__) is cls),
        "fitted": {name: _encode(value) for name, value in fitted.items() if name not in _NOT_STORED},
        "parameters": {name: _encode(value) for name, value in parameters.items() if name not in _RUN_PARAMETERS},
    }


def _has_interactions(value: Any) -> bool:
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
        return np.array([_decode(entry) for entry in value["$array"]], dtype=np.dtype(value["$type"]))
    if "$model" in value:
        return _make(value["$model"])
    if "$interactions" in value:
        columns = dict(value["$interactions"])
        if "timestamp" in columns:
            columns["timestamp"] = np.array(columns["timestamp"], dtype="datetime64[us]")
        unlimited = 2**31 - 1
        return Interactions.from_arrays(**columns, max_events_per_user=unlimited)
    return {_decode(key): _decode(entry) for key, entry in value["$dict"]}


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
    except (ValueError, KeyError, RecursionError) as error:
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
