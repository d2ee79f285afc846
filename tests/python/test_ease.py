"""EASE and SparseEASE beside NumPy: the weights, the lists, the manners."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import recocore as rc
import scipy.sparse as sp
from sklearn.base import clone

SETTINGS = [
    {"l2": 5.0},
    {"l2": 50.0, "user_exponent": 0.5},
    {"l2": 5.0, "count_exponent": 0.7},
    {"l2": 5.0, "candidate_exponent": 0.4},
    {"l2": 1.0, "dropout": 0.3},
    {"l2": 5.0, "diagonal": 0.1},
    {"l2": 5.0, "diagonal": 1.0},
    {
        "l2": 2.0,
        "user_exponent": 1.0,
        "count_exponent": 0.5,
        "candidate_exponent": -0.3,
        "dropout": 0.2,
        "diagonal": 0.2,
    },
]
MODELS = [rc.EASE, rc.SparseEASE]


def regularised(dense, *, l2, user_exponent=0.0, count_exponent=0.0, candidate_exponent=0.0, dropout=0.0, diagonal=0.0):
    """G + L, the diagonal of L, the scales of candidates, and the diagonal that is allowed."""
    occurs = (dense != 0).astype(float)
    of_user, of_item = occurs.sum(axis=1), np.maximum(occurs.sum(axis=0), 1)
    weight = np.where(of_user > 0, np.maximum(of_user, 1) ** -user_exponent, 0)
    weight *= occurs.sum() / (weight * of_user).sum()
    relative = of_item / (occurs.sum() / dense.shape[1])
    gram = dense.T @ (weight[:, None] * dense)
    penalty = l2 * relative**count_exponent + dropout / (1 - dropout) * np.diag(gram)
    return gram + np.diag(penalty), penalty, relative**-candidate_exponent, diagonal


def column_of(system, j, support):
    """The weights of the items of ``support`` and of j itself in the score of j."""
    matrix, penalty, scale, diagonal = system
    places = np.append(support, j)
    inverse = np.linalg.inv(matrix[np.ix_(places, places)])
    ridge = 1 - penalty[j] * inverse[-1, -1]
    multiplier = penalty[j] if ridge <= diagonal else (1 - diagonal) / inverse[-1, -1]
    column = np.zeros(len(matrix))
    column[places] = -inverse[:, -1] * multiplier
    column[j] += 1
    return column * scale[j]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_ease_is_the_formula(random_matrix, settings):
    dense = random_matrix.toarray()
    for matrix in (dense, (dense != 0).astype(float)):
        system = regularised(matrix, **settings)
        items = np.arange(matrix.shape[1])
        expected = np.column_stack([column_of(system, j, np.delete(items, j)) for j in items])
        model = rc.EASE(**settings).fit(sp.csr_array(matrix))
        np.testing.assert_allclose(model.weights_, expected, atol=1e-4)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_sparse_ease_is_the_formula(random_matrix, settings):
    dense = random_matrix.toarray()
    nearest = rc.ItemKNN(k=7).fit(random_matrix).similarity_.toarray()
    system = regularised(dense, **settings)
    expected = np.column_stack([column_of(system, j, np.flatnonzero(nearest[j])) for j in range(len(nearest))])
    np.fill_diagonal(expected, 0)
    model = rc.SparseEASE(k=7, **settings).fit(random_matrix)
    np.testing.assert_allclose(model.weights_.toarray(), expected, atol=1e-4)


@pytest.mark.parametrize("cls", MODELS)
def test_lists(random_matrix, cls):
    model = cls(l2=2.0).fit(random_matrix)
    weights = model.weights_ if cls is rc.EASE else model.weights_.toarray()
    scores = random_matrix.toarray() @ weights
    lists = model.recommend(range(80), n=5)
    for user, item, score, tier in zip(lists.user_id, lists.item_id, lists.score, lists.tier, strict=True):
        if tier == "collaborative":
            assert score == pytest.approx(scores[user, item], rel=1e-4, abs=1e-5)
    unseen = np.where(random_matrix.toarray() > 0, -np.inf, scores)
    for user in range(80):
        best = np.sort(unseen[user])[::-1][:5]
        mine = lists.score[lists.user_id == user][: int((best > 0).sum())]
        np.testing.assert_allclose(mine, best[best > 0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("cls", MODELS)
def test_the_same_for_any_number_of_threads(cls):
    random = np.random.default_rng(1)
    matrix = sp.csr_array((random.random((150, 300)) < 0.05).astype(float))
    states = {cls(l2=20.0, n_jobs=jobs).fit(matrix).model_.to_bytes() for jobs in (1, 2, 7)}
    assert len(states) == 1


@pytest.mark.parametrize("cls", MODELS)
@pytest.mark.parametrize("again", [lambda model: pickle.loads(pickle.dumps(model)), copy.deepcopy])
def test_pickle(random_matrix, cls, again):
    model = cls(l2=3.0, dropout=0.1).fit(random_matrix)
    other = again(model)
    assert other.get_params() == model.get_params()
    assert other.recommend(range(80), n=40) == model.recommend(range(80), n=40)
    assert other.similar_items(2) == model.similar_items(2)
    assert repr(clone(model)) == repr(model)


@pytest.mark.parametrize("cls", MODELS)
@pytest.mark.parametrize(
    ("users", "items"),
    [([1], [1]), ([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [1, 1, 1]), ([1, 1, 2, 2, 3, 3], [1, 2, 1, 2, 1, 2])],
    ids=["one event", "one user", "one item", "identical rows"],
)
def test_degenerate_data(cls, users, items):
    model = cls().fit({"user_id": users, "item_id": items})
    assert len(model.recommend(sorted(set(users)), n=5)) == 0
    everything = model.recommend(users[0], n=5, exclude_seen=False)
    assert sorted(everything.item_id.tolist()) == sorted(set(items))
    assert np.isfinite(everything.score).all()


@pytest.mark.parametrize("cls", MODELS)
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"l2": 0}, "l2 must be above 0; got 0"),
        ({"l2": float("nan")}, "l2 must be a finite number; got nan"),
        ({"l2": "1"}, "l2 must be a finite number; got '1'"),
        ({"user_exponent": -1}, "user_exponent must be from 0 to 2; got -1"),
        ({"count_exponent": 3}, "count_exponent must be from 0 to 2; got 3"),
        ({"candidate_exponent": -3}, "candidate_exponent must be from -2 to 2; got -3"),
        ({"dropout": 1}, "dropout must be from 0 to below 1; got 1"),
        ({"diagonal": 2}, "diagonal must be from 0 to 1; got 2"),
    ],
)
def test_bad_parameters_are_found_in_fit_and_change_nothing(shop, cls, parameters, message):
    model = cls().fit(shop)
    before = model.recommend("eve")
    with pytest.raises(rc.errors.InvalidParameterError, match=message):
        model.set_params(**parameters).fit(shop)
    with pytest.raises(rc.errors.InvalidParameterError, match=message):
        model.estimate_fit_memory(shop)
    assert model.recommend("eve") == before


def test_bad_k(shop):
    with pytest.raises(rc.errors.InvalidParameterError, match="k must be a whole number of at least 1; got 0"):
        rc.SparseEASE(k=0).fit(shop)


@pytest.mark.parametrize("cls", MODELS)
def test_too_little_regularisation(cls):
    with pytest.raises(rc.errors.InvalidDataError, match="a larger l2 makes it so"):
        cls(l2=1e-12).fit(sp.csr_array(np.ones((1, 60))))


@pytest.mark.parametrize("cls", MODELS)
def test_memory(random_matrix, cls):
    need = cls(n_jobs=2).estimate_fit_memory(random_matrix)
    cls(n_jobs=2, memory_limit=need).fit(random_matrix)
    with pytest.raises(rc.errors.MemoryLimitError, match="needs about"):
        cls(n_jobs=2, memory_limit=need - 1).fit(random_matrix)


def test_what_no_machine_holds():
    huge = sp.csr_array((np.ones(1), ([0], [0])), shape=(1, 3_000_000))
    with pytest.raises(MemoryError, match=r"more than there is; SparseEase needs less"):
        rc.EASE().fit(huge)


@pytest.mark.parametrize("cls", MODELS)
def test_time(cls):
    dense = sp.csr_array(np.ones((40, 1500)))
    with pytest.raises(rc.errors.DeadlineExceededError):
        cls(time_limit=1e-3).fit(dense)
