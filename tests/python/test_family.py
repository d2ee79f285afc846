"""What holds for every model of the family, whatever its formula."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import numpy as np
import pytest
import recocore as rc
from recocore._base import Recommender
from sklearn.base import clone

#: Models with settings that make them small; in the order of the package.
FAMILY: dict[str, dict[str, Any]] = {
    "ALS": {"factors": 8, "epochs": 3},
    "ContentKNN": {"k": 20},
    "EASE": {},
    "GraphFilter": {"dimensions": 8},
    "Hybrid": {},
    "ItemKNN": {"k": 20},
    "NextBasket": {},
    "P3alpha": {"k": 20},
    "Popularity": {},
    "RP3beta": {"k": 20},
    "SLIM": {},
    "SessionKNN": {},
    "SparseEASE": {"k": 20},
    "UserKNN": {"k": 20},
}


def make(name: str, **changes: Any) -> Recommender:
    return getattr(rc, name)(**{**FAMILY[name], **changes})


def given(name: str, inter: rc.Interactions) -> dict[str, Any]:
    """What a model is fitted on besides interactions."""
    if name not in {"ContentKNN", "Hybrid"}:
        return {}
    items = inter.items.tolist()
    table = {"item_id": items, "size": [float(place % 7) for place in range(len(items))]}
    return {"items": rc.Catalogue.from_table(table, kinds={"size": "number"})}


def events() -> dict[str, Any]:
    """Of 120 users with 40 items, texts for ids; popular items are more popular."""
    random = np.random.default_rng(3)
    item = np.minimum(random.geometric(0.07, 1500) - 1, 39)
    user = random.integers(0, 120, item.size)
    return {
        "user_id": [f"u{u}" for u in user],
        "item_id": [f"i{i:02}" for i in item],
        "timestamp": (np.arange(item.size) * 3600).tolist(),
    }


@pytest.fixture(scope="module")
def shop() -> rc.Interactions:
    return rc.Interactions.from_table(events(), timestamp="timestamp", duplicates="binary")


def test_the_family_is_complete():
    models = {
        name
        for name, value in vars(rc).items()
        if inspect.isclass(value) and issubclass(value, Recommender) and not inspect.isabstract(value)
    }
    # Recommender is another name of Hybrid.
    assert models - {"Blend", "Recommender"} == set(FAMILY)


@pytest.mark.parametrize("name", FAMILY)
def test_any_threads_and_any_order_give_the_same_lists(name, shop):
    users = list(shop.users)
    one = make(name, n_jobs=1).fit(shop, **given(name, shop)).recommend(users, n=12)
    table = events()
    order = np.random.default_rng(0).permutation(len(table["item_id"]))
    shuffled = {column: [values[place] for place in order] for column, values in table.items()}
    again = rc.Interactions.from_table(shuffled, timestamp="timestamp", duplicates="binary")
    assert make(name, n_jobs=3).fit(again, **given(name, again)).recommend(users, n=12) == one


@pytest.mark.parametrize("name", FAMILY)
def test_lists_are_whole_sorted_and_filtered(name, shop):
    model = make(name).fit(shop, **given(name, shop))
    liked = set(shop.items_of("u7"))
    found = model.recommend("u7", n=15, exclude=["i00", "i01"])
    assert len(found) == 15
    assert not liked & set(found.item_id)
    assert not {"i00", "i01"} & set(found.item_id)
    assert len(set(found.item_id)) == 15
    assert np.isfinite(found.score).all()
    assert (np.diff(found.score) <= 0).all()
    only = ["i05", "i06", "i07", "i39"]
    assert sorted(model.recommend("u7", n=9, candidates=only, exclude_seen=False).item_id) == only
    assert (found.tier != "popular").any() or name == "Popularity"


@pytest.mark.parametrize("name", FAMILY)
def test_histories_of_strangers(name, shop):
    model = make(name).fit(shop, **given(name, shop))
    found = model.recommend(history=["i03", "i08", "nobody has this"], n=10)
    assert len(found) == 10
    assert not {"i03", "i08"} & set(found.item_id)
    many = model.recommend_histories([["i03", "i08"], [], ["i11"]], n=10)
    assert many.for_user(0).item_id.tolist() == found.item_id.tolist()
    assert (many.for_user(1).tier == "popular").all()
    assert len(many) == 30


@pytest.mark.parametrize("name", FAMILY)
def test_pickles_and_clones(name, shop):
    model = make(name).fit(shop, **given(name, shop))
    lists = model.recommend(list(shop.users), n=8)
    assert pickle.loads(pickle.dumps(model)).recommend(list(shop.users), n=8) == lists
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    with pytest.raises(rc.errors.NotFittedError):
        copy.recommend("u1")


@pytest.mark.parametrize("name", FAMILY)
def test_limits_and_progress(name, shop):
    model = make(name)
    assert model.estimate_fit_memory(shop, **given(name, shop)) > 0
    with pytest.raises(rc.errors.MemoryLimitError, match="memory"):
        make(name, memory_limit=1).fit(shop, **given(name, shop))
    with pytest.raises(rc.errors.DeadlineExceededError, match="time_limit"):
        make(name, time_limit=1e-9).fit(shop, **given(name, shop))
    make(name, time_limit=3600, memory_limit=2**40).fit(shop, **given(name, shop))


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize(
    "events",
    [
        {"user_id": [1], "item_id": [1], "timestamp": [0]},
        {"user_id": [1, 1, 1], "item_id": [1, 2, 3], "timestamp": [0, 1, 2]},
        {"user_id": [1, 2, 3], "item_id": [1, 1, 1], "timestamp": [0, 1, 2]},
        {"user_id": [1, 1, 2, 2], "item_id": [1, 2, 1, 2], "timestamp": [5, 5, 5, 5]},
        {"user_id": [1, 2], "item_id": [1, 2], "timestamp": [0, 0]},
    ],
    ids=["one pair", "one user", "one item", "all alike", "nothing shared"],
)
def test_tiny_data(name, events):
    inter = rc.Interactions.from_table(events, timestamp="timestamp")
    model = make(name).fit(inter, **given(name, inter))
    for user in inter.users.tolist():
        found = model.recommend(user, n=5, exclude_seen=False)
        assert len(found) == inter.n_items
        assert np.isfinite(found.score).all()


@pytest.mark.parametrize("name", FAMILY)
def test_every_parameter_is_documented_and_tunable_ones_are_parameters(name):
    kind = getattr(rc, name)
    for parameter in inspect.signature(kind).parameters:
        assert parameter in (kind.__doc__ or ""), f"{name} does not say what {parameter} is"
    space: rc.spaces.Space = getattr(kind, "search_space", dict)()
    assert set(space) <= set(inspect.signature(kind).parameters)
    for dimension in space.values():
        assert isinstance(dimension, (rc.spaces.Float, rc.spaces.Int, rc.spaces.Choice, rc.spaces.When))
