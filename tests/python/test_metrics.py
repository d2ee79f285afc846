"""Metrics of lists, beside ranx."""

from __future__ import annotations

import numpy as np
import pytest
import recocore as rc

RANX = {
    "recall": "recall",
    "ndcg": "ndcg",
    "mrr": "mrr",
    "hit_rate": "hit_rate",
    "map": "map",
    "precision": "precision",
}


def random_lists(seed: int, *, count: int = 200, catalogue: int = 60):
    """Lists of 0 to 30 items and 0 to 25 relevant ones, by scores with many ties in our total order."""
    random = np.random.default_rng(seed)
    lists, relevant = [], []
    for _ in range(count):
        scores = random.integers(0, 4, catalogue)
        order = np.lexsort((np.arange(catalogue), -scores))
        lists.append([f"i{i:02}" for i in order[: random.integers(0, 31)]])
        relevant.append({f"i{i:02}" for i in random.permutation(catalogue)[: random.integers(0, 26)]})
    return lists, relevant


def by_ranx(lists, relevant, n):
    from ranx import Qrels, Run, evaluate

    # ranx wants scores: strictly falling ones keep the order. It cannot have a query without any entry, so
    # an empty list is one of an item that is never relevant, and nothing relevant is an item of grade 0.
    run = {
        f"q{row:04}": {item: 1.0 - rank / 1000 for rank, item in enumerate(items or ["none"])}
        for row, items in enumerate(lists)
    }
    qrels = {
        f"q{row:04}": dict.fromkeys(sorted(wanted), 1) if wanted else {"i00": 0} for row, wanted in enumerate(relevant)
    }
    names = [f"{name}@{n}" for name in RANX.values()]
    scores = evaluate(Qrels(qrels), Run(run), names, return_mean=False)
    return {ours: scores[f"{theirs}@{n}"] for ours, theirs in RANX.items()}


@pytest.mark.parametrize("n", [1, 5, 20, 40])
@pytest.mark.parametrize("seed", [0, 1])
def test_agrees_with_ranx(seed, n):
    lists, relevant = random_lists(seed)
    assert any(not items for items in lists)
    assert any(not wanted for wanted in relevant)
    ours = rc.metrics.evaluate_lists(lists, relevant, n=n)
    theirs = by_ranx(lists, relevant, n)
    assert list(ours) == list(RANX)
    for name, values in ours.items():
        assert values.dtype == np.float64
        np.testing.assert_allclose(values, theirs[name], rtol=0, atol=1e-9, err_msg=name)
        assert 0 < values.mean() < 1


def test_by_hand():
    got = rc.metrics.evaluate_lists([[7, 8, 9], [1], []], [[9, 7, 7, 5], {2}, {3}], n=3)
    assert got["recall"].tolist() == pytest.approx([2 / 3, 0, 0])
    assert got["precision"].tolist() == pytest.approx([2 / 3, 0, 0])
    assert got["mrr"].tolist() == pytest.approx([1, 0, 0])
    assert got["hit_rate"].tolist() == [1, 0, 0]
    assert got["map"].tolist() == pytest.approx([(1 + 2 / 3) / 3, 0, 0])
    assert got["ndcg"].tolist() == pytest.approx([1.5 / (1 + 1 / np.log2(3) + 0.5), 0, 0])


def test_ids_from_numpy_equal_plain_ones():
    got = rc.metrics.evaluate_lists([np.array([4, 5])], [[5]], n=2)
    assert got["mrr"].tolist() == [0.5]


def test_nothing_to_measure():
    assert all(values.shape == (0,) for values in rc.metrics.evaluate_lists([], []).values())


def test_errors_say_what_is_wrong():
    with pytest.raises(ValueError, match="got 1 lists and 2 collections"):
        rc.metrics.evaluate_lists([[1]], [[1], [2]])
    with pytest.raises(ValueError, match="list 1 has an id more than once"):
        rc.metrics.evaluate_lists([[1], [2, 2]], [[1], [2]])
    with pytest.raises(ValueError, match="list 0 is the text 'tea'"):
        rc.metrics.evaluate_lists(["tea"], [["tea"]])
    with pytest.raises(ValueError, match="n must be a whole number of at least 1"):
        rc.metrics.evaluate_lists([[1]], [[1]], n=0)
