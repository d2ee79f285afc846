"""The timeline and the replay under the drift harness: arrays in, arrays out."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
import recocore as rc
from recocore import _core

DAY = 86_400


@pytest.fixture
def shop() -> rc.Interactions:
    """Six days; the items of the last two are new."""
    random = np.random.default_rng(3)
    days = random.integers(0, 6, 400)
    return rc.Interactions.from_table(
        {
            "user_id": [f"user {user}" for user in random.integers(0, 20, 400)],
            "item_id": [
                f"item {item + 10 * (day > 3)}" for item, day in zip(random.integers(0, 15, 400), days, strict=True)
            ],
            "timestamp": 1_600_000_000 + days * DAY + random.integers(0, DAY, 400),
        },
        timestamp="timestamp",
    )


@pytest.fixture
def timeline(shop) -> _core.Timeline:
    return _core.Timeline(shop._core, DAY * 1_000_000, 1_600_000_000 * 1_000_000)


def fitted(timeline: _core.Timeline, origin: int) -> _core.Model:
    return rc.ItemKNN(k=5).fit(rc.Interactions._from_core(timeline.interactions(0, origin))).model_


def test_timeline_columns(shop, timeline):
    assert timeline.periods == 6
    assert timeline.length == DAY * 1_000_000
    assert timeline.start_of(2) == (1_600_000_000 + 2 * DAY) * 1_000_000
    times = timeline.event_times()
    assert len(times) == 400
    assert (np.diff(times) >= 0).all()
    assert timeline.offsets.tolist() == [int((times < timeline.start_of(p)).sum()) for p in range(7)]
    items = timeline.event_items()
    periods = np.searchsorted(timeline.offsets, np.arange(400), side="right") - 1
    for position, item in enumerate(timeline.items()):
        assert timeline.item_births[position] == periods[items == position].min()
        assert timeline.item_deaths[position] == periods[items == position].max()
        assert item in shop.items
    users = timeline.event_users()
    assert [periods[users == user].min() for user in range(20)] == timeline.user_births.tolist()
    assert timeline.users().tolist() == shop.users.tolist()
    with pytest.raises(ValueError, match="read-only"):
        timeline.item_births[0] = 7


def test_views_keep_the_timeline(timeline):
    births = _core.Timeline.shuffled(timeline, 1).item_births
    expected = births.tolist()
    gc.collect()
    assert births.tolist() == expected


def test_interactions_are_made_as_those_given(timeline):
    part = timeline.interactions(1, 3)
    begin, end = timeline.offsets[1], timeline.offsets[3]
    pairs = set(
        zip(timeline.event_users()[begin:end].tolist(), timeline.event_items()[begin:end].tolist(), strict=True)
    )
    assert len(part) == len(pairs)
    faded = timeline.interactions(1, 3, 3600.0)
    assert len(faded) == len(part)
    assert faded.csr()[2].sum() < part.csr()[2].sum()
    assert part.csr()[2].sum() == end - begin
    assert timeline.without_random_events(3, 10, 0).csr()[2].sum() == timeline.offsets[3] - 10
    assert sorted(timeline.shuffled(5).event_items()) == sorted(timeline.event_items())


def test_usual_gap(timeline):
    periods = np.searchsorted(timeline.offsets, np.arange(400), side="right") - 1
    items = timeline.event_items()
    gaps = np.concatenate([np.diff(np.unique(periods[items == item])) for item in range(len(timeline.items()))])
    for share in (0.5, 0.99, 1.0):
        assert timeline.usual_gap(6, share) == np.quantile(gaps, share, method="inverted_cdf")


def test_binary_interactions_stay_binary(shop):
    table = {"user_id": ["a", "a", "b"], "item_id": ["x", "x", "y"], "timestamp": [0, 1, 2]}
    binary = rc.Interactions.from_table(table, timestamp="timestamp", duplicates="binary")
    assert _core.Timeline(binary._core, 1_000_000).interactions(0, 3).csr()[2] is None


@pytest.mark.parametrize("protocol", ["period", "next"])
def test_scores_are_columns(timeline, protocol):
    replay = _core.Replay(timeline, n=3, protocol=protocol, histories="live", first=2)
    done = []
    scores = replay.score(fitted(timeline, 3), 3, 100, 2, lambda stage, at, all_of: done.append((stage, at, all_of)))
    variants: list[Any] = [scores["all"], scores["live"]]
    for variant in variants:
        for name in ("lists", "ndcg", "coverage", "gini", "divergence"):
            assert variant[name].shape == (3,)
        for name in ("relevant", "hits"):
            assert variant[name].shape == (3, 3)
            assert variant[f"fresh_{name}"].shape == (2, 3)
            assert variant[f"fresh_{name}"][0].tolist() == variant[name][0].tolist()
        assert (variant["hits"] <= variant["relevant"]).all()
        assert (variant["ndcg"] <= variant["lists"]).all()
    every = scores["all"]
    assert [len(outcome) for outcome in scores["outcomes"]] == every["lists"].tolist()
    if protocol == "next":
        assert [outcome.sum() for outcome in scores["outcomes"]] == every["hits"].sum(axis=1).tolist()
    assert every["hits"].sum() > 0
    assert every["relevant"][0, 0] == 0
    assert every["relevant"][1:, 0].sum() > 0
    assert done[-1] == ("replay", every["lists"].sum(), every["lists"].sum())


def test_offers(timeline):
    items = len(timeline.items())
    gone = np.zeros(items, dtype=np.int64)
    replay = _core.Replay(timeline, first=3, offered_from=gone, offered_until=gone)
    scores = replay.score(fitted(timeline, 3), 3, 1)
    assert scores["all"]["hits"].sum() > 0
    assert scores["live"]["hits"].sum() == 0
    assert scores["live"]["coverage"].tolist() == [0.0]
    always = np.full(items, 2**63 - 1, dtype=np.int64)
    scores = _core.Replay(timeline, first=3, offered_from=-always, offered_until=always).score(
        fitted(timeline, 3), 3, 1
    )
    assert scores["live"]["hits"].tolist() == scores["all"]["hits"].tolist()


def test_replay_outlives_the_name_of_its_timeline(shop):
    replay = _core.Replay(_core.Timeline(shop._core, DAY * 1_000_000), first=1)
    gc.collect()
    timeline = _core.Timeline(shop._core, DAY * 1_000_000)
    again = _core.Replay(timeline, first=1)
    model = fitted(timeline, 2)
    found: Any = replay.score(model, 2, 9)
    expected: Any = again.score(model, 2, 9)
    for name, values in expected["all"].items():
        np.testing.assert_array_equal(found["all"][name], values)


def test_likeness_of_lists(timeline):
    replay = _core.Replay(timeline, n=5)
    older, newer = fitted(timeline, 2), fitted(timeline, 4)
    same = replay.compare(older, older, 4, 0)
    assert same["lists"] > 10
    assert same["jaccard"] == pytest.approx(1.0)
    assert same["rbo"] == pytest.approx(1.0)
    change = replay.compare(older, newer, 4, 0, 2)
    assert 0.0 < change["jaccard"] < 1.0
    assert change == replay.compare(older, newer, 4, 0, 1)
    assert replay.compare(older, newer, 4, 3)["lists"] <= 3


def test_errors(shop, timeline):
    untimed = rc.Interactions.from_table({"user_id": [1], "item_id": [2]})
    with pytest.raises(rc.errors.InvalidDataError, match="times"):
        _core.Timeline(untimed._core, 1)
    with pytest.raises(rc.errors.InvalidParameterError, match="at least 1"):
        _core.Timeline(shop._core, 0)
    with pytest.raises(rc.errors.InvalidParameterError, match="until"):
        timeline.interactions(3, 2)
    with pytest.raises(rc.errors.InvalidParameterError, match="protocol"):
        _core.Replay(timeline, protocol="sometimes")
    with pytest.raises(rc.errors.InvalidParameterError, match="every item"):
        _core.Replay(timeline, offered_from=np.zeros(1, dtype=np.int64))
    for few in (np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64), np.zeros((2, 2), dtype=np.int64)):
        with pytest.raises(rc.errors.InvalidParameterError, match="every item"):
            _core.Replay(timeline, offered_from=few, offered_until=few)
    fractions: Any = np.full(len(timeline.items()), 1.9)
    with pytest.raises(TypeError):
        _core.Replay(timeline, offered_from=fractions, offered_until=fractions)
    replay = _core.Replay(timeline, first=2)
    with pytest.raises(rc.errors.InvalidParameterError, match="origin"):
        replay.score(fitted(timeline, 2), 1, 1)
    numbers = rc.Interactions.from_table({"user_id": [1, 2], "item_id": [1, 2]})
    with pytest.raises(rc.errors.IdTypeError):
        replay.score(rc.Popularity().fit(numbers).model_, 2, 1)
