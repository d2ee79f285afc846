"""ItemKNN beside what test_brute_force.py checks: determinism, degenerate data, parameters."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import recocore as rc
import scipy.sparse as sp
from recocore import _core

from tests.python.brute_force import SIMILARITIES, VALUE_SIMILARITIES


def neighbours(model: rc.ItemKNN) -> tuple[bytes, ...]:
    return tuple(array.tobytes() for array in _core.item_knn_neighbours(model.model_))


@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_byte_identical_for_any_threads_and_order(similarity):
    random = np.random.default_rng(1)
    users, items = random.integers(0, 200, 5000), random.integers(0, 150, 5000)
    weights = random.random(5000)
    weighting = "bm25" if similarity in VALUE_SIMILARITIES else None
    results, lists = set(), []
    for jobs in (1, 2, 7):
        order = random.permutation(5000)
        interactions = rc.Interactions.from_arrays(users[order], items[order], weights[order])
        model = rc.ItemKNN(k=20, similarity=similarity, weighting=weighting, n_jobs=jobs).fit(interactions)
        results.add(neighbours(model))
        lists.append(model.recommend(range(200), n=20))
    assert len(results) == 1
    assert lists[0] == lists[1] == lists[2]


def test_fit_returns_self_and_sets_attributes(shop):
    model = rc.ItemKNN()
    assert model.fit(shop) is model
    assert model.interactions_ is shop
    assert (model.n_users_, model.n_items_) == shop.shape
    assert model.fit_seconds_ >= 0


def test_similarity_matrix(shop):
    model = rc.ItemKNN(k=1, similarity="jaccard").fit(shop)
    # cup: cat; pot: ann bob dan; tea: ann bob cat eve
    expected = np.zeros((3, 3))
    expected[0, 2] = 1 / 4
    expected[1, 2] = expected[2, 1] = 2 / 5
    np.testing.assert_allclose(model.similarity_.toarray(), expected, rtol=1e-6)


def test_dunnings_numbers():
    for (k11, k12, k21, k22), expected in [
        ((1, 0, 0, 1), 2.7726),
        ((10, 0, 0, 10), 27.7259),
        ((5, 1995, 0, 100_000), 39.3305),
        ((110, 2442, 111, 29114), 270.72),
    ]:
        both, only_i, only_j = np.arange(k11), np.arange(k12) + k11, np.arange(k21) + k11 + k12
        rows = np.concatenate([both, both, only_i, only_j])
        columns = np.repeat([0, 1, 0, 1], [k11, k11, k12, k21])
        matrix = sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=(k11 + k12 + k21 + k22, 2))
        model = rc.ItemKNN(similarity="log_likelihood_ratio").fit(matrix)
        assert model.similarity_[0, 1] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize(
    ("users", "items"),
    [([1], [1]), ([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [1, 1, 1]), ([1, 1, 2, 2, 3, 3], [1, 2, 1, 2, 1, 2])],
    ids=["one event", "one user", "one item", "identical rows"],
)
def test_degenerate_data(similarity, users, items):
    model = rc.ItemKNN(similarity=similarity).fit({"user_id": users, "item_id": items})
    lists = model.recommend(sorted(set(users)), n=5)
    assert len(lists) == 0  # everybody has everything
    everything = model.recommend(users[0], n=5, exclude_seen=False)
    assert sorted(everything.item_id.tolist()) == sorted(set(items))
    assert np.isfinite(everything.score).all()


def test_negative_weights():
    interactions = rc.Interactions.from_arrays([1, 1, 2, 2], [1, 2, 1, 2], [1, -1, 2, 3])
    assert rc.ItemKNN(similarity="cosine").fit(interactions).similarity_.nnz == 2
    with pytest.raises(rc.errors.InvalidDataError, match=r"'jaccard' .* negative weight"):
        rc.ItemKNN(similarity="jaccard").fit(interactions)
    with pytest.raises(rc.errors.InvalidDataError, match="'bm25' needs weights from 0 up"):
        rc.ItemKNN(weighting="bm25").fit(interactions)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"k": 0}, "k must be a whole number of at least 1; got 0"),
        ({"k": -3}, "k must be .* got -3"),
        ({"k": 2.5}, "k must be .* got 2.5"),
        ({"k": True}, "k must be .* got True"),
        ({"k": None}, "k must be .* got None"),
        ({"similarity": "cos"}, "unknown similarity 'cos'; known are 'cosine'"),
        ({"similarity": 3}, "similarity must be a str; got 3"),
        ({"weighting": "tfidf"}, "unknown weighting 'tfidf'; known are"),
        (
            {"weighting": "bm25", "similarity": "lift"},
            "weighting 'bm25' has no effect with similarity 'lift'",
        ),
        ({"shrinkage": -1}, "shrinkage must be"),
        ({"shrinkage": float("nan")}, "shrinkage must be a finite number; got nan"),
        ({"shrinkage": "1"}, "shrinkage must be a finite number; got '1'"),
        ({"min_common": 0}, "min_common must be"),
        ({"similarity": "asymmetric_cosine", "alpha": 1.5}, "alpha must be from 0 to 1"),
        ({"beta": -0.1}, "beta must be"),
        ({"bm25_k1": 0}, "bm25_k1 must be"),
        ({"bm25_b": 1.1}, "bm25_b must be"),
        ({"n_jobs": 0}, "n_jobs must be .* got 0"),
        ({"n_jobs": 1.5}, "n_jobs must be .* got 1.5"),
        ({"progress": "yes"}, "progress must be True or False; got 'yes'"),
    ],
)
def test_bad_parameters_are_found_in_fit_and_change_nothing(model, shop, parameters, message):
    before = model.recommend("eve")
    with pytest.raises(rc.errors.InvalidParameterError, match=message):
        model.set_params(**parameters).fit(shop)
    assert model.recommend("eve") == before
    assert model.interactions_ == shop


def test_failed_fit_leaves_the_model_as_it_was(model):
    before = neighbours(model)
    with pytest.raises(rc.errors.InvalidDataError):
        model.fit({"user_id": [1, None], "item_id": [1, 2]})
    assert neighbours(model) == before


@pytest.mark.parametrize("n_jobs", [None, -1, -2, 1, np.int64(3), 10**12])
def test_n_jobs(shop, n_jobs):
    assert len(rc.ItemKNN(n_jobs=n_jobs).fit(shop).recommend(["eve", "dan"], n=2)) == 4


def test_progress(shop, capfd):
    pytest.importorskip("tqdm")
    rc.ItemKNN(progress=True).fit(shop)
    assert "similarities" in capfd.readouterr().err
    rc.ItemKNN().fit(shop)
    assert capfd.readouterr() == ("", "")


def test_progress_without_tqdm(shop, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tqdm.auto", None)
    with pytest.raises(rc.errors.InvalidParameterError, match=r"pip install 'recocore\[progress\]'"):
        rc.ItemKNN(progress=True).fit(shop)


def test_logging(shop, caplog):
    with caplog.at_level(logging.INFO, logger="recocore"):
        rc.ItemKNN(k=7).fit(shop)
    assert "fitted ItemKNN(k=7) on <Interactions: 8 of 5 users with 3 items>" in caplog.text
