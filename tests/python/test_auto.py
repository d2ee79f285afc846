"""The best model, found by itself."""

from __future__ import annotations

import numpy as np
import pytest
import recocore as rc
from recocore.auto import family
from recocore.errors import InvalidParameterError


@pytest.fixture(scope="module")
def market() -> rc.Interactions:
    """Two kinds of people, so that popularity is not all."""
    random = np.random.default_rng(5)
    users = np.repeat(np.arange(100), 8)
    items = np.concatenate([random.choice(30, 8, replace=False) + 30 * (user % 2) for user in range(100)])
    return rc.Interactions.from_arrays(users, items, timestamp=random.integers(10**9, 2 * 10**9, len(users)))


@pytest.fixture(scope="module")
def found(market) -> rc.AutoResult:
    return rc.auto(market, seconds=None, trials=3)


def test_the_model_is_the_best_of_the_trials(market, found):
    best = found.tuning.best_trial
    assert found.model.interactions_ == market
    assert found.tuning.best_model is found.model
    assert best.model.startswith("Blend of ") == isinstance(found.model, rc.Blend)
    if not isinstance(found.model, rc.Blend):
        assert {name: getattr(found.model, name) for name in best.parameters} == best.parameters
    tried = {trial.model for trial in found.tuning.trials}
    assert set(family(market, exclude_seen=True)) <= tried
    assert any(name.startswith("Blend of ") for name in tried)
    assert len(found.model.recommend(3, n=5).item_id) == 5


def test_the_report(found):
    best = found.tuning.best_trial
    assert repr(found) == found.report
    assert found.report.startswith(f"The best is {best.model}: ndcg@20 {best.value:.4f}")
    for words in ("What was tried, best first:", "It leads Popularity by", "95 % interval", "MB beside", "Next:"):
        assert words in found.report


def test_the_same_every_time(market, found):
    again = rc.auto(market, seconds=None, trials=3, n_jobs=1)
    assert [(one.model, one.parameters, one.value) for one in again.tuning.trials] == [
        (one.model, one.parameters, one.value) for one in found.tuning.trials
    ]
    assert again.model.recommend(3) == found.model.recommend(3)


def test_better_than_popularity(found):
    values = {trial.model: trial.value for trial in found.tuning.trials}
    assert found.tuning.best_value > values["Popularity"]


@pytest.mark.parametrize(
    "events",
    [
        {"user_id": [1], "item_id": ["tea"]},
        {"user_id": [1, 1, 2], "item_id": ["tea", "pot", "tea"]},
        {"user_id": [1, 2, 3, 4, 5, 1, 2, 3, 4, 5], "item_id": list("aaaaabbbcc")},
    ],
    ids=len,
)
@pytest.mark.parametrize("times", [True, False])
def test_tiny_data(events, times):
    stamps = list(range(len(events["user_id"]))) if times else None
    data = rc.Interactions.from_arrays(events["user_id"], events["item_id"], timestamp=stamps)
    result = rc.auto(data, seconds=None, trials=1)
    assert result.model.interactions_ == data
    assert len(result.model.recommend(99, n=1).item_id) == 1
    assert result.report


def test_hardly_any_time(market):
    # Not even the second model is begun; the first always is.
    result = rc.auto(market, seconds=1e-9)
    assert [trial.model for trial in result.tuning.trials] == ["Popularity"]
    assert isinstance(result.model, rc.Popularity)
    assert "no time was left for ItemKNN" in result.report


def test_hardly_any_memory(market):
    limit = rc.Popularity().estimate_fit_memory(market)
    result = rc.auto(market, seconds=None, trials=2, memory_limit=limit)
    assert isinstance(result.model, rc.Popularity)
    assert "ItemKNN: not finished. MemoryLimitError" in result.report
    assert "larger memory_limit" in result.report


def test_a_part_of_ones_own(market):
    train, test = rc.split.random(market, 0.2)
    result = rc.auto(train, seconds=None, trials=0, split=(train, test), metric="recall@5")
    value = next(trial.value for trial in result.tuning.trials if trial.model == "Popularity")
    assert value == pytest.approx(rc.evaluate(rc.Popularity(), train, test, n=5).recall)


def test_people_who_buy_again(market):
    assert "NextBasket" not in family(market, exclude_seen=True)
    without_times = rc.Interactions.from_sparse(market.to_csr())
    assert not {"SessionKNN", "NextBasket"} & set(family(without_times, exclude_seen=False))
    assert ("NextBasket" in family(market, exclude_seen=False)) == hasattr(rc, "NextBasket")


@pytest.mark.parametrize(
    "given", [{"seconds": 0}, {"trials": -1}, {"metric": "auc"}, {"seed": -1}, {"memory_limit": 0}]
)
def test_what_makes_no_sense(given, market):
    with pytest.raises(InvalidParameterError):
        rc.auto(market, **{"seconds": None, "trials": 0, **given})
