"""The benchmark of the cold start: what its protocols promise, and that its judge is the library's."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import recocore as rc

from benchmarks.accuracy.peers import ndcg
from benchmarks.cold_start import audience, cell, data, export, features, latency, measure, peers, protocols, report
from benchmarks.cold_start.protocols import Pairs

TABLE = {
    "item_id": np.arange(4),
    "kind": ["a", None, "b", "a"],
    "tags": [["x", "y"], [], ["y"], ["y", "y"]],
    "price": np.array([1.0, np.nan, 2.0, 9.0]),
    "title": ["Red lantern", "red RED cup", None, "Höhe"],
}
KINDS = {"kind": "category", "tags": "labels", "price": "number", "title": "text"}


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    """300 users, 90 items; a few items have most pairs."""
    random = np.random.default_rng(4)
    drawn = np.column_stack([random.integers(0, 300, 9000), (90 * random.random(9000) ** 2).astype(np.int64)])
    both = np.unique(drawn, axis=0)
    return Pairs(both[:, 0], both[:, 1], random.integers(0, 10_000, len(both)))


def keys(*parts: Pairs) -> set[tuple[int, int]]:
    return {pair for part in parts for pair in zip(part.user.tolist(), part.item.tolist(), strict=True)}


@pytest.fixture(scope="module", params=["items", "time"])
def part(request, pairs) -> protocols.Cold:
    return protocols.item_disjoint(pairs, seed=3) if request.param == "items" else protocols.by_time(pairs)


def test_nothing_that_is_foreseen_is_fitted(part, pairs):
    assert not keys(part.train) & keys(part.stream, part.launch)
    assert keys(part.train, part.stream, part.launch) <= keys(pairs)
    assert not np.isin(part.train.item, part.new).any()
    assert set(part.launch.item.tolist()) <= set(part.new.tolist())
    assert not set(part.warm.tolist()) & set(part.new.tolist())
    assert set(part.warm.tolist()) == set(part.train.item.tolist())
    known = set(part.train.user.tolist())
    assert set(part.stream.user.tolist()) | set(part.launch.user.tolist()) <= known


def test_a_tenth_of_the_stream_is_new(pairs):
    for seed in range(5):
        sizes = protocols.item_disjoint(pairs, seed).sizes()
        assert 9 <= sizes["new items"] <= 12
        assert sizes["pairs of the stream"] == pytest.approx(0.1 * len(pairs), rel=0.15)
        assert sizes["new in the stream"] == pytest.approx(0.1, abs=0.04)
    first, same, other = (protocols.item_disjoint(pairs, seed).new.tolist() for seed in (1, 1, 2))
    assert first == same != other


def test_what_is_later_is_foreseen(pairs):
    part = protocols.by_time(pairs)
    assert part.train.time.max() <= part.stream.time.min()
    assert len(part.train) == round(0.9 * len(pairs))


def test_supports_are_exact(pairs):
    steps = list(protocols.thinned(pairs, seed=1))
    assert [step.support for step in steps] == list(protocols.SUPPORTS)
    before: set[tuple[int, int]] = set()
    for step in steps:
        cold = step.cold
        assert cold.hidden is not None
        counts = np.bincount(cold.train.item, minlength=90)
        assert set(counts[cold.new].tolist()) == {step.support}
        # The others are whole, the foreseen pairs always the same, and no pair is anywhere twice.
        assert np.array_equal(counts[cold.warm], np.bincount(pairs.item, minlength=90)[cold.warm])
        assert keys(cold.launch) == keys(steps[0].cold.launch)
        assert np.bincount(cold.launch.item, minlength=90)[cold.new].min() > 0
        assert set(cold.launch.user.tolist()) <= set(cold.train.user.tolist())
        assert len(keys(cold.train, cold.launch, cold.hidden)) == sum(map(len, (cold.train, cold.launch, cold.hidden)))
        assert before < keys(cold.train) or not before
        before = keys(cold.train)


def test_new_users_are_new(pairs):
    part = protocols.new_users(pairs)
    rows = {
        frozenset(row) for row in (history + later for history, later in zip(part.histories, part.later, strict=True))
    }
    assert len(rows) == len(part.histories) == 30
    everybody = {user: frozenset(row) for user, row in pairs.rows().items()}
    aside = [user for user, row in everybody.items() if row in rows]
    assert not set(aside) & set(part.train.user.tolist())
    time = dict(zip(zip(pairs.user.tolist(), pairs.item.tolist(), strict=True), pairs.time.tolist(), strict=True))
    user = next(user for user in aside if everybody[user] == frozenset(part.histories[0] + part.later[0]))
    times = [time[user, item] for item in part.histories[0] + part.later[0]]
    assert times == sorted(times)
    assert {len(history) for history in part.histories} == {5}


def test_the_judge_is_the_librarys(pairs):
    part = protocols.item_disjoint(pairs, seed=3)
    train, stream = part.train.interactions(), part.stream.interactions()
    model = rc.ItemKNN().fit(train)
    users = measure.users_of(part)
    lists = {kind: measure.lists_of(model, users, measure.candidates_of(kind, part)) for kind in measure.KINDS}
    found = measure.views(lists, part)
    ours = rc.evaluate(model, train, stream, n=measure.N)
    assert found["stream"]["ndcg"] == pytest.approx(ours.ndcg, abs=1e-12)
    assert found["stream"]["recall"] == pytest.approx(ours.recall, abs=1e-12)
    assert found["stream"]["interval"][0] < ours.ndcg < found["stream"]["interval"][1]
    # It knows no new item.
    assert found["new"]["ndcg"] == found["new_in_all"]["ndcg"] == found["stream"]["new_shown"] == 0.0
    # So does the measure that peers choose their settings by.
    rows = np.full((300, measure.N), -1)
    rows[users] = lists["all"]
    assert ndcg(rows, export.matrix(part.stream, (300, 90))) == pytest.approx(ours.ndcg, abs=1e-12)


def test_lists_pass_over_what_is_hidden(pairs):
    part = protocols.item_disjoint(pairs, seed=3)
    model = rc.ItemKNN().fit(part.train.interactions())
    users = measure.users_of(part)[:20]
    whole = measure.lists_of(model, users, part.warm)
    hidden = {int(users[3]): whole[3, [0, 4]].tolist()}
    passed = measure.lists_of(model, users, part.warm, hidden)
    assert passed[3].tolist()[:18] == [item for item in whole[3].tolist() if item not in hidden[int(users[3])]]
    assert np.array_equal(np.delete(passed, 3, axis=0), np.delete(whole, 3, axis=0))


def test_random_lists_hold_open_items():
    lists = measure.random_lists({0: [1, 2], 7: list(range(30))}, np.array([0, 7]), np.arange(40))
    assert not {1, 2} & set(lists[0].tolist())
    assert sorted(lists[1].tolist()) == [-1] * 10 + list(range(30, 40))


def test_a_gain_is_a_share_of_the_other():
    theirs = np.linspace(0.1, 0.9, 400)
    change = measure.gain(1.1 * theirs, theirs)
    assert [change[key] for key in ("gain", "low", "high")] == pytest.approx([0.1] * 3)


def test_terms_of_items():
    rows = features.terms_of(TABLE, KINDS)
    assert rows[0] == ["kind=a", "tags=x", "tags=y", "price=0", "title=lantern", "title=red"]
    assert rows[1] == ["title=cup", "title=red"]
    assert rows[3] == ["kind=a", "tags=y", "price=4", "title=höhe"]
    matrix = features.matrix_of(rows)
    assert matrix.shape == (4, len({word for row in rows for word in row}))
    assert np.diff(matrix.indptr).tolist() == list(map(len, rows))


def test_peers_are_given_nothing_to_foresee(pairs, tmp_path, monkeypatch):
    table = {"item_id": np.arange(90), "kind": [f"k{item % 7}" for item in range(90)]}
    shop = data.Shop("tiny", pairs.user, pairs.item, pairs.time, True, 300, 90, table, {"kind": "category"})
    export.export(shop, "items", tmp_path / "tiny.npz")
    tested, validation = cell.split_of("items", shop)
    # What settings are chosen on is cut from the training part.
    assert keys(validation.train, validation.stream, validation.launch) <= keys(tested.train)
    with np.load(tmp_path / "tiny.npz") as file:
        arrays = dict(file)
    assert arrays["test_stream_indices"].size == arrays["test_launch_indices"].size == 0
    own, theirs = peers.Part(arrays, "validation"), validation
    assert own.train.nnz == len(theirs.train)
    assert (own.stream.nnz, own.launch.nnz) == (len(theirs.stream), len(theirs.launch))
    # A list holds the best open candidates.
    score = np.random.default_rng(1).random((300, 90))
    lists = own.lists(lambda users: score[users], peers.KINDS)
    user = int(own.users[5])
    for kind in peers.KINDS:
        open_items = np.setdiff1d(own.candidates(kind), own.train[user].indices)
        best = open_items[np.argsort(-score[user, open_items])][: peers.N].tolist()
        assert [item for item in lists[kind][user].tolist() if item >= 0] == best


def test_the_generated_catalogue():
    table, department = latency.generated(2000)
    assert {len(column) for column in table.values()} == {2000}
    assert np.isfinite(table["price"]).all()
    assert table["title"] == latency.generated(2000)[0]["title"]
    pairs = latency.bought(department, 500, 8000)
    assert len(keys(pairs)) == len(pairs) > 5000
    # Users take more of one department than of all others.
    mine = [np.bincount(department[row]).max() / len(row) for row in pairs.rows().values() if len(row) > 5]
    assert np.median(mine) > 0.3


def test_report(tmp_path):
    view = {"users": 50, "recall": 0.25, "ndcg": 0.5, "interval": [0.4, 0.6]}
    views = {name: dict(view) for name in measure.VIEWS}
    views["stream"]["new_shown"] = 0.125
    some = Pairs(np.arange(4), np.arange(4))
    sizes = protocols.Cold(some, some, some, np.arange(3), np.arange(3, 4)).sizes()
    for model, better in (("ItemKNN", 1.0), ("Hybrid(ItemKNN)", 1.25)):
        fits = {"defaults": {"settings": {}, "views": views}, "stream": {"settings": {"k": 7}, "same": "defaults"}}
        here = {"protocol": "items", "data": "x-wines", "library": "recocore", "model": model}
        path = tmp_path / f"items--x-wines--{model}.json"
        path.write_text(json.dumps({**here, "sizes": sizes, "trials": [], "fits": fits}))
        values: dict[str, Any] = {f"defaults_{name}": better * np.linspace(0.1, 0.5, 50) for name in measure.VIEWS}
        np.savez(path.with_suffix(".npz"), **values)
    points = [{"support": support, "among_all": view, "among_them": view} for support in (0, 5)]
    here = {"protocol": "support", "data": "x-wines", "library": "recocore", "model": "ItemKNN"}
    (tmp_path / "support--x-wines--ItemKNN.json").write_text(json.dumps({**here, "curve": points}))
    report.write_report(tmp_path)
    text = (tmp_path / "cold_start.md").read_text()
    assert "| **Hybrid(ItemKNN)** | .2500 / .5000 |" in text
    assert "12.5 %" in text
    assert "Hybrid(ItemKNN) against ItemKNN, defaults: NDCG stream +25.0 % [+25.0, +25.0]" in text
    assert "| **ItemKNN** | .5000 / .5000 | .5000 / .5000 |" in text


def test_who_is_told(pairs):
    part = protocols.item_disjoint(pairs, seed=3)
    table = {"item_id": np.arange(90), "kind": [f"k{item % 7}" for item in range(90)]}
    shop = data.Shop("tiny", pairs.user, pairs.item, pairs.time, True, 300, 90, table, {"kind": "category"})
    takers = audience.wanted(part)
    assert takers
    new = next(iter(takers))
    told = audience.recent_buyers("kind")(part, shop)(new)
    alike = part.train.item % 7 == new % 7
    last = {user: part.train.time[alike & (part.train.user == user)].max() for user in set(part.train.user[alike])}
    assert len(told) == audience.TOLD
    assert min(last[user] for user in told) >= max(last[user] for user in set(last) - set(told.tolist()))
    everything = audience.rates(lambda item: np.array(sorted(takers[item])[: audience.TOLD]), part)
    assert everything["hit_rate"] == pytest.approx(np.mean([min(len(u), audience.TOLD) for u in takers.values()]) / 50)
