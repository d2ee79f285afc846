"""Events that may not be used are as if they had never been."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import recocore as rc
from recocore import errors

USERS = ["ann", "ann", "bob", "cat", "dan", "eve"]
ITEMS = ["tea", "pot", "tea", "pot", "tea", "gas"]
WEIGHTS = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
FLAGS = [True, False, True, None, True, False]
PURPOSES = ["shop", "billing", "all", None, "shop", ""]
ALLOWED = [True, False, True, False, True, False]


def table(column: str, values: list[Any]) -> dict[str, Any]:
    return {"user_id": USERS, "item_id": ITEMS, "weight": WEIGHTS, column: values}


@pytest.fixture
def expected() -> rc.Interactions:
    rows = [row for row, allowed in enumerate(ALLOWED) if allowed]
    columns = ([column[row] for row in rows] for column in (USERS, ITEMS, WEIGHTS))
    return rc.Interactions.from_table(
        dict(zip(("user_id", "item_id", "weight"), columns, strict=True)), weight="weight"
    )


MAKERS = [
    dict,
    pd.DataFrame,
    pl.DataFrame,
    pl.LazyFrame,
    pa.table,
    lambda columns: pa.table(columns).to_reader(2),
    lambda columns: pa.table(columns).slice(0, 6),
]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    ("values", "options"),
    [
        (FLAGS, {}),
        ([bool(flag) for flag in FLAGS], {}),
        ([None if flag is None else int(flag) for flag in FLAGS], {}),
        (PURPOSES, {"purposes": ["shop", "all"]}),
        (["shop" if allowed else "other" for allowed in ALLOWED], {"purposes": ("shop",)}),
    ],
)
def test_tables(make, values, options, expected):
    interactions = rc.Interactions.from_table(make(table("may", values)), weight="weight", consent="may", **options)
    assert interactions == expected
    assert interactions.withheld == 3
    assert interactions.report.events == 3
    assert interactions.items.tolist() == ["pot", "tea"][1:]


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]
)
def test_arrow_text(kind, expected):
    whole = pa.table(table("may", PURPOSES))
    column = whole.column("may")
    column = column.dictionary_encode() if pa.types.is_dictionary(kind) else column.cast(kind)
    whole = whole.set_column(3, "may", column)
    for part, same in ((whole, expected), (pa.concat_tables([whole.slice(0, 1), whole.slice(1)]), expected)):
        assert rc.Interactions.from_table(part, weight="weight", consent="may", purposes=["shop", "all"]) == same
    # Offsets into buffers.
    tail = rc.Interactions.from_table(whole.slice(2), weight="weight", consent="may", purposes=["all"])
    assert tail.users.tolist() == ["bob"]


def test_arrow_bits():
    """Flags are bits: offsets that are no multiple of eight, and nulls."""
    random = np.random.default_rng(1)
    flags = [None if draw < 0.2 else bool(draw < 0.6) for draw in random.random(1000)]
    whole = pa.table({"user_id": np.arange(1000), "item_id": np.zeros(1000, dtype=np.int64), "may": flags})
    for start in (0, 3, 64, 777):
        kept = [user for user in range(start, 1000) if flags[user]]
        read = rc.Interactions.from_table(whole.slice(start), consent="may")
        assert read.users.tolist() == kept
        assert read.withheld == 1000 - start - len(kept)


def test_arrays(expected):
    arrays: dict[str, Any] = {"user": USERS, "item": ITEMS, "weight": WEIGHTS}
    for values in (FLAGS, np.array(ALLOWED), np.array(ALLOWED, dtype=np.int8), np.array([1, 0, 1, np.nan, 1, 0])):
        assert rc.Interactions.from_arrays(**arrays, consent=values) == expected
    assert rc.Interactions.from_arrays(**arrays, consent=PURPOSES, purposes=["shop", "all"]) == expected


@pytest.mark.parametrize("values", [["1", "0", "TRUE", "", "yes", "No"], ["true", "false", " Yes ", "0", "1", "no"]])
def test_csv(values, expected, tmp_path):
    rows = zip(USERS, ITEMS, WEIGHTS, values, strict=True)
    lines = ["user_id,item_id,weight,may", *(",".join(map(str, row)) for row in rows)]
    (tmp_path / "events.csv").write_text("\n".join(lines))
    read = rc.Interactions.from_csv(tmp_path / "events.csv", weight="weight", consent="may")
    assert (read, read.withheld) == (expected, 3)
    purposes = rc.Interactions.from_csv(tmp_path / "events.csv", weight="weight", consent="may", purposes=values[:1])
    assert purposes.users.tolist() == ["ann"]
    (tmp_path / "events.csv").write_text("\n".join(lines).replace("bob,tea,3.0,", "bob,tea,3.0,x"))
    with pytest.raises(errors.InvalidDataError, match="line 4: the consent 'x"):
        rc.Interactions.from_csv(tmp_path / "events.csv", consent="may")


def test_ids_of_those_left_out_are_unknown():
    """Also where only they are text that is no number, and where they would be over a minimum."""
    read = rc.Interactions.from_table(
        {"user_id": [1, 2, 3], "item_id": [1, 1, 2], "may": [1, 0, 1]}, consent="may", min_users_per_item=1
    )
    assert read.users.tolist() == [1, 3]
    rare = rc.Interactions.from_table(
        {"user_id": [1, 2, 3], "item_id": [1, 1, 2], "may": [1, 0, 1]}, consent="may", min_users_per_item=2
    )
    assert len(rare) == 0


def test_nothing_may_be_used():
    with pytest.raises(errors.InvalidDataError, match="none of the 6 events may be used, for want of consent"):
        rc.Interactions.from_table(table("may", [False] * 6), consent="may")
    with pytest.raises(errors.InvalidDataError, match="the table has no rows"):
        rc.Interactions.from_table({"user_id": [], "item_id": [], "may": []}, consent="may")


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (["yes"] * 6, {}, "consent"),
        ([0.5] * 6, {}, "consent"),
        ([1, 0, 2, 0, 1, 1], {}, "row 2.*2"),
        ([1, 2, 3, 4, 5, 6], {"purposes": ["shop"]}, "purpose"),
    ],
)
@pytest.mark.parametrize("make", [dict, pa.table])
def test_wrong_values(make, values, options, message):
    with pytest.raises(errors.InvalidDataError, match=message):
        rc.Interactions.from_table(make(table("may", values)), consent="may", **options)


def test_wrong_options():
    good = table("may", FLAGS)
    for options in ({"purposes": ["shop"]}, {"consent": "may", "purposes": "shop"}, {"consent": "may", "purposes": []},
                    {"consent": "user_id"}, {"consent": 3}, {"consent": "may", "purposes": [""]}):  # fmt: skip
        with pytest.raises(errors.InvalidParameterError):
            rc.Interactions.from_table(good, **options)
    with pytest.raises(errors.MissingColumnError, match="consent"):
        rc.Interactions.from_table(good, consent="consent")


def test_updates_follow_the_fit():
    events = table("may", FLAGS)
    model = rc.ItemKNN().fit(rc.Interactions.from_table(events, consent="may"))
    model.update({"user_id": ["fay", "gus"], "item_id": ["tea", "pot"], "may": [True, False]})
    assert model.interactions_.users.tolist() == ["ann", "bob", "dan", "fay"]
    assert model.interactions_.items.tolist() == ["tea"]


def test_pickle():
    read = rc.Interactions.from_table(table("may", FLAGS), consent="may")
    assert pickle.loads(pickle.dumps(read)) == read
