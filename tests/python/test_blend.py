"""Several models as one."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import recocore as rc
from recocore.errors import (
    DeadlineExceededError,
    InvalidParameterError,
    MemoryLimitError,
    NotFittedError,
)
from sklearn.base import clone

METHODS = ["score", "standard", "rank"]


@pytest.fixture(scope="module")
def market() -> rc.Interactions:
    """Two kinds of people, each with items of their own, and items everybody takes."""
    random = np.random.default_rng(5)
    users, items, times = [], [], []
    for user in range(200):
        liked = np.r_[np.arange(25) + 25 * (user % 2), np.arange(50, 60)]
        for item in random.choice(liked, 8, replace=False):
            users.append(user)
            items.append(int(item))
            times.append(1_600_000_000 + int(random.integers(10**6)))
    return rc.Interactions.from_arrays(users, items, timestamp=times)


def parts() -> dict[str, rc._base.Recommender]:
    return {"knn": rc.ItemKNN(k=20), "popular": rc.Popularity()}


def by_hand(models, weights, user, n, method="score", depth=500):
    """The textbook, from the lists of the fitted models."""
    sums: dict[int, float] = {}
    for model, weight in zip(models, np.asarray(weights) / np.sum(weights), strict=True):
        lists = model.recommend(user, n=max(n, depth))
        own = lists.tier == "collaborative" if isinstance(model, rc.ItemKNN) else lists.score > 0
        scores = np.asarray(lists.score, dtype=float)[own]
        if method == "score":
            values = scores / scores.max()
        elif method == "standard":
            values = (scores - scores.min()) / scores.std() + 2**-10
        else:
            values = 1 / (60 + np.arange(1, len(scores) + 1))
        for item, value in zip(lists.item_id[own].tolist(), values, strict=True):
            sums[item] = sums.get(item, 0.0) + weight * value
    return sorted(sums.items(), key=lambda pair: (-np.float32(pair[1]), pair[0]))[:n]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("depth", [10, 500])
def test_the_textbook(market, method, depth):
    blend = rc.Blend(parts(), weights=[3, 1], method=method, depth=depth).fit(market)
    fitted = [model.fit(market) for model in parts().values()]
    for user in range(0, 200, 17):
        expected = by_hand(fitted, [3, 1], user, 10, method, depth)
        made = blend.recommend(user)
        np.testing.assert_allclose(made.score, [score for _, score in expected], rtol=1e-4)
        assert made.item_id[0] == expected[0][0]


def test_names_weights_and_parts(market):
    blend = rc.Blend([rc.ItemKNN(), rc.ItemKNN(k=3), rc.Popularity()], weights=[2, 1, 1]).fit(market)
    assert blend.weights_ == {"ItemKNN": 0.5, "ItemKNN 2": 0.25, "Popularity": 0.25}
    again = rc.ItemKNN(k=3).fit(market)
    assert blend.parts_["ItemKNN 2"].recommend(3) == again.recommend(3)
    assert blend.parts_["ItemKNN 2"].get_params()["k"] == 3
    by_name = rc.Blend(parts(), weights={"popular": 1, "knn": 3}).fit(market)
    assert by_name.weights_ == {"knn": 0.75, "popular": 0.25}


def test_fit_leaves_the_models_alone(market):
    model = rc.ItemKNN()
    rc.Blend([model, rc.Popularity()]).fit(market)
    assert not hasattr(model, "model_")


@pytest.mark.parametrize("times", [True, False])
def test_learned_weights(market, times):
    data = market if times else rc.Interactions.from_sparse(market.to_csr())
    blend = rc.Blend(parts(), validation_fraction=0.2, seed=3).fit(data)
    weights = blend.weights_
    assert sum(weights.values()) == pytest.approx(1)
    # On the part put aside nothing it is made of is better.
    split = rc.split.by_time(data, 0.2) if times else rc.split.random(data, 0.2, 3)
    fitted = {name: model.fit(split[0]) for name, model in parts().items()}
    fitted["blend"] = rc.Blend.from_fitted(fitted, weights)
    values = {name: rc.evaluate(model, *split).ndcg for name, model in fitted.items()}
    assert values["blend"] >= max(values["knn"], values["popular"])
    assert values["knn"] > values["popular"]
    assert weights["knn"] > 0.2
    assert rc.Blend(parts(), validation_fraction=0.2, seed=3, n_jobs=1).fit(data).weights_ == weights
    # The models are those of everything.
    assert blend.parts_["knn"].recommend(1) == rc.ItemKNN(k=20).fit(data).recommend(1)


def test_equal_weights_when_there_is_nothing_to_learn_from():
    events = {"user_id": [1, 1, 2], "item_id": [1, 2, 3]}
    assert rc.Blend(parts()).fit(events).weights_ == {"knn": 0.5, "popular": 0.5}
    same_time = rc.Interactions.from_arrays([1, 1, 2], [1, 2, 3], timestamp=[5, 5, 5])
    assert rc.Blend(parts()).fit(same_time).weights_ == {"knn": 0.5, "popular": 0.5}


def test_from_fitted(market):
    fitted = {name: model.fit(market) for name, model in parts().items()}
    blend = rc.Blend.from_fitted(fitted, [3, 1], depth=30)
    assert blend.depth == 30
    assert blend.recommend(7) == rc.Blend(parts(), weights=[3, 1], depth=30).fit(market).recommend(7)
    assert rc.Blend.from_fitted(fitted).weights_ == {"knn": 0.5, "popular": 0.5}
    assert not any(hasattr(model, "model_") for model in blend.models.values())  # type: ignore[union-attr]
    with pytest.raises(NotFittedError, match="'knn' is not fitted"):
        rc.Blend.from_fitted(parts())
    other = rc.ItemKNN().fit({"user_id": [1, 2], "item_id": [1, 1]})
    with pytest.raises(InvalidParameterError, match="must be fitted on the same interactions"):
        rc.Blend.from_fitted([fitted["knn"], other])


def test_blends_in_blends(market):
    inner = rc.Blend(parts(), weights=[1, 1])
    outer = rc.Blend([inner, rc.ItemKNN(similarity="jaccard")], weights=[1, 1], method="rank").fit(market)
    again = pickle.loads(pickle.dumps(outer))
    assert again.recommend(5) == outer.recommend(5)
    assert outer.parts_["Blend"].recommend(5) == inner.fit(market).recommend(5)
    part = outer.parts_["Blend"]
    assert isinstance(part, rc.Blend)
    assert part.weights_ == {"knn": 0.5, "popular": 0.5}


@pytest.mark.parametrize("restored", [lambda model: pickle.loads(pickle.dumps(model)), copy.deepcopy])
def test_pickle(market, restored):
    blend = rc.Blend(parts(), weights=[3, 1], method="standard").fit(market)
    other = restored(blend)
    assert other.weights_ == blend.weights_
    assert other.interactions_ == blend.interactions_
    users = market.users
    assert other.recommend(users) == blend.recommend(users)
    assert list(other.parts_) == ["knn", "popular"]


def test_interactions_are_stored_once(market):
    one = len(pickle.dumps(rc.Popularity().fit(market)))
    two = len(pickle.dumps(rc.Blend([rc.Popularity(), rc.Popularity()], weights=[1, 1]).fit(market)))
    assert two < 1.3 * one


def test_clone_and_parameters(market):
    for models in (parts(), list(parts().values())):
        blend = rc.Blend(models, weights=[1, 2]).fit(market)
        again = clone(blend)
        assert repr(again) == repr(blend)
        assert not hasattr(again, "model_")
        assert again.fit(market).recommend(9) == blend.recommend(9)
    assert blend.get_params()["models"] is models


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"models": []}, "at least one model is needed"),
        ({"models": 3}, "models must be a dict or a list"),
        ({"models": ["knn"]}, "must be a model of recocore"),
        ({"models": {1: rc.ItemKNN()}}, "the name of a model must be a str"),
        ({"weights": [1]}, "one number a model"),
        ({"weights": [1, -1]}, "none below 0"),
        ({"weights": [0, 0]}, "one above"),
        ({"weights": 1}, "one number a model"),
        ({"weights": {"knn": 1, "pop": 1}}, "weights must name the models knn, popular"),
        ({"method": "sum"}, "unknown method of blending 'sum'"),
        ({"depth": 0}, "depth must be"),
        ({"validation_fraction": 1.0}, "validation_fraction must be between 0 and 1"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_what_makes_no_sense(given, message, shop):
    model = rc.Blend(**{"models": parts(), **given})
    with pytest.raises(InvalidParameterError, match=message):
        model.fit(shop)
    assert not hasattr(model, "model_")


@pytest.mark.parametrize("weights", [None, [1, 1]])
def test_limits(market, weights):
    blend = rc.Blend(parts(), weights=weights)
    estimate = blend.estimate_fit_memory(market)
    blend.set_params(memory_limit=estimate).fit(market)
    before = blend.recommend(4)
    with pytest.raises(MemoryLimitError, match=r"fitting Blend needs about .* fewer models need less"):
        blend.set_params(memory_limit=estimate - 1).fit(market)
    with pytest.raises(DeadlineExceededError, match="Blend was not fitted within"):
        blend.set_params(memory_limit=None, time_limit=1e-9).fit(market)
    assert blend.recommend(4) == before


def test_weights_learned_from_parts_of_ones_own(market):
    """When all that comes next is what everybody takes, popularity is the better part."""
    rows = [(user, item) for user in market.users.tolist() for item in range(50, 60)]
    taken = rc.Interactions.from_arrays([user for user, _ in rows], [item for _, item in rows])
    blend = rc.Blend(parts(), validation=(market, taken), exclude_seen=False).fit(market)
    assert blend.weights_["popular"] > 0.5
    assert blend.interactions_ == market
    for wrong in (market, (market,), 3):
        with pytest.raises(InvalidParameterError, match="pair of interactions"):
            rc.Blend(parts(), validation=wrong).fit(market)  # type: ignore[arg-type]
