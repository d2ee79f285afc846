"""GraphFilter beside a twin in NumPy and SciPy; parameters and limits."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import recocore as rc
import scipy.sparse as sp
from scipy.sparse.linalg import svds


def powers(sums, exponent):
    return np.where(sums > 0, np.maximum(sums, 1e-300) ** exponent, 0.0)


def scores_of(matrix, model):
    """The scores of all users by the formula, with SciPy's singular vectors."""
    dense = matrix.toarray()
    n_u, n_i = dense.sum(1), dense.sum(0)

    def gram(power):
        inner = (dense * powers(n_u, -model.user_exponent)[:, None]).T @ dense
        scaled = powers(n_i, -model.history_exponent)[:, None] * inner**power
        return scaled * powers(n_i, -model.candidate_exponent)

    graph = gram(model.power)
    if model.k is not None:
        graph[np.argsort(-graph, axis=0)[model.k :], np.arange(len(graph))] = 0
    if model.dimensions:
        normal = powers(n_u, -0.5)[:, None] * dense * powers(n_i, -0.5)
        _, s, v = svds(normal, k=model.dimensions, random_state=0)
        damping = 1 - model.low_pass_damping * (s / s.max()) ** 2
        smooth = (v.T * damping) @ v
        smooth *= powers(n_i, -model.low_pass_history_exponent)[:, None]
        smooth *= powers(n_i, model.low_pass_candidate_exponent)
        graph = graph + model.low_pass_weight * smooth
    term = total = dense @ graph
    if model.sharpening:
        for m in range(1, model.sharpening_order + 1):
            term = term @ gram(1.0) * (-model.sharpening / m)
            total = total + term
    return total


@pytest.fixture
def weighted() -> sp.csr_array:
    """90 users, 60 items, no two weights alike; a user and an item without any."""
    random = np.random.default_rng(3)
    dense = random.uniform(0.5, 3, (90, 60)) * (random.random((90, 60)) < 0.15)
    dense[7, :] = 0
    dense[:, 4] = 0
    return sp.csr_array(dense.astype(np.float32).astype(np.float64))


@pytest.mark.parametrize(
    "parameters",
    [
        {"dimensions": 12},
        {"dimensions": 0, "k": 6},
        {"dimensions": 20, "low_pass_weight": 1.5, "low_pass_damping": 0.8, "power": 0.7},
        {"dimensions": 9, "history_exponent": 0.6, "user_exponent": 0.4, "candidate_exponent": 0.3},
        {"dimensions": 9, "low_pass_history_exponent": 0.7, "low_pass_candidate_exponent": 0.2},
        {"dimensions": 10, "low_pass_weight": 0.2, "sharpening": 2.5},
        {"dimensions": 10, "low_pass_weight": 0.2, "sharpening": 0.8, "sharpening_order": 1},
    ],
)
def test_lists_are_those_of_the_formula(weighted, parameters):
    model = rc.GraphFilter(**parameters).fit(weighted)
    expected = scores_of(weighted, model)
    lists = model.recommend(range(90), n=60, exclude_seen=False)
    assert len(lists) == 90 * 60
    ours = lists.score.reshape(90, 60)
    items = lists.item_id.reshape(90, 60)
    ranked = (lists.tier == "collaborative").reshape(90, 60)
    for user in range(90):
        if user == 7:
            continue
        n = int(ranked[user].sum())
        theirs = expected[user, items[user, :n]]
        np.testing.assert_allclose(ours[user, :n], theirs, rtol=1e-3, atol=2e-5)
        assert (expected[user, items[user, n:]] < 2e-5).all()


def test_factors_are_those_of_scipy(weighted):
    model = rc.GraphFilter(dimensions=15).fit(weighted)
    n_u, n_i = weighted.sum(1), weighted.sum(0)
    normal = sp.diags_array(powers(n_u, -0.5)) @ weighted @ sp.diags_array(powers(n_i, -0.5))
    _, s, v = svds(normal.tocsr(), k=15, random_state=0)
    np.testing.assert_allclose(model.singular_values_, s[::-1], rtol=1e-5)
    vectors = model.item_factors_
    assert vectors.shape == (60, 15)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors @ vectors.T, v.T @ v, atol=1e-3)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(15), atol=1e-5)
    assert (np.abs(vectors).max(0) == vectors.max(0)).all()


def test_dimensions_by_default():
    random = np.random.default_rng(5)
    dense = (random.random((100, 70)) < 0.3).astype(float)
    assert rc.GraphFilter().fit(sp.csr_array(dense)).singular_values_.shape == (70 // 16,)
    assert rc.GraphFilter().fit(sp.csr_array(dense[:40])).singular_values_.shape == (40 // 16,)


def test_weights(weighted):
    model = rc.GraphFilter(dimensions=0, k=5).fit(weighted)
    weights = model.weights_
    assert weights.shape == (60, 60)
    assert weights.has_sorted_indices
    assert (np.diff(weights.tocsc().indptr) <= 5).all()
    assert model.singular_values_.shape == (0,)
    assert model.item_factors_.shape == (60, 0)


@pytest.mark.parametrize("parameters", [{"dimensions": 6}, {"dimensions": 0, "k": 3}, {"sharpening": 1.0}])
def test_pickle(weighted, parameters):
    model = rc.GraphFilter(**parameters).fit(weighted)
    again = pickle.loads(pickle.dumps(model))
    assert again.get_params() == model.get_params()
    assert again.recommend(range(90)) == model.recommend(range(90))
    np.testing.assert_array_equal(again.item_factors_, model.item_factors_)


def test_same_for_any_threads(weighted):
    models = [rc.GraphFilter(dimensions=30, n_jobs=jobs).fit(weighted) for jobs in (1, 2, 5)]
    assert len({model.model_.to_bytes() for model in models}) == 1


@pytest.mark.parametrize(
    ("users", "items"),
    [([1], [1]), ([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [1, 1, 1]), ([1, 1, 2, 2, 3, 3], [1, 2, 1, 2, 1, 2])],
    ids=["one event", "one user", "one item", "identical rows"],
)
def test_degenerate_data(users, items):
    for sharpening in (0.0, 1.0):
        model = rc.GraphFilter(sharpening=sharpening).fit({"user_id": users, "item_id": items})
        everything = model.recommend(users[0], n=5, exclude_seen=False)
        assert sorted(everything.item_id.tolist()) == sorted(set(items))
        assert np.isfinite(everything.score).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"k": 0}, "k must be a whole number of at least 1; got 0"),
        ({"k": 1.5}, "k must be"),
        ({"dimensions": -1}, "dimensions must be a whole number of at least 0"),
        ({"history_exponent": 3}, "history_exponent must be from"),
        ({"user_exponent": "1"}, "user_exponent must be a finite number"),
        ({"candidate_exponent": float("nan")}, "candidate_exponent must be a finite number"),
        ({"power": 0}, "power must be from"),
        ({"low_pass_weight": -1}, "low_pass_weight must be from"),
        ({"low_pass_history_exponent": 5}, "low_pass_history_exponent must be from"),
        ({"low_pass_candidate_exponent": None}, "low_pass_candidate_exponent must be a finite number"),
        ({"low_pass_damping": float("inf")}, "low_pass_damping must be a finite number"),
        ({"sharpening": 1e4}, "sharpening must be from"),
        ({"sharpening_order": 17}, "sharpening_order must be from 1 to 16; got 17"),
        ({"sharpening_order": 0}, "sharpening_order must be a whole number of at least 1"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_bad_parameters(weighted, parameters, message):
    with pytest.raises(rc.errors.InvalidParameterError, match=message):
        rc.GraphFilter(**parameters).fit(weighted)


def test_negative_weights():
    interactions = rc.Interactions.from_arrays([1, 1, 2, 2], [1, 2, 1, 2], [1, -1, 2, 3])
    with pytest.raises(rc.errors.InvalidDataError, match="GraphFilter needs weights from 0 up"):
        rc.GraphFilter().fit(interactions)


def test_limits(weighted):
    model = rc.GraphFilter(dimensions=20)
    need = model.estimate_fit_memory(weighted)
    assert need > 60 * 20 * 4
    model.set_params(memory_limit=need).fit(weighted)
    with pytest.raises(rc.errors.MemoryLimitError, match="fitting GraphFilter"):
        model.set_params(memory_limit=need - 1).fit(weighted)
    with pytest.raises(rc.errors.DeadlineExceededError):
        model.set_params(memory_limit=None, time_limit=1e-9).fit(weighted)
