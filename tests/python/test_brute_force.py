"""Neighbours and scores equal a dense computation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import recocore as rc
import scipy.sparse as sp
from recocore import _core

from tests.python import brute_force
from tests.python.brute_force import SIMILARITIES, VALUE_SIMILARITIES

CONFIGS: list[dict[str, Any]] = [
    *({"similarity": name} for name in SIMILARITIES),
    *({"similarity": name, "weighting": w} for name in VALUE_SIMILARITIES for w in ("tf_idf", "bm25")),
    {"similarity": "cosine", "shrinkage": 3.0, "min_common": 2},
    {"similarity": "asymmetric_cosine", "alpha": 0.8},
    {"similarity": "tversky", "alpha": 0.2, "beta": 1.5},
    {"similarity": "log_likelihood_ratio", "min_common": 3},
]
IDS = ["-".join(str(value) for value in config.values()) for config in CONFIGS]


def assert_neighbours_equal(model: rc.ItemKNN, expected: np.ndarray, k: int) -> None:
    """The k largest of each row; which of those within 1e-6 of the last is not asked."""
    indptr, indices, data = _core.item_knn_neighbours(model.model_)
    for i in range(len(expected)):
        found, values = indices[indptr[i] : indptr[i + 1]], data[indptr[i] : indptr[i + 1]]
        want = expected[i]
        assert len(found) == min(k, np.count_nonzero(want > 1e-30))
        np.testing.assert_allclose(values, want[found], rtol=1e-6)
        np.testing.assert_allclose(values, np.sort(want)[::-1][: len(found)], rtol=1e-6)


@pytest.mark.parametrize("config", CONFIGS, ids=IDS)
@pytest.mark.parametrize("k", [3, 100])
def test_random_matrix(random_matrix, config, k):
    model = rc.ItemKNN(k=k, **config).fit(random_matrix)
    dense = random_matrix.toarray()
    assert_neighbours_equal(model, brute_force.similarities(dense, **config), k)


@pytest.mark.parametrize("config", CONFIGS, ids=IDS)
def test_scores_of_lists(random_matrix, config):
    dense = random_matrix.toarray()
    k = 100  # none is cut: ties at a cut may be broken either way within the accuracy of the test
    model = rc.ItemKNN(k=k, **config).fit(random_matrix)
    expected = brute_force.scores(dense, brute_force.similarities(dense, **config), k)
    lists = model.recommend(range(dense.shape[0]), n=10)
    assert len(lists) == dense.shape[0] * 10
    for row in lists:
        assert dense[row.user_id, row.item_id] == 0
        if row.tier == "collaborative":
            assert row.score == pytest.approx(expected[row.user_id, row.item_id], rel=1e-6)
        else:
            assert expected[row.user_id, row.item_id] == pytest.approx(0.0)
    for user in range(dense.shape[0]):
        best = np.sort(np.where(dense[user] == 0, expected[user], 0.0))[::-1]
        mine = lists.for_user(user)
        collaborative = mine.score[mine.tier == "collaborative"]
        np.testing.assert_allclose(collaborative, best[: len(collaborative)], rtol=1e-6)
        assert len(collaborative) == min(10, np.count_nonzero(best > 1e-30))


def test_a_cut_keeps_the_nearest_of_the_candidate():
    # Not symmetric, no ties: conditional probabilities are c / n_i.
    random = np.random.default_rng(3)
    dense = (random.random((300, 12)) < np.linspace(0.05, 0.6, 12)).astype(float)
    k = 2
    model = rc.ItemKNN(k=k, similarity="conditional_probability").fit(sp.csr_array(dense))
    expected = brute_force.scores(dense, brute_force.similarities(dense, "conditional_probability"), k)
    lists = model.recommend(range(300), n=3)
    collaborative = lists.tier == "collaborative"
    assert collaborative.sum() > 100
    np.testing.assert_allclose(
        lists.score[collaborative],
        expected[lists.user_id[collaborative], lists.item_id[collaborative]],
        rtol=1e-6,
    )


def read_real(folder, name: str) -> rc.Interactions:
    if name == "x-wines":
        return rc.Interactions.from_csv(
            folder / "x-wines" / "ratings.csv",
            user="UserID",
            item="WineID",
            weight="Rating",
            timestamp="Date",
        )
    table = pd.read_csv(folder / "online-retail" / "online_retail.csv.gz", dtype={"InvoiceNo": str, "StockCode": str})
    known = table["CustomerID"].notna() & ~table["InvoiceNo"].str.startswith("C") & (table["Quantity"] > 0)
    table = table[known].astype({"CustomerID": "int64"})
    return rc.Interactions.from_table(table, user="CustomerID", item="StockCode", weight="Quantity")


@pytest.mark.parametrize("name", ["x-wines", "online-retail"])
def test_real_data(real_data, name):
    interactions = read_real(real_data, name)
    dense = interactions.to_csr().toarray().astype(np.float64)
    for config in CONFIGS:
        model = rc.ItemKNN(k=50, **config).fit(interactions)
        assert_neighbours_equal(model, brute_force.similarities(dense, **config), 50)


@pytest.mark.parametrize("name", ["x-wines", "online-retail"])
def test_real_data_is_byte_identical(real_data, name):
    interactions = read_real(real_data, name)
    table = interactions.to_arrow().to_pandas()
    shuffled = table.sample(frac=1.0, random_state=11)
    options: dict[str, Any] = {"weight": "weight"}
    if "timestamp" in table:
        options["timestamp"] = "timestamp"
    again = rc.Interactions.from_table(shuffled, **options)
    assert again == interactions
    for similarity in SIMILARITIES:
        states = {
            tuple(
                array.tobytes()
                for array in _core.item_knn_neighbours(rc.ItemKNN(n_jobs=jobs, similarity=similarity).fit(data).model_)
            )
            for jobs, data in ((1, interactions), (2, interactions), (7, interactions), (2, again))
        }
        assert len(states) == 1, similarity
