"""SLIM against the conditions of a minimum, and against a dense coordinate descent."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import recocore as rc
import scipy.sparse as sp


def dense_slim(dense: np.ndarray, l1: float, l2: float, positive: bool) -> np.ndarray:
    """Coordinate descent on residuals, item by item, to the last digit. Column j is the model of j."""
    n_items = dense.shape[1]
    weights = np.zeros((n_items, n_items))
    for j in range(n_items):
        rest = dense[:, j].copy()
        for _ in range(2000):
            before = weights[:, j].copy()
            for i in range(n_items):
                if i == j or not dense[:, i].any():
                    continue
                pull = dense[:, i] @ rest + (dense[:, i] @ dense[:, i]) * weights[i, j]
                shrunk = max(0.0, abs(pull) - l1) / (dense[:, i] @ dense[:, i] + l2)
                new = 0.0 if positive and pull < 0 else np.sign(pull) * shrunk
                rest -= (new - weights[i, j]) * dense[:, i]
                weights[i, j] = new
            if np.abs(weights[:, j] - before).max() < 1e-12:
                break
    return weights


@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize(("l1", "l2"), [(0.0, 2.0), (0.5, 1.0), (3.0, 0.5)])
def test_against_dense(positive, l1, l2):
    random = np.random.default_rng(2)
    # Every two items share a user, so all are candidates.
    dense = np.where(random.random((70, 14)) < 0.5, random.uniform(0.5, 2, (70, 14)), 0.0)
    dense = dense.astype(np.float32).astype(np.float64)
    model = rc.SLIM(l1=l1, l2=l2, positive=positive, candidates=100, tolerance=1e-10, max_iterations=5000)
    model.fit(sp.csr_array(dense))
    expected = dense_slim(dense, l1, l2, positive)
    np.testing.assert_allclose(model.weights_.toarray(), expected, rtol=1e-5, atol=1e-7)
    scores = dense @ expected
    found = model.recommend(3, n=14, exclude_seen=False)
    mine = found.tier == "collaborative"
    items = np.asarray(found.item_id)[mine].astype(int)
    np.testing.assert_allclose(np.asarray(found.score)[mine], scores[3, items], rtol=1e-4)


def test_few_candidates(random_matrix):
    model = rc.SLIM(candidates=3, l1=0.0, l2=1.0).fit(random_matrix)
    assert np.diff(model.weights_.tocsc().indptr).max() == 3
    near = rc.ItemKNN(k=3).fit(random_matrix).similarity_.toarray() > 0
    weights = model.weights_.toarray()
    assert not weights[~near.T].any()
    assert not weights.diagonal().any()


def test_more_l1_fewer_weights(random_matrix):
    counts = [rc.SLIM(l1=l1).fit(random_matrix).weights_.nnz for l1 in (0.0, 1.0, 10.0, 1e9)]
    assert counts[0] > counts[1] > counts[2] >= counts[3] == 0


def test_the_same_bytes_for_any_threads_and_order():
    random = np.random.default_rng(1)
    users, items = random.integers(0, 200, 5000), random.integers(0, 150, 5000)
    weights = random.random(5000)
    results = set()
    for jobs in (1, 2, 7):
        order = random.permutation(5000)
        interactions = rc.Interactions.from_arrays(users[order], items[order], weights[order])
        results.add(rc.SLIM(candidates=30, n_jobs=jobs).fit(interactions).model_.to_bytes())
    assert len(results) == 1


def test_pickle(random_matrix):
    model = rc.SLIM(l1=0.3, l2=2.0, positive=False).fit(random_matrix)
    again = pickle.loads(pickle.dumps(model))
    assert again.get_params() == model.get_params()
    assert again.recommend(range(80), n=40) == model.recommend(range(80), n=40)
    assert again.similar_items(2) == model.similar_items(2)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"l1": -1}, "l1 must be a number from 0 up; got -1"),
        ({"l2": -1}, "l2 must be a number from 0 up; got -1"),
        ({"l2": None}, "l2 must be a finite number; got None"),
        ({"candidates": 0}, "candidates must be a whole number of at least 1; got 0"),
        ({"tolerance": 0}, "tolerance must be a number above 0; got 0"),
        ({"max_iterations": 0}, "max_iterations must be a whole number of at least 1; got 0"),
        ({"positive": 1}, "positive must be True or False; got 1"),
    ],
)
def test_bad_parameters(parameters, message, shop):
    model = rc.SLIM().fit(shop)
    before = model.recommend("eve")
    with pytest.raises(rc.errors.InvalidParameterError, match=message):
        model.set_params(**parameters).fit(shop)
    assert model.recommend("eve") == before
