"""The scoreboard: its splits, its report, and that it agrees with the library."""

from __future__ import annotations

import json

import numpy as np
import pytest
import recocore as rc
import scipy.sparse as sp

from benchmarks.accuracy import data, peers, report
from benchmarks.accuracy.contestants import BLENDS, CONTESTANTS
from benchmarks.accuracy.published import PUBLISHED
from benchmarks.accuracy.starts import STARTS


@pytest.fixture
def train() -> rc.Interactions:
    random = np.random.default_rng(5)
    pairs = np.unique(random.integers(0, (90, 60), (1500, 2)), axis=0)
    return rc.Interactions.from_arrays(pairs[:, 0] + 10, pairs[:, 1] * 3, duplicates="binary")


def pairs_of(interactions: rc.Interactions) -> set[tuple[int, int]]:
    rows, columns = interactions.to_csr().nonzero()
    return set(zip(interactions.users[rows].tolist(), interactions.items[columns].tolist(), strict=True))


def test_stretches_put_a_stretch_of_each_row_aside(train):
    split = data.stretches("gowalla_m1", train)
    assert split.test is not None
    assert not pairs_of(split.train) & pairs_of(split.test)
    assert pairs_of(split.train) | pairs_of(split.test) == pairs_of(train)  # fewer users than are sampled
    for user in train.users.tolist():
        row = train.items_of(user).tolist()
        aside = split.test.items_of(user).tolist() if user in split.test.users else []
        assert len(aside) == (max(1, round(len(row) * data.STRETCH)) if len(row) >= 5 else 0)
        if aside:
            begin = row.index(aside[0])
            assert row[begin : begin + len(aside)] == aside


def test_last_sessions_are_whole_and_later():
    random = np.random.default_rng(2)
    session = np.sort(random.integers(0, 200, 1000))
    clicks = data.sessions_of(session, random.integers(0, 30, 1000), np.arange(1000))
    split = data.last_sessions("diginetica", clicks)
    aside = set(clicks.users.tolist()) - set(split.train.users.tolist())
    assert len(aside) == int(clicks.n_users * data.VALIDATION)
    assert min(aside) > max(split.train.users.tolist())
    assert len(split.histories) == len(split.targets) > 0


def test_settings_are_parameters_of_the_models():
    for (name, split), settings in STARTS.items():
        assert split in {*data.SPLITS, "*"}
        for one in settings:
            rc.__dict__[name](**one)
    for name in BLENDS:
        assert name in data.SPLITS
    for contestant in CONTESTANTS.values():
        assert set(contestant.splits) <= set(data.SPLITS)
    assert set(PUBLISHED) <= set(data.SPLITS)


def test_peers_are_judged_like_our_own(train):
    fit_part, validation = rc.split.random(train, test_fraction=0.2, seed=3)
    model = rc.ItemKNN().fit(fit_part)
    shape = (200, 200)

    def matrix(interactions: rc.Interactions) -> sp.csr_matrix:
        rows, columns = interactions.to_csr().nonzero()
        ones = np.ones(rows.size, dtype=np.float32)
        return sp.csr_matrix((ones, (interactions.users[rows], interactions.items[columns])), shape=shape)

    lists = np.full((shape[0], peers.N), -1)
    for user in validation.users.tolist():
        found = model.recommend(user, n=peers.N).item_id
        lists[user, : len(found)] = found
    ours = rc.evaluate(model, fit_part, validation, n=peers.N).ndcg
    assert peers.ndcg(lists, matrix(validation)) == pytest.approx(ours, abs=1e-12)


def test_dense_scores_of_peers_leave_the_row_out():
    rows = sp.csr_matrix(np.eye(3, 40, dtype=np.float32))
    lists = peers.dense_scores(lambda part: np.tile(np.arange(40.0)[::-1], (part.shape[0], 1)), rows)
    assert lists[0].tolist() == list(range(1, 21))
    assert lists[2].tolist() == [0, 1, *range(3, 21)]


def test_report(tmp_path):
    measured = {
        "settings": {"k": 7, "alpha": 0.123456},
        "metrics": {"recall": 0.25, "ndcg": 0.5},
        "intervals": {"recall": [0.2, 0.3], "ndcg": [0.4, 0.6]},
        "fit_seconds": 1.25,
        "fit_mib": 12.0,
        "list_milliseconds": 0.5,
    }
    for library, model in (("recocore", "ItemKNN"), ("implicit", "als")):
        cell = {"split": "yelp2018_m1", "library": library, "model": model, "defaults": measured, "tuned": measured}
        (tmp_path / f"yelp2018_m1--{library}-{model}.json").write_text(json.dumps(cell))
    report.write_report(tmp_path)
    text = (tmp_path / "scoreboard.md").read_text()
    assert "### Yelp2018" in text
    assert "| **ItemKNN** | .2500 / .5000 | .2500 | .5000 [.4000, .6000] | 1.2 | 12 | 0.50 | k=7, alpha=0.123 |" in text
    assert "| implicit als |" in text
    assert "GraphFilter=0.25" in report.written({**measured, "weights": {"GraphFilter": 0.25}})
    assert "XSimGCL, published (its paper)" in text
    assert (tmp_path / "scoreboard.svg").stat().st_size > 1000
    assert len(json.loads((tmp_path / "scoreboard.json").read_text())) == 2
