"""Splits: who and what goes where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import recocore as rc


@pytest.fixture(scope="module")
def events():
    random = np.random.default_rng(0)
    size = 3000
    return pd.DataFrame(
        {
            "user_id": random.integers(0, 200, size),
            "item_id": [f"item {i}" for i in random.integers(0, 60, size)],
            "weight": random.integers(1, 5, size).astype(float),
            "timestamp": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.permutation(size), unit="h"),
        }
    )


@pytest.fixture(scope="module")
def inter(events):
    return rc.Interactions.from_table(events, user="user_id", item="item_id", weight="weight", timestamp="timestamp")


@pytest.fixture(scope="module")
def without_times(events):
    return rc.Interactions.from_table(events, user="user_id", item="item_id")


def rows(part):
    return pa.table(part).to_pandas()


def pairs(part):
    return set(zip(rows(part)["user_id"], rows(part)["item_id"], strict=True))


def test_by_time_keeps_the_latest_for_the_test(inter, events):
    train, test = rc.split.by_time(inter, test_fraction=0.25)
    first = rows(test)["timestamp"].min()
    assert rows(train)["timestamp"].max() < first
    assert (events["timestamp"].dt.tz_localize("UTC") >= first).sum() == 750
    assert rows(train)["weight"].sum() + rows(test)["weight"].sum() == events["weight"].sum()
    assert test.history is None


def test_by_user_keeps_whole_users_and_their_early_items(inter):
    train, test = rc.split.by_user(inter, test_fraction=0.3, history_fraction=0.5, seed=1)
    users = set(rows(test)["user_id"])
    assert users.isdisjoint(rows(train)["user_id"])
    assert users == set(rows(test.history)["user_id"])
    assert 40 < len(users) < 80
    assert pairs(test).isdisjoint(pairs(test.history))
    assert pairs(train) | pairs(test) | pairs(test.history) == pairs(inter)
    latest = rows(test.history).groupby("user_id")["timestamp"].max()
    assert (latest <= rows(test).groupby("user_id")["timestamp"].min()).all()
    assert train.history is None


def test_leave_last_takes_the_last_items_of_each_user(inter):
    train, test = rc.split.leave_last(inter, count=2)
    assert set(rows(test).groupby("user_id").size()) == {2}
    before = rows(train).groupby("user_id")["timestamp"].max()
    after = rows(test).groupby("user_id")["timestamp"].min()
    assert (before[after.index] < after).all()
    assert len(pairs(train)) + len(pairs(test)) == len(pairs(inter))


def test_random_is_a_partition_of_the_pairs(without_times):
    train, test = rc.split.random(without_times, test_fraction=0.3, seed=4)
    assert pairs(train).isdisjoint(pairs(test))
    assert pairs(train) | pairs(test) == pairs(without_times)
    assert 0.25 < len(pairs(test)) / len(pairs(without_times)) < 0.35


@pytest.mark.parametrize("split", [rc.split.random, rc.split.by_user])
def test_the_seed_decides(without_times, split):
    parts = [pairs(split(without_times, seed=seed)[1]) for seed in (0, 0, 1)]
    assert parts[0] == parts[1]
    assert parts[0] != parts[2]


def test_errors_say_what_is_wrong(inter, without_times):
    for split in (rc.split.by_time, rc.split.by_user, rc.split.random):
        for fraction in (0.0, 1.0, -0.1, float("nan")):
            with pytest.raises(rc.errors.InvalidParameterError, match="test_fraction"):
                split(inter, test_fraction=fraction)
    with pytest.raises(rc.errors.InvalidParameterError, match="history_fraction"):
        rc.split.by_user(inter, history_fraction=1.0)
    with pytest.raises(rc.errors.InvalidParameterError, match="count"):
        rc.split.leave_last(inter, count=0)
    for needs_times in (rc.split.by_time, rc.split.leave_last):
        with pytest.raises(rc.errors.InvalidDataError, match="needs the time of each event"):
            needs_times(without_times)
    with pytest.raises(rc.errors.InvalidParameterError, match="seed"):
        rc.split.random(inter, seed=-1)
    with pytest.raises(rc.errors.InvalidParameterError, match="cannot read a table"):
        rc.split.by_time(42)
