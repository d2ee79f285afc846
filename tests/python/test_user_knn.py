"""UserKNN against dense matrices written from the formulas."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import recocore as rc
import scipy.sparse as sp

from tests.python.brute_force import SIMILARITIES, VALUE_SIMILARITIES, similarities


def dense_scores(dense: np.ndarray, sim: np.ndarray, k: int, amplification: float) -> np.ndarray:
    """Users by items: sums over the k users most similar to each."""
    kept = np.zeros_like(sim)
    for user in range(len(sim)):
        nearest = np.lexsort((np.arange(len(sim)), -sim[user].astype(np.float32)))[:k]
        kept[user, nearest] = np.where(sim[user, nearest] > 0, sim[user, nearest] ** amplification, 0)
    return kept @ dense


def assert_lists_equal(model: rc.UserKNN, expected: np.ndarray) -> None:
    for user, scores in enumerate(expected):
        found = model.recommend(user, n=len(scores), exclude_seen=False)
        mine = found.tier == "collaborative"
        items = np.asarray(found.item_id)[mine].astype(int)
        np.testing.assert_allclose(np.asarray(found.score)[mine], scores[items], rtol=1e-5)
        assert len(items) == (scores > 0).sum()


@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("k", [3, 100])
@pytest.mark.parametrize(
    "options",
    [{}, {"shrinkage": 2.5, "min_common": 2, "amplification": 0.7}, {"alpha": 0.2, "beta": 0.9}],
    ids=["plain", "strict", "shape"],
)
def test_against_dense(similarity, k, options):
    # Weights that are no round numbers, so that nobody is exactly as similar as another where values are read.
    random = np.random.default_rng(3)
    dense = np.where(random.random((60, 35)) < 0.2, random.uniform(0.5, 3, (60, 35)), 0.0).astype(np.float32)
    dense = dense.astype(np.float64)
    shape = {name: value for name, value in options.items() if name != "amplification"}
    sim = similarities(dense.T, similarity, **shape)
    model = rc.UserKNN(k=k, similarity=similarity, weighting=None, **options).fit(sp.csr_array(dense))
    assert_lists_equal(model, dense_scores(dense, sim, k, options.get("amplification", 2.0)))


@pytest.mark.parametrize("similarity", VALUE_SIMILARITIES)
@pytest.mark.parametrize("weighting", ["tf_idf", "bm25"])
@pytest.mark.parametrize("binary", [False, True])
def test_weightings_against_dense(similarity, weighting, binary, random_matrix):
    dense = random_matrix.toarray()
    dense = (dense > 0).astype(float) if binary else dense
    sim = similarities(dense.T, similarity, weighting=weighting)
    model = rc.UserKNN(k=100, similarity=similarity, weighting=weighting).fit(sp.csr_array(dense))
    assert_lists_equal(model, dense_scores(dense, sim, 100, 2.0))


def test_a_visitor_is_answered_as_a_user(random_matrix):
    model = rc.UserKNN(k=100).fit(random_matrix)
    dense = random_matrix.toarray()
    for user in range(20):
        items = np.flatnonzero(dense[user])
        if not items.size:
            continue
        visitor = model.recommend(history=items, weights=dense[user, items], n=40, exclude_seen=False)
        known = model.recommend(user, n=40, exclude_seen=False)
        expected = dict(zip(known.item_id.tolist(), known.score.tolist(), strict=True))
        for item, score, tier in zip(visitor.item_id, visitor.score, visitor.tier, strict=True):
            if tier == "collaborative":
                # The visitor's nearest neighbour is the user, with a similarity of 1.
                other = expected[item] if expected[item] > 0 else 0.0
                assert score == pytest.approx(other + dense[user, item], rel=1e-5)


def test_the_same_for_any_threads_and_order():
    random = np.random.default_rng(1)
    users, items = random.integers(0, 200, 5000), random.integers(0, 150, 5000)
    weights = random.random(5000)
    lists = []
    for jobs in (1, 2, 7):
        order = random.permutation(5000)
        interactions = rc.Interactions.from_arrays(users[order], items[order], weights[order])
        model = rc.UserKNN(k=20, weighting="bm25", n_jobs=jobs).fit(interactions)
        lists.append(model.recommend(range(200), n=20))
    assert lists[0] == lists[1] == lists[2]


def test_pickle(random_matrix):
    model = rc.UserKNN(k=7, weighting="tf_idf", amplification=1.5).fit(random_matrix)
    again = pickle.loads(pickle.dumps(model))
    assert again.get_params() == model.get_params()
    assert again.recommend(range(80), n=40) == model.recommend(range(80), n=40)


def test_similar_items_are_not_its_business(shop):
    assert not hasattr(rc.UserKNN().fit(shop), "similar_items")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"similarity": "jaccard"}, "weighting 'tf_idf' has no effect with similarity 'jaccard'"),
        ({"k": 0}, "k must be a whole number of at least 1; got 0"),
        ({"similarity": "cos"}, "unknown similarity 'cos'"),
        ({"weighting": "bm25", "similarity": "lift"}, "weighting 'bm25' has no effect with similarity 'lift'"),
        ({"amplification": -1}, "amplification must be from 0 to 10; got -1"),
        ({"amplification": float("nan")}, "amplification must be a finite number; got nan"),
        ({"min_common": 0}, "min_common must be"),
        ({"shrinkage": -1}, "shrinkage must be"),
    ],
)
def test_bad_parameters(parameters, message, shop):
    model = rc.UserKNN().fit(shop)
    before = model.recommend("eve")
    with pytest.raises(rc.errors.InvalidParameterError, match=message):
        model.set_params(**parameters).fit(shop)
    assert model.recommend("eve") == before


def test_negative_weights():
    interactions = rc.Interactions.from_arrays([1, 1, 2, 2], [1, 2, 1, 2], [1, -1, 2, 3])
    rc.UserKNN(weighting=None).fit(interactions)
    with pytest.raises(rc.errors.InvalidDataError, match=r"'jaccard' .* negative weight"):
        rc.UserKNN(similarity="jaccard", weighting=None).fit(interactions)
    with pytest.raises(rc.errors.InvalidDataError, match="'tf_idf' needs weights from 0 up"):
        rc.UserKNN().fit(interactions)
