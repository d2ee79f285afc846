"""Events become interactions: every route, the options, the report."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, timedelta, timezone
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import recocore as rc
import scipy.sparse as sp

COLUMNS: dict[str, Any] = {"weight": "weight", "timestamp": "timestamp"}


def routes(events):
    arrow = pa.table(events)
    frame = pd.DataFrame(events)
    kinds: Any = [(name, np.asarray(values).dtype) for name, values in events.items()]
    structured = np.array(list(zip(*events.values(), strict=True)), dtype=kinds)
    when = pd.to_datetime(frame["timestamp"], unit="s")
    yield "dict of lists", events
    yield "dict of arrays", {name: np.asarray(values) for name, values in events.items()}
    yield "dict of objects", {name: np.asarray(values, dtype=object) for name, values in events.items()}
    yield "structured array", structured
    yield "pandas", frame
    yield "pandas object", frame.astype({"user_id": object})
    yield "pandas categories", frame.astype({"user_id": "category", "item_id": "category"})
    yield "pandas arrow", frame.convert_dtypes(dtype_backend="pyarrow")
    yield "pandas times", frame.assign(timestamp=when)
    yield "pandas zoned times", frame.assign(timestamp=when.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"))
    yield "pandas texts of times", frame.assign(timestamp=when.dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    yield "pandas other index", frame.set_index(frame.index[::-1])
    yield "pandas with an odd column", frame.assign(odd=pd.Series([object() for _ in frame.index], dtype=object))
    yield "polars", pl.DataFrame(events)
    yield "polars categories", pl.DataFrame(events).with_columns(pl.col("item_id").cast(pl.Categorical))
    yield "polars lazy", pl.LazyFrame(events)
    yield "arrow", arrow
    yield "arrow reader", arrow.to_reader(max_chunksize=3)
    yield "arrow batch", arrow.to_batches()[0]
    yield "duckdb", duckdb.from_arrow(arrow)
    yield "datetime objects", {
        **events, "timestamp": [datetime.fromtimestamp(t, timezone.utc) for t in events["timestamp"]],
    }  # fmt: skip
    yield "datetime64", {**events, "timestamp": np.asarray(events["timestamp"]).astype("datetime64[s]")}
    yield "datetime64 in ns", {**events, "timestamp": when.to_numpy().astype("datetime64[ns]")}


def test_every_route_gives_the_same(events, shop):
    for name, table in routes(events):
        assert rc.Interactions.from_table(table, **COLUMNS) == shop, name


def test_from_arrays(events, shop):
    arrays = rc.Interactions.from_arrays(
        events["user_id"],
        np.asarray(events["item_id"]),
        pd.Series(events["weight"]),
        timestamp=events["timestamp"],
    )
    assert arrays == shop


def test_from_csv(events, shop, tmp_path):
    pd.DataFrame(events).to_csv(tmp_path / "events.csv", index=False)
    pd.DataFrame(events).to_csv(tmp_path / "events.tsv", index=False, sep="\t")
    assert rc.Interactions.from_csv(tmp_path / "events.csv", **COLUMNS) == shop
    assert rc.Interactions.from_csv(tmp_path / "events.tsv", **COLUMNS) == shop


def test_pandas_without_pyarrow(events):
    code = """
import sys
sys.modules["pyarrow"] = None
import pandas as pd
import recocore as rc
frame = pd.DataFrame(events)
read = rc.Interactions.from_table(frame, weight="weight")
assert read == rc.Interactions.from_table(events, weight="weight")
assert len(rc.ItemKNN().fit(frame).recommend("eve", n=3).to_pandas()) == 2
"""
    subprocess.run([sys.executable, "-c", f"events = {events!r}\n{code}"], check=True)


def test_neither_pandas_nor_scipy_is_needed():
    code = """
import sys
for name in ("pandas", "scipy", "pyarrow", "polars", "tqdm", "sklearn"):
    sys.modules[name] = None
import recocore as rc
model = rc.ItemKNN().fit({"user_id": [1, 1, 2], "item_id": ["a", "b", "a"]})
assert model.recommend(2, n=1).item_id.tolist() == ["b"]
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("index_type", [np.int32, np.int64])
@pytest.mark.parametrize("kind", [sp.csr_array, sp.csr_matrix, sp.csc_array, sp.coo_array])
def test_sparse(random_matrix, index_type, kind):
    matrix = kind(random_matrix)
    if hasattr(matrix, "indptr"):
        matrix.indptr, matrix.indices = matrix.indptr.astype(index_type), matrix.indices.astype(index_type)
    interactions = rc.Interactions.from_sparse(matrix)
    assert interactions.shape == random_matrix.shape
    np.testing.assert_array_equal(interactions.to_csr().toarray(), random_matrix.toarray())
    np.testing.assert_array_equal(interactions.users, np.arange(80))


def test_sparse_unsorted_duplicate_and_zero():
    matrix = sp.csr_array((np.array([1, 2, 3, 0]), np.array([2, 0, 2, 1]), np.array([0, 3, 4])), shape=(2, 3))
    interactions = rc.Interactions.from_sparse(matrix)
    np.testing.assert_array_equal(interactions.to_csr().toarray(), [[2, 0, 4], [0, 0, 0]])
    assert interactions.report.duplicate_events == 1


def test_attributes(shop, events):
    assert shop.users.tolist() == ["ann", "bob", "cat", "dan", "eve"]
    assert shop.items.tolist() == ["cup", "pot", "tea"]
    assert (shop.shape, shop.n_users, shop.n_items, len(shop)) == ((5, 3), 5, 3, 8)
    assert shop.history is None
    assert shop.to_csr().toarray()[0].tolist() == [0.0, 2.0, 1.0]
    assert shop.times is not None
    assert shop.times.dtype == "datetime64[us]"
    assert shop.times[0] == np.datetime64(events["timestamp"][1], "s")
    assert rc.Interactions.from_table(events).times is None
    assert "8 of 5 users with 3 items" in repr(shop)
    assert "<table>" in shop._repr_html_()


def test_integer_ids_stay_integers():
    interactions = rc.Interactions.from_arrays([30, -1, 30], np.array([7, 2**62, 9], dtype=np.uint64))
    assert interactions.users.dtype == np.int64
    assert interactions.users.tolist() == [-1, 30]
    assert interactions.items.tolist() == [7, 9, 2**62]


def test_round_trip_over_arrow(shop):
    table = shop.to_arrow()
    assert table.column_names == ["user_id", "item_id", "weight", "timestamp"]
    assert rc.Interactions.from_table(table, **COLUMNS) == shop
    assert pl.DataFrame(shop).shape == (8, 4)


def test_event_weights():
    table = {
        "user_id": [1, 1, 2, 2],
        "item_id": [1, 1, 1, 2],
        "what": ["view", "purchase", "cart", "view"],
        "count": [2, 1, 1, 1],
    }
    weights = {"view": 1, "cart": 3, "purchase": 8}
    plain = rc.Interactions.from_table(table, event="what", event_weights=weights)
    assert plain.to_csr().toarray().tolist() == [[9, 0], [3, 1]]
    counted = rc.Interactions.from_table(table, event="what", weight="count", event_weights=weights)
    assert counted.to_csr().toarray().tolist() == [[10, 0], [3, 1]]
    categories = pl.DataFrame(table).with_columns(pl.col("what").cast(pl.Enum(["view", "cart", "purchase"])))
    assert rc.Interactions.from_table(categories, event="what", event_weights=weights) == plain
    assert "4 events" in str(plain.report)


@pytest.mark.parametrize(("duplicates", "weight"), [("sum", 6), ("max", 4), ("last", 2), ("binary", 1)])
def test_duplicates(duplicates, weight):
    interactions = rc.Interactions.from_arrays([1, 1], [1, 1], [4, 2], duplicates=duplicates)
    assert interactions.to_csr().toarray().tolist() == [[weight]]
    assert interactions.report.duplicate_events == 1


@pytest.mark.parametrize("half_life", [10, 10.0, timedelta(days=10)])
def test_half_life(half_life):
    times = [datetime(2024, 1, 1), datetime(2024, 1, 11)]
    interactions = rc.Interactions.from_arrays([1, 1], [1, 2], timestamp=times, half_life=half_life)
    assert interactions.to_csr().toarray().tolist() == [[0.5, 1.0]]


@pytest.mark.parametrize(
    "reference",
    [
        date(2024, 1, 21),
        "2024-01-21",
        datetime(2024, 1, 21, 2, tzinfo=timezone(timedelta(hours=2))),
        np.datetime64("2024-01-21"),
    ],
)
def test_reference_time(reference):
    interactions = rc.Interactions.from_arrays(
        [1], [1], timestamp=[date(2024, 1, 1)], half_life=10, reference_time=reference
    )
    assert interactions.to_csr().toarray().tolist() == [[0.25]]


def test_minimum_support_and_cap_are_reported():
    users = [1, 1, 1, 2, 2, 3, 3]
    items = [1, 2, 9, 1, 2, 1, 2]
    supported = rc.Interactions.from_arrays(users, items, min_users_per_item=2)
    assert supported.shape == (3, 2)
    assert (supported.report.rare_items, supported.report.rare_events) == (1, 1)
    capped = rc.Interactions.from_arrays(users, items, max_events_per_user=2)
    assert (capped.report.capped_users, capped.report.over_cap_events) == (1, 1)
    assert "cap" in str(capped.report)
    assert "<table>" in capped.report._repr_html_()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_time_units(unit):
    scale = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    for times in ([1_600_000_000 * scale], np.array([1.6e9 * scale]), pa.array([1_600_000_000 * scale])):
        table = {"user_id": [1], "item_id": [1], "t": times}
        interactions = rc.Interactions.from_table(
            pa.table(table) if isinstance(times, pa.Array) else table, timestamp="t", time_unit=unit
        )
        assert interactions.times is not None
        assert interactions.times[0] == np.datetime64(1_600_000_000, "s")


def test_equality(shop, events):
    assert shop != rc.Interactions.from_table(events)
    assert shop != "shop"
    with pytest.raises(TypeError):
        hash(shop)
