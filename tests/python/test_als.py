"""ALS beside a dense implementation in NumPy: factors, fold-in, loss, parameters."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import recocore as rc
import scipy.sparse as sp
from recocore import _core


def frequencies(weights, alpha0):
    return weights.sum(axis=1) + alpha0 * weights.shape[1]


def strength(weights, regularization, alpha0, exponent):
    """lambda, so that the mean penalty is the regularization."""
    all_of_them = np.concatenate([frequencies(weights, alpha0), frequencies(weights.T, alpha0)])
    return regularization / (all_of_them**exponent).mean()


def solve_rows(weights, factors, alpha0, ridge):
    """The minimum for each row, the vectors of the columns given."""
    rows = []
    for row, penalty in zip(weights, ridge, strict=True):
        left = (factors.T * (row + alpha0)) @ factors + penalty * np.eye(factors.shape[1])
        rows.append(np.linalg.solve(left, factors.T @ row))
    return np.array(rows)


def loss(weights, users, items, alpha0, ridges):
    scores = users @ items.T
    penalties = [
        (ridge * (vectors**2).sum(axis=1)).sum() for ridge, vectors in zip(ridges, (users, items), strict=True)
    ]
    return (weights * (1 - scores) ** 2).sum() + alpha0 * (scores**2).sum() + sum(penalties)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("binary", [True, False])
def test_vectors_are_the_solutions(random_matrix, exponent, binary):
    weights = random_matrix.toarray()
    weights = (weights > 0).astype(float) if binary else weights
    model = rc.ALS(factors=8, epochs=40, unobserved_weight=0.3, regularization=0.5, frequency_exponent=exponent)
    model.fit(sp.csr_array(weights))
    items, users = model.item_factors_.astype(float), model.user_factors_.astype(float)
    assert items.shape == (40, 8)
    assert users.shape == (80, 8)
    assert model.item_factors_.dtype == np.float32
    scale = strength(weights, 0.5, 0.3, exponent)
    ridges = [scale * frequencies(matrix, 0.3) ** exponent for matrix in (weights, weights.T)]
    np.testing.assert_allclose(users, solve_rows(weights, items, 0.3, ridges[0]), atol=1e-4)
    # At rest: what NumPy makes of it in ten more passes has next to no less loss.
    before = loss(weights, users, items, 0.3, ridges)
    for _ in range(10):
        items = solve_rows(weights.T, users, 0.3, ridges[1])
        users = solve_rows(weights, items, 0.3, ridges[0])
    assert before * 0.995 < loss(weights, users, items, 0.3, ridges) <= before * (1 + 1e-6)


def test_scores_are_products_and_histories_are_users(random_matrix):
    model = rc.ALS(factors=8, epochs=5, regularization=0.3).fit(random_matrix > 0)
    scores = model.user_factors_ @ model.item_factors_.T
    for user in (0, 7, 33):
        own = model.recommend(user, n=40, exclude_seen=False)
        by_model = [entry for entry in own if entry.tier == "collaborative"]
        assert len(by_model) == (scores[user] > 0).sum()
        for entry in by_model:
            assert entry.score == pytest.approx(scores[user, entry.item_id], rel=1e-4)
        assert [entry.item_id for entry in by_model[:5]] == np.argsort(-scores[user])[:5].tolist()
        history = model.interactions_.items_of(user)
        bare = model.recommend(history=history, n=40, exclude_seen=False)
        assert bare.item_id.tolist() == own.item_id.tolist()
        assert bare.score.tolist() == own.score.tolist()


def test_it_finds_groups():
    random = np.random.default_rng(1)
    group = random.integers(0, 4, 400)
    users = np.repeat(np.arange(400), 6)
    items = group[users] * 30 + random.integers(0, 30, users.size)
    inter = rc.Interactions.from_arrays(users, items, duplicates="binary")
    model = rc.ALS(factors=8, regularization=1).fit(inter)
    lists = model.recommend(range(400), n=10)
    right = lists.item_id // 30 == np.repeat(group, 10)
    assert right.mean() > 0.98


def test_seed_threads_and_blocks(random_matrix):
    def factors(**parameters):
        return rc.ALS(factors=6, epochs=3, regularization=1, **parameters).fit(random_matrix).item_factors_

    expected = factors(n_jobs=1)
    assert factors(n_jobs=2).tobytes() == factors(n_jobs=7).tobytes() == expected.tobytes()
    assert factors(block_size=6).tobytes() == expected.tobytes()
    assert factors(block_size=2).tobytes() != expected.tobytes()
    assert factors(seed=1).tobytes() != expected.tobytes()


def test_pickle(random_matrix):
    model = rc.ALS(factors=4, epochs=2, regularization=1).fit(random_matrix)
    again = pickle.loads(pickle.dumps(model))
    assert again.get_params() == model.get_params()
    assert again.item_factors_.tobytes() == model.item_factors_.tobytes()
    assert again.user_factors_.tobytes() == model.user_factors_.tobytes()
    assert again.recommend([3, 4], n=5) == model.recommend([3, 4], n=5)
    assert again.recommend(history=[1, 2], n=5) == model.recommend(history=[1, 2], n=5)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"factors": 0}, "factors must be a whole number of at least 1; got 0"),
        ({"factors": 5000}, "factors must be from 1 to 4096; got 5000"),
        ({"epochs": 0}, "epochs must be"),
        ({"regularization": 0}, "regularization must be a number above 0"),
        ({"unobserved_weight": -1}, "unobserved_weight must be a number above 0"),
        ({"frequency_exponent": 3}, "frequency_exponent must be from 0 to 2"),
        ({"block_size": 0}, "block_size must be"),
        ({"init_scale": 0}, "init_scale must be a number above 0"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"regularization": "1"}, "regularization must be a finite number"),
    ],
)
def test_bad_parameters(random_matrix, parameters, message):
    with pytest.raises(rc.errors.InvalidParameterError, match=message):
        rc.ALS(**parameters).fit(random_matrix)


def test_bad_data_and_limits(random_matrix):
    with pytest.raises(rc.errors.InvalidDataError, match=r"ALS needs weights above 0; user 7 has -1.000000 for item 2"):
        rc.ALS().fit(rc.Interactions.from_arrays([7, 7], [1, 2], [1.0, -1.0]))
    needed = rc.ALS(n_jobs=1).estimate_fit_memory(random_matrix)
    rc.ALS(n_jobs=1, epochs=1, memory_limit=needed).fit(random_matrix)
    with pytest.raises(rc.errors.MemoryLimitError, match="fewer factors or threads need less"):
        rc.ALS(n_jobs=1, memory_limit=needed - 1).fit(random_matrix)
    with pytest.raises(rc.errors.DeadlineExceededError):
        rc.ALS(epochs=100_000, time_limit=0.05).fit(random_matrix)


def test_factors_are_of_als_only(model):
    with pytest.raises(rc.errors.InvalidParameterError, match="'item_knn', not 'als'"):
        _core.als_item_factors(model.model_)
