"""What is fitted can be stored and sent."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import recocore as rc
import scipy.sparse as sp
from recocore import _core

from tests.python.brute_force import SIMILARITIES


def again(thing):
    return pickle.loads(pickle.dumps(thing))


def test_interactions(shop, events, random_matrix):
    variants = [
        shop,
        rc.Interactions.from_table(events),
        rc.Interactions.from_table(events, timestamp="timestamp", half_life=2, duplicates="max"),
        rc.Interactions.from_arrays([1, 1, 2, 3], [1, 1, 2, 2], min_users_per_item=2),
        rc.Interactions.from_sparse(random_matrix),
        rc.Interactions.from_sparse(sp.csr_array(np.ones((2, 3)))),
        rc.Interactions.from_sparse(sp.csr_array(np.diag([1.0, 0, 3])), duplicates="max"),
    ]
    for interactions in variants:
        restored = again(interactions)
        assert restored == interactions
        assert restored.report == interactions.report
        assert restored._core.to_bytes() == interactions._core.to_bytes()


def test_history_is_kept(shop, events):
    part = rc.Interactions._from_core(shop._core, history=rc.Interactions.from_table(events))
    assert again(part).history == part.history


@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("restored", [again, copy.deepcopy], ids=["pickle", "deepcopy"])
def test_item_knn(random_matrix, similarity, restored):
    model = rc.ItemKNN(k=5, similarity=similarity).fit(random_matrix)
    other = restored(model)
    assert other.get_params() == model.get_params()
    assert other.interactions_ == model.interactions_
    assert other.recommend(range(80), n=40) == model.recommend(range(80), n=40)
    assert other.similar_items(2) == model.similar_items(2)
    assert other.fit_seconds_ == model.fit_seconds_


def test_popularity(shop):
    model = rc.Popularity(kind="recent", category="kind").fit(
        shop, items={"item_id": ["cup", "pot", "tea"], "kind": ["ware", "ware", "drink"]}
    )
    other = again(model)
    assert other.top() == model.top()
    assert other.top(category="ware") == model.top(category="ware")


@pytest.mark.parametrize(
    ("users", "items"),
    [
        ([5, 5, -3], [1, 2**40, 2**40]),
        (["é", "b", ""], ["x\ny", "ü", "x\ny"]),
        ([0, 1, 2], ["0", "1", "0"]),
    ],
)
def test_ids_of_all_kinds(users, items):
    model = rc.ItemKNN().fit({"user_id": users, "item_id": items})
    other = again(model)
    assert other.interactions_.users.tolist() == sorted(set(users))
    assert other.recommend(users) == model.recommend(users)


def test_a_pickle_is_a_model_file(model, tmp_path):
    state = model.__getstate__()["model_"]
    (tmp_path / "m.reco").write_bytes(state)
    assert rc.load(tmp_path / "m.reco").recommend("eve") == model.recommend("eve")


def test_not_fitted():
    assert repr(again(rc.ItemKNN(k=3))) == "ItemKNN(k=3)"


def test_joblib(model, tmp_path):
    joblib = pytest.importorskip("joblib")
    joblib.dump(model, tmp_path / "model")
    assert joblib.load(tmp_path / "model").recommend("eve") == model.recommend("eve")


def test_damaged_bytes(model, shop):
    nothing = _core.Ids.from_sequence([], "item id")
    for state, read in (
        (model.model_.to_bytes(), _core.Model.from_bytes),
        (shop._core.to_bytes(), _core.Interactions.from_bytes),
        (rc.Popularity().fit(shop).model_.to_bytes(), _core.Model.from_bytes),
    ):
        for cut in range(len(state)):
            with pytest.raises(rc.errors.InvalidDataError):
                read(state[:cut])
        with pytest.raises(rc.errors.InvalidDataError, match=r"too many|something was added"):
            read(state + b"\0")
        with pytest.raises(rc.errors.InvalidDataError, match=r"version|does not begin like one"):
            read(b"\xff" * len(state))
        random = np.random.default_rng(5)
        for _ in range(2000):
            damaged = bytearray(state)
            damaged[random.integers(len(state))] = random.integers(256)
            try:
                thing = read(bytes(damaged))
            except rc.errors.InvalidDataError:
                continue
            # What was not noticed must at least be sound.
            if isinstance(thing, _core.Model):
                thing.recommend_history(None, nothing, None, 5, True, None, None, "popular", None, None)
            else:
                thing.users()
