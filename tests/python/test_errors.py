"""Errors are typed and say what, where, and what would be right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import recocore as rc
import scipy.sparse as sp
from recocore.errors import (
    CapacityError,
    FileError,
    IdTypeError,
    InvalidDataError,
    InvalidParameterError,
    MissingColumnError,
    RecocoreError,
)

IDS = {"user_id": [1, 2, 3], "item_id": ["a", "b", "c"]}
FORMS = [lambda table: table, pd.DataFrame, pl.DataFrame, pa.table]
FORM_NAMES = ["dict", "pandas", "polars", "arrow"]


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (InvalidParameterError, ValueError),
        (InvalidDataError, ValueError),
        (MissingColumnError, KeyError),
        (IdTypeError, TypeError),
        (rc.errors.UnknownIdError, KeyError),
        (rc.errors.NotFittedError, AttributeError),
        (CapacityError, OverflowError),
        (rc.errors.DeadlineExceededError, TimeoutError),
        (rc.errors.MemoryLimitError, MemoryError),
        (FileError, OSError),
    ],
)
def test_types(error, builtin):
    assert issubclass(error, RecocoreError)
    assert issubclass(error, builtin)
    assert str(error("what went wrong")) == "what went wrong"


@pytest.mark.parametrize("form", FORMS, ids=FORM_NAMES)
@pytest.mark.parametrize(
    ("columns", "arguments", "error", "message"),
    [
        ({"w": [1.0, np.inf, 1.0]}, {"weight": "w"}, InvalidDataError, "row 1: the weight is inf"),
        ({"w": [1.0, 1.0, -np.inf]}, {"weight": "w"}, InvalidDataError, "row 2: the weight is -inf"),
        ({"w": [1.0, 1.0, 1e300]}, {"weight": "w"}, InvalidDataError, "row 2: the weight 1e\\+300.*32-bit"),
        ({"w": ["1", "2", "3"]}, {"weight": "w"}, InvalidDataError, "'w'.*number"),
        ({}, {"weight": "w"}, MissingColumnError, "no column 'w'.*'user_id', 'item_id'"),
        ({}, {"user": "userid"}, MissingColumnError, "no column 'userid'; did you mean 'user_id'"),
        ({}, {"user": "item_id"}, InvalidParameterError, "'item_id' cannot be two things"),
        ({"user_id": [1.5, 2.0, 3.0]}, {}, IdTypeError, "float"),
        ({"user_id": [True, False, True]}, {}, IdTypeError, "bool"),
        ({"item_id": ["a", None, "c"]}, {}, InvalidDataError, "row 1.*the item id is missing"),
        ({"e": ["view", "view", "buy"]}, {"event": "e", "event_weights": {"view": 1, "cart": 3}}, InvalidDataError,
         "row 2: the event type 'buy' has no weight; known event types are 'cart', 'view'"),
        ({"e": ["view", None, "view"]}, {"event": "e", "event_weights": {"view": 1}}, InvalidDataError,
         "row 1.*the event type is missing"),
        ({"e": ["view"] * 3}, {"event": "e"}, InvalidParameterError, "no event weights were given"),
        ({}, {"event_weights": {"view": 1}}, InvalidParameterError, "no column of types"),
        ({"t": ["2024-01-01", "2024-01-02", "soon"]}, {"timestamp": "t"}, InvalidDataError,
         "row 2, column 't': 'soon' is not an ISO 8601 time"),
        ({"t": [1, 2, 2**62]}, {"timestamp": "t"}, InvalidDataError, "row 2, column 't'.*does not fit"),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_bad_tables(form, columns, arguments, error, message):
    with pytest.raises(error, match=message):
        rc.Interactions.from_table(form(IDS | columns), **arguments)


@pytest.mark.parametrize("weights", [[1.0, np.nan, 2.0], [1.0, None, 2.0]])
@pytest.mark.parametrize("form", FORMS, ids=FORM_NAMES)
def test_missing_weights(form, weights):
    with pytest.raises(InvalidDataError, match=r"row 1.*weight"):
        rc.Interactions.from_table(form(IDS | {"w": weights}), weight="w")


@pytest.mark.parametrize("form", FORMS, ids=FORM_NAMES)
def test_no_rows(form):
    table = form({"user_id": np.array([], dtype=np.int64), "item_id": np.array([], dtype=np.int64)})
    with pytest.raises(InvalidDataError, match="the table has no rows"):
        rc.ItemKNN().fit(table)


@pytest.mark.parametrize("form", [lambda table: table, pd.DataFrame])
def test_mixed_ids(form):
    with pytest.raises(IdTypeError, match="row 1: the user id 'x' is text, but 1 in row 0 is integer"):
        rc.Interactions.from_table(form({"user_id": [1, "x", 2], "item_id": [1, 2, 3]}))


def test_null_ids_in_pandas():
    for missing in (None, float("nan"), pd.NA):
        table = pd.DataFrame({"user_id": pd.Series([1, missing, 3], dtype=object), "item_id": [1, 2, 3]})
        with pytest.raises(InvalidDataError, match=r"row 1.*the user id is missing"):
            rc.Interactions.from_table(table)
    floats = pd.DataFrame({"user_id": [1, 2, None], "item_id": [1, 2, 3]})
    with pytest.raises(InvalidDataError, match=r"row 2.*the user id is missing"):
        rc.Interactions.from_table(floats)


def test_not_a_time():
    table = pd.DataFrame({"user_id": [1, 2], "item_id": [1, 2], "t": pd.to_datetime(pd.Series(["2024-01-01", None]))})
    with pytest.raises(InvalidDataError, match=r"row 1.*timestamp is missing"):
        rc.Interactions.from_table(table, timestamp="t")
    arrays = {
        "user_id": [1, 2],
        "item_id": [1, 2],
        "t": np.array(["2024-01-01", "NaT"], dtype="datetime64[D]"),
    }
    with pytest.raises(InvalidDataError, match=r"row 1.*timestamp is missing"):
        rc.Interactions.from_table(arrays, timestamp="t")


def test_columns_of_different_lengths():
    with pytest.raises(InvalidDataError, match="the column 'item_id' has 2 rows, but 'user_id' has 1"):
        rc.Interactions.from_table({"user_id": [1], "item_id": [1, 2]})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"duplicates": "first"}, "unknown duplicates 'first'; known are 'sum', 'max', 'last', 'binary'"),
        ({"half_life": 0, "timestamp": "t"}, "half-life"),
        ({"half_life": -1.0, "timestamp": "t"}, "half-life"),
        ({"half_life": "1d", "timestamp": "t"}, "half_life, in days or as a timedelta"),
        ({"half_life": 3.0}, "a half-life needs the time of each event"),
        ({"reference_time": "yesterday", "timestamp": "t"}, "reference_time must be a datetime"),
        ({"max_events_per_user": 0}, "max_events_per_user must be a whole number of at least 1; got 0"),
        ({"min_items_per_user": -1}, "min_items_per_user must be"),
        ({"min_users_per_item": 1.5}, "min_users_per_item must be"),
        ({"time_unit": "h", "timestamp": "t"}, "unknown time unit 'h'; known are 's', 'ms', 'us', 'ns'"),
        ({"user": 3}, "user must be the name of a column"),
        (
            {"event": "e", "event_weights": {"view": float("nan")}},
            "the weight of the event type 'view' must be a finite",
        ),
        ({"event": "e", "event_weights": ["view"]}, "event_weights must say what each type counts"),
    ],
)
def test_bad_options(options, message):
    table = IDS | {"t": [1, 2, 3], "e": ["view"] * 3}
    with pytest.raises(InvalidParameterError, match=message):
        rc.Interactions.from_table(table, **options)


@pytest.mark.parametrize(
    ("matrix", "error", "message"),
    [
        (sp.csr_array(np.array([[1, np.nan]])), InvalidDataError, "row 0, entry 1: the value is nan"),
        (sp.csr_array(np.array([[1.0], [np.inf]])), InvalidDataError, "row 1, entry 0: the value is inf"),
        (sp.csr_array(np.array([[1e300]])), InvalidDataError, "32-bit float"),
        (sp.csr_array(np.array([[1j]])), InvalidDataError, "values of the type complex128"),
        (sp.csr_array((3, 4)), InvalidDataError, "the matrix has no entries"),
        (sp.csr_array((2, 2**31 + 1)), CapacityError, "at most 2147483647"),
        (np.eye(3), InvalidParameterError, "scipy.sparse.csr_array"),
        ([1, 2, 3], InvalidParameterError, "cannot read a table from an object of the type list"),
        (pd.Series([1]), InvalidParameterError, "a pandas Series is a single column"),
        (pl.Series([1]), InvalidDataError, "this Arrow stream is a single column"),
    ],
    ids=str,
)
def test_bad_matrices(matrix, error, message):
    with pytest.raises(error, match=message):
        rc.ItemKNN().fit(matrix)


def test_matrix_with_bad_indices():
    matrix = sp.csr_array(np.eye(3))
    for broken, message in (
        ([0, 1, 7], r"indices\[2\] is column 7"),
        ([0, 1, -1], r"indices\[2\] is column -1"),
    ):
        matrix.indices = np.array(broken, dtype=np.int32)
        with pytest.raises(InvalidDataError, match=message):
            rc.Interactions.from_sparse(matrix)
    matrix.indices = np.arange(3, dtype=np.int32)
    for broken in ([0, 2, 1, 3], [0, 1, 2, 9], [-1, 1, 2, 3]):
        matrix.indptr = np.array(broken, dtype=np.int32)
        with pytest.raises(InvalidDataError, match="offsets"):
            rc.Interactions.from_sparse(matrix)


def test_nothing_left_to_fit():
    interactions = rc.Interactions.from_table(IDS, min_users_per_item=2)
    with pytest.raises(InvalidDataError, match=r"no interactions to fit(.|\n)*too little support"):
        rc.ItemKNN().fit(interactions)


def test_files(tmp_path):
    with pytest.raises(FileError, match=r"nowhere\.csv"):
        rc.Interactions.from_csv(tmp_path / "nowhere.csv")
    (tmp_path / "a.csv").write_text("user,item\n1,2\n")
    with pytest.raises(MissingColumnError, match=r"'user_id'.*'user', 'item'"):
        rc.Interactions.from_csv(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("user_id,item_id\n")
    with pytest.raises(InvalidDataError, match="no rows"):
        rc.Interactions.from_csv(tmp_path / "b.csv")
    with pytest.raises(InvalidParameterError, match="single character"):
        rc.Interactions.from_csv(tmp_path / "a.csv", delimiter="::")


def test_interactions_are_made_by_their_methods():
    with pytest.raises(TypeError, match="from_table"):
        rc.Interactions()
