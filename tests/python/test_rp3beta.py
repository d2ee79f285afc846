"""RP3beta and P3alpha against dense matrices written from the formula."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import recocore as rc
import scipy.sparse as sp


def dense_links(dense: np.ndarray, alpha: float, beta: float) -> np.ndarray:
    """W, items by items."""
    with np.errstate(divide="ignore", invalid="ignore"):
        user_step = np.nan_to_num(dense / dense.sum(axis=1, keepdims=True))
        item_step = np.nan_to_num(dense / dense.sum(axis=0, keepdims=True))
    has = dense > 0
    user_step = np.where(has, user_step**alpha, 0.0)
    item_step = np.where(has, item_step**alpha, 0.0)
    links = item_step.T @ user_step / np.maximum(1, has.sum(axis=0)) ** beta
    np.fill_diagonal(links, 0.0)
    return links


def cut(links: np.ndarray, k: int) -> np.ndarray:
    """The k largest of each row."""
    kept = np.zeros_like(links)
    for i, row in enumerate(links):
        largest = np.argsort(-row, kind="stable")[:k]
        kept[i, largest] = row[largest]
    return kept


@pytest.fixture(params=[0.03, 0.3], ids=["sparse", "dense"])
def uneven(request) -> np.ndarray:
    """Weights that are no round numbers, an item and a user without any."""
    random = np.random.default_rng(11)
    values = np.where(random.random((90, 40)) < request.param, random.uniform(0.5, 3, (90, 40)), 0.0)
    values[5, :] = 0
    values[:, 3] = 0
    return values.astype(np.float32).astype(np.float64)


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0, 1.7])
@pytest.mark.parametrize("beta", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("keep", ["candidate", "history"])
def test_links_against_dense(uneven, binary, alpha, beta, keep):
    dense = (uneven > 0).astype(float) if binary else uneven
    links = dense_links(dense, alpha, beta)
    model = rc.RP3beta(k=100, alpha=alpha, beta=beta, keep=keep, normalise=False).fit(sp.csr_array(dense))
    np.testing.assert_allclose(model.weights_.toarray(), links, rtol=1e-5)
    links /= np.maximum(links.sum(axis=1, keepdims=True), 1e-300)
    model = rc.RP3beta(k=100, alpha=alpha, beta=beta, keep=keep).fit(sp.csr_array(dense))
    np.testing.assert_allclose(model.weights_.toarray(), links, rtol=1e-5)


@pytest.mark.parametrize("keep", ["candidate", "history"])
@pytest.mark.parametrize("normalise", [False, True])
def test_cuts_and_scores_against_dense(uneven, keep, normalise):
    links = dense_links(uneven, 0.7, 0.4)
    expected = cut(links.T, 4).T if keep == "candidate" else cut(links, 4)
    if normalise:
        expected /= np.maximum(expected.sum(axis=1, keepdims=True), 1e-300)
    model = rc.RP3beta(k=4, alpha=0.7, beta=0.4, keep=keep, normalise=normalise).fit(sp.csr_array(uneven))
    np.testing.assert_allclose(model.weights_.toarray(), expected, rtol=1e-5)
    scores = uneven @ expected
    for user in range(90):
        found = model.recommend(user, n=40, exclude_seen=False)
        mine = found.tier == "collaborative"
        items = np.asarray(found.item_id)[mine].astype(int)
        np.testing.assert_allclose(np.asarray(found.score)[mine], scores[user, items], rtol=1e-5)
        assert len(items) == (scores[user] > 0).sum()


def test_p3alpha_is_rp3beta_without_damping(uneven):
    matrix = sp.csr_array(uneven)
    one, other = rc.P3alpha(k=7, alpha=0.8).fit(matrix), rc.RP3beta(k=7, alpha=0.8, beta=0).fit(matrix)
    assert one.recommend(range(90)) == other.recommend(range(90))
    assert one.similar_items(2) == other.similar_items(2)
    assert repr(one) == "P3alpha(k=7, alpha=0.8)"


@pytest.mark.parametrize("keep", ["candidate", "history"])
def test_the_same_bytes_for_any_threads_and_order(keep):
    random = np.random.default_rng(1)
    users, items = random.integers(0, 200, 5000), random.integers(0, 150, 5000)
    weights = random.random(5000)
    results = set()
    for jobs in (1, 2, 7):
        order = random.permutation(5000)
        interactions = rc.Interactions.from_arrays(users[order], items[order], weights[order])
        results.add(rc.RP3beta(k=20, alpha=0.7, keep=keep, n_jobs=jobs).fit(interactions).model_.to_bytes())
    assert len(results) == 1


@pytest.mark.parametrize("cls", [rc.P3alpha, rc.RP3beta])
def test_pickle(random_matrix, cls):
    model = cls(k=7, alpha=0.9).fit(random_matrix)
    again = pickle.loads(pickle.dumps(model))
    assert again.get_params() == model.get_params()
    assert again.recommend(range(80), n=40) == model.recommend(range(80), n=40)
    assert again.similar_items(2) == model.similar_items(2)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"k": 0}, "k must be a whole number of at least 1; got 0"),
        ({"alpha": -1}, "alpha must be from 0 to 4; got -1"),
        ({"alpha": 5}, "alpha must be from 0 to 4; got 5"),
        ({"beta": -0.1}, "beta must be from 0 to 4; got -0.1"),
        ({"beta": "much"}, "beta must be a finite number; got 'much'"),
        ({"keep": "rows"}, "unknown keep 'rows'; known are 'candidate', 'history'"),
        ({"keep": None}, "keep must be a str; got None"),
        ({"normalise": "yes"}, "normalise must be True or False; got 'yes'"),
    ],
)
def test_bad_parameters(parameters, message, shop):
    model = rc.RP3beta().fit(shop)
    before = model.recommend("eve")
    with pytest.raises(rc.errors.InvalidParameterError, match=message):
        model.set_params(**parameters).fit(shop)
    assert model.recommend("eve") == before


def test_negative_weights():
    interactions = rc.Interactions.from_arrays([1, 1, 2, 2], [1, 2, 1, 2], [1, -1, 2, 3])
    with pytest.raises(rc.errors.InvalidDataError, match="random walks need weights from 0 up"):
        rc.RP3beta().fit(interactions)
