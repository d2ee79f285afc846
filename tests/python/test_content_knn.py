"""ContentKNN: items known from a table."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import recocore as rc

COUNT = 60


def wines(first: int = 0, count: int = COUNT, seed: int = 1) -> dict[str, list[Any]]:
    random = np.random.default_rng(seed)
    return {
        "item_id": [f"w{i:03}" for i in range(first, first + count)],
        "region": [f"region {i % 6}" for i in range(first, first + count)],
        "colour": [f"colour {c}" for c in random.integers(0, 3, count)],
        "price": random.uniform(5, 50, count).round(2).tolist(),
    }


KINDS = {"region": "category", "colour": "category"}


def events() -> dict[str, list[str]]:
    """Everybody buys wines of one region."""
    random = np.random.default_rng(2)
    pairs = [(u, i) for u in range(150) for i in range(u % 6, COUNT, 6) if random.random() < 0.4]
    return {"user_id": [f"u{u}" for u, _ in pairs], "item_id": [f"w{i:03}" for _, i in pairs]}


@pytest.fixture
def catalogue() -> rc.Catalogue:
    return rc.Catalogue.from_table(wines(), kinds=KINDS)


@pytest.fixture
def model(catalogue: rc.Catalogue) -> rc.ContentKNN:
    return rc.ContentKNN(k=20).fit(events(), items=catalogue)


def test_what_is_chosen_together_says_which_column_counts(model):
    report = model.report_
    assert report.weights["region"] > 0.9
    assert sum(report.weights.values()) == pytest.approx(1)
    assert str(report).startswith("region explains most")
    assert report.columns[0]["lift"] > 3
    assert "region" in report._repr_html_()


def test_lists_are_of_the_same_region(model):
    found = model.recommend(history=["w000"], n=5)
    assert all(int(item[1:]) % 6 == 0 for item in found.item_id)
    assert (found.tier == "content").all()
    similar = model.similar_items("w007", n=5)
    assert all(int(item[1:]) % 6 == 1 for item in similar.item_id)
    assert (similar.tier == "content").all()


def test_new_items_are_in_the_lists_at_once(model):
    before = model.version_
    new = wines(200, 1) | {"region": ["region 0"], "price": [20.0]}
    assert model.add_items(new) is model
    assert model.version_ == before + 1
    assert "w200" in model.recommend(history=["w000", "w006"], n=60).item_id
    assert int(model.recommend(history=["w200"], n=1).item_id[0][1:]) % 6 == 0
    one = {"item_id": "w201", "region": "region 3", "colour": "colour 1", "price": 9.0}
    assert "w201" in model.add_items(one).similar_items("w003", n=20).item_id
    assert len(model.catalogue_) == COUNT + 2


def test_retired_items_are_not_recommended(model):
    assert model.retire_items(["w006", "w012"]) is model
    found = model.recommend(history=["w000"], n=COUNT)
    assert not {"w006", "w012"} & set(found.item_id)
    assert len(model.recommend(history=["w006"], n=5)) == 5
    with pytest.raises(rc.errors.UnknownIdError):
        model.retire_items("nothing")


def test_why_two_items_are_alike(model):
    match = model.explain_pair("w000", "w006")
    assert match.columns[0]["column"] == "region"
    assert match.columns[0]["fact"] == "same region: region 0"
    assert match.score == pytest.approx(sum(row["share"] for row in match.columns))
    assert str(match).startswith("same region: region 0")
    with pytest.raises(rc.errors.UnknownIdError, match="nothing"):
        model.explain_pair("w000", "nothing")


def test_weights_by_hand(catalogue):
    model = rc.ContentKNN(column_weights={"price": 0.5, "region": 0}).fit(events(), items=catalogue)
    weights = model.report_.weights
    assert weights["price"] == 0.5
    assert weights["region"] == 0
    assert weights["colour"] == pytest.approx(0.5)
    with pytest.raises(rc.errors.InvalidParameterError, match="'prize'"):
        rc.ContentKNN(column_weights={"prize": 1}).fit(events(), items=catalogue)
    with pytest.raises(rc.errors.InvalidParameterError, match="column_weights"):
        rc.ContentKNN(column_weights=3).fit(events(), items=catalogue)  # type: ignore[arg-type]


def test_a_fit_without_items_or_that_fails_changes_nothing(model, catalogue):
    before = model.recommend("u1")
    with pytest.raises(rc.errors.InvalidParameterError, match="items=table"):
        model.fit(events())
    with pytest.raises(rc.errors.MemoryLimitError):
        model.set_params(memory_limit=10).fit(events(), items=catalogue)
    assert model.recommend("u1") == before
    assert model.estimate_fit_memory(events(), items=catalogue) > 10


def test_pickles_with_what_was_added_and_retired(model):
    model.add_items(wines(100, 5, seed=4)).retire_items(["w003"])
    again = pickle.loads(pickle.dumps(model))
    users = [f"u{u}" for u in range(150)]
    assert again.recommend(users, n=30) == model.recommend(users, n=30)
    assert again.catalogue_.retired.tolist() == ["w003"]
    assert str(again.report_) == str(model.report_)
    again.add_items(wines(300, 1))
    assert len(again.catalogue_) == COUNT + 6
