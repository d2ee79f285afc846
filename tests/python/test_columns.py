"""Columns in unusual forms are read right or refused in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import recocore as rc
import scipy.sparse as sp
from recocore.errors import IdTypeError, InvalidDataError, InvalidParameterError, UnknownIdError

LONG = "x" * (1 << 20)


def read(**columns: Any) -> rc.Interactions:
    return rc.Interactions.from_arrays(**{"user": ["a", "b"], "item": ["x", "y"], **columns})


@pytest.mark.parametrize("role", ["user", "item", "weight", "timestamp"])
def test_masked_values_are_missing(role):
    values = np.ma.array([1, 2], mask=[False, True])
    with pytest.raises(InvalidDataError, match=r"row 1: the .* is missing \(masked\)"):
        read(**{role: values})


def test_masked_arrays_without_masked_values():
    weights = np.ma.array([1.0, 2.0], mask=[False, False])
    assert read(weight=weights) == read(weight=[1.0, 2.0])


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns", "D"])
def test_foreign_byte_order_of_times(unit):
    times = np.array(["2020-01-01", "2021-01-01"], dtype=f"datetime64[{unit}]")
    assert read(timestamp=times.astype(times.dtype.newbyteorder("S"))) == read(timestamp=times)


def test_arrow_arrays():
    times = ["2020-01-01", "2020-01-02"]
    columns = {"user": pa.array(["a", "b"]), "weight": pa.array([1, 2]), "timestamp": pa.array(times)}
    assert read(**columns) == read(weight=[1, 2], timestamp=times)
    with pytest.raises(InvalidDataError, match="row 1"):
        read(weight=pa.array([1.0, None]))


@pytest.mark.parametrize("role", ["weight", "timestamp"])
def test_ragged_columns(role):
    with pytest.raises(InvalidDataError, match=f"the column '{role}' has lists"):
        read(**{role: [[1], [1, 2]]})


def test_weights_beyond_floats():
    with pytest.raises(InvalidDataError, match="no float64 holds"):
        read(weight=[10**400, 1])


@pytest.mark.parametrize("column", ["user_id", "time"])
def test_periods(column):
    table = pd.DataFrame({"user_id": [1, 2], "item_id": [1, 2], "time": pd.to_datetime(["2020-01-01", "2020-01-02"])})
    table[column] = pd.period_range("2020-01-01", periods=2, freq="D")
    with pytest.raises(InvalidDataError, match=f"the column '{column}' has periods"):
        rc.Interactions.from_table(table, timestamp="time")


@pytest.mark.parametrize("bad", [2**63, 10**5000, "\ud800"], ids=["64 bits", "5,000 digits", "surrogate"])
def test_rows_of_bad_ids(bad):
    good = 1 if isinstance(bad, int) else "a"
    with pytest.raises((IdTypeError, InvalidDataError), match=r"^row 1: "):
        read(user=[good, bad])


def test_long_values_are_not_shown_whole():
    inter = read()
    model = rc.ItemKNN().fit(inter)
    calls = [
        lambda: read(user=[1, LONG]),
        lambda: read(user=[b"x" * (1 << 20), b""]),
        lambda: inter.items_of(LONG),
        lambda: model.recommend(["a"]).for_user(LONG),
        lambda: model.recommend(history=["x"], weights=["a"] * 100_000),
        lambda: model.recommend(LONG, on_unknown="error"),
    ]
    for call in calls:
        with pytest.raises((IdTypeError, UnknownIdError, InvalidParameterError)) as caught:
            call()
        assert len(str(caught.value)) < 400


def test_sparse_vector():
    with pytest.raises(InvalidDataError, match="1 dimension"):
        rc.ItemKNN().fit(sp.coo_array(np.ones(3)))


def test_numpy_durations():
    days = {"timestamp": ["2020-01-01", "2020-01-08"]}
    expected = read(**days, half_life=dt.timedelta(days=7))
    assert read(**days, half_life=np.timedelta64(7, "D")) == expected
    assert read(**days, half_life=np.timedelta64(7 * 24, "h")) == expected
    for duration in [np.timedelta64("NaT"), np.timedelta64(1, "Y"), np.timedelta64(7)]:
        with pytest.raises(InvalidParameterError, match="half_life"):
            read(**days, half_life=duration)


@pytest.mark.parametrize("name", ["shrinkage", "n_jobs", "k"])
def test_durations_are_not_numbers(name):
    parameters: dict[str, Any] = {name: np.timedelta64(3, "D")}
    with pytest.raises(InvalidParameterError, match=name):
        rc.ItemKNN(**parameters).fit(read())


def test_seed_is_not_a_duration():
    seed: Any = np.timedelta64(3, "D")
    with pytest.raises(InvalidParameterError, match="seed"):
        rc.split.random(read(), seed=seed)


def test_ids_cannot_be_changed():
    inter = read()
    for ids in [inter.users, inter.items]:
        with pytest.raises(ValueError, match="read-only"):
            ids[0] = "z"
