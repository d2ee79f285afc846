"""Nearest vectors beside NumPy, by real ids."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import recocore as rc
from recocore import _core
from recocore.errors import (
    DeadlineExceededError,
    IdTypeError,
    InvalidDataError,
    InvalidParameterError,
    MemoryLimitError,
    NotFittedError,
    UnknownIdError,
)

METRICS = ("cosine", "inner_product", "l2")
needs_faiss = pytest.mark.skipif(not _core.has_faiss(), reason="this build has no Faiss")


def make_vectors(count: int, dimensions: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    centres = random.normal(size=(8, dimensions))
    return (centres[random.integers(8, size=count)] + 0.7 * random.normal(size=(count, dimensions))).astype(np.float32)


def dense_scores(queries, vectors, metric):
    q, v = np.asarray(queries, dtype=np.float64), np.asarray(vectors, dtype=np.float64)
    if metric == "l2":
        return -((q[:, None, :] - v[None, :, :]) ** 2).sum(axis=2)
    if metric == "cosine":
        q = q / np.linalg.norm(q, axis=1, keepdims=True)
        v = v / np.linalg.norm(v, axis=1, keepdims=True)
    return q @ v.T


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("factory", ["exact", pytest.param("Flat", marks=needs_faiss)])
def test_finds_what_a_dense_product_finds(factory, metric):
    vectors, queries = make_vectors(500, 20, 1), make_vectors(70, 20, 2)
    ids = np.random.default_rng(3).permutation(10_000)[:500]
    index = rc.VectorIndex(factory, metric=metric).fit(vectors, ids)
    scores = dense_scores(queries, vectors, metric)
    candidates, exclude = ids[:200], ids[150:]
    cases: list[tuple[np.ndarray, dict]] = [
        (np.ones(500, bool), {}),
        (np.isin(ids, candidates), {"candidates": [*candidates, 99_999]}),
        (~np.isin(ids, exclude), {"exclude": set(exclude.tolist())}),
        (np.isin(ids, candidates) & ~np.isin(ids, exclude), {"candidates": candidates, "exclude": exclude}),
    ]
    for allowed, arguments in cases:
        found = index.search(queries, n=160, **arguments)
        n = min(160, int(allowed.sum()))
        assert np.array_equal(np.diff(found.offsets.astype(int)), np.full(70, n))
        assert found.rank.tolist() == list(range(1, n + 1)) * 70
        assert found.query.tolist() == np.repeat(np.arange(70), n).tolist()
        position = {id_: row for row, id_ in enumerate(ids.tolist())}
        for q in range(70):
            part = slice(q * n, (q + 1) * n)
            rows = [position[id_] for id_ in found.id[part].tolist()]
            assert allowed[rows].all()
            best = np.sort(scores[q, allowed])[::-1][:n]
            np.testing.assert_allclose(found.score[part], best, rtol=1e-5, atol=1e-5)
            np.testing.assert_allclose(scores[q, rows], best, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("factory", ["exact", *(pytest.param(name, marks=needs_faiss) for name in ("Flat", "HNSW32"))])
def test_the_same_alone_and_together(factory):
    vectors, queries = make_vectors(800, 16, 4), make_vectors(150, 16, 5)
    index = rc.VectorIndex(factory).fit(vectors)
    together = index.search(queries, n_jobs=2)
    assert together == index.search(queries, n_jobs=1)
    for q in range(0, 150, 13):
        alone = index.search(queries[q])
        assert alone.id.tolist() == together.id[10 * q : 10 * q + 10].tolist()
        assert alone.score.tolist() == together.score[10 * q : 10 * q + 10].tolist()


def test_the_order_of_the_input_does_not_matter():
    vectors = np.repeat(make_vectors(40, 4, 6), 5, axis=0)  # every vector five times: ties
    ids = np.random.default_rng(7).permutation(200)
    found = rc.VectorIndex().fit(vectors, ids).search(vectors[::5], n=20)
    order = np.random.default_rng(8).permutation(200)
    assert rc.VectorIndex().fit(vectors[order], ids[order]).search(vectors[::5], n=20) == found
    first = found.id[:5]
    assert (np.diff(first) > 0).all()


@pytest.mark.parametrize(
    "factory", ["exact", *(pytest.param(name, marks=needs_faiss) for name in ("Flat", "HNSW16", "IVF4,Flat"))]
)
def test_additions_and_removals_leave_what_a_dict_holds(factory):
    random = np.random.default_rng(9)
    index = rc.VectorIndex(factory, ef_search=400, n_probe=4)
    twin: dict[str, np.ndarray] = {}
    for step in range(40):
        if step % 3 != 2:
            many = 50 if step == 0 else int(random.integers(1, 30))
            ids = [f"item {number}" for number in random.permutation(500) if f"item {number}" not in twin][:many]
            vectors = make_vectors(len(ids), 6, 100 + step)
            index.add(vectors, ids)
            twin.update(zip(ids, vectors, strict=True))
        else:
            gone = [id_ for id_ in twin if random.random() < 0.5]
            assert index.remove([*gone, "nobody"]) == len(gone)
            twin = {id_: vector for id_, vector in twin.items() if id_ not in set(gone)}
        assert len(index) == len(twin)
        assert all(id_ in index for id_ in twin)
        assert "nobody" not in index
        query = make_vectors(1, 6, 200 + step)
        found = index.search(query, n=7)
        assert len(found) == min(7, len(twin))
        expected = {id_: dense_scores(query, [vector], "cosine")[0, 0] for id_, vector in twin.items()}
        np.testing.assert_allclose(found.score, sorted(expected.values(), reverse=True)[:7], atol=1e-5)
        np.testing.assert_allclose(found.score, [expected[id_] for id_ in found.id], atol=1e-5)


@needs_faiss
@pytest.mark.parametrize(
    ("factory", "recall"), [("Flat", 0.999), ("HNSW32", 0.9), ("IVF32,Flat", 0.8), ("IVF32,PQ8", 0.3)]
)
def test_factories_of_faiss(factory, recall):
    vectors, queries = np.split(make_vectors(4100, 32, 10), [4000])
    exact = rc.VectorIndex().fit(vectors)
    index = rc.VectorIndex(factory, n_probe=12).fit(vectors)
    cases: list[dict] = [{}, {"candidates": range(100, 2000)}, {"candidates": [5, 6, 7]}]
    for arguments in cases:
        expected, found = exact.search(queries, **arguments), index.search(queries, **arguments)
        assert np.array_equal(found.offsets, expected.offsets)
        pairs = set(zip(expected.query.tolist(), expected.id.tolist(), strict=True))
        hits = len(pairs & set(zip(found.query.tolist(), found.id.tolist(), strict=True)))
        assert hits >= recall * len(pairs)


def test_pinned_factories_are_made_or_refused_with_advice():
    for factory in ("exact", "Flat", "HNSW32"):
        index = rc.VectorIndex(factory=factory)
        if factory == "exact" or _core.has_faiss():
            assert index.fit(np.eye(4), ids=["a", "b", "c", "d"]).search([0, 1, 0, 0], n=1).id.tolist() == ["b"]
        else:
            with pytest.raises(InvalidParameterError, match="has no Faiss"):
                index.fit(np.eye(4))


def test_results_are_columns_and_rows():
    index = rc.VectorIndex().fit([[1, 0], [1, 1], [0, 1]], ids=["east", "north-east", "north"])
    found = index.search([[2, 1], [0, 3]], n=2)
    assert found.to_dict() == {
        "query": [0, 0, 1, 1],
        "id": ["north-east", "east", "north", "north-east"],
        "rank": [1, 2, 1, 2],
        "score": found.score.tolist(),
    }
    assert found[0] == (0, "north-east", 1, found.score.tolist()[0])
    assert list(found) == found[:]
    assert found.to_pandas()["id"].tolist() == found.id.tolist()
    assert repr(found).splitlines()[1].split() == ["0", "north-east", "1", "0.9487"]
    assert "<table>" in found._repr_html_()
    assert found.score.dtype == np.float32
    assert repr(rc.VectorIndex("HNSW32", metric="l2")) == "VectorIndex(factory='HNSW32', metric='l2')"
    assert index.dimensions_ == 2
    assert index.memory_ > 0


def test_pickle():
    vectors = make_vectors(300, 8, 12)
    index = rc.VectorIndex().fit(vectors, [f"v{row}" for row in range(300)])
    index.remove([f"v{row}" for row in range(0, 300, 7)])
    again = pickle.loads(pickle.dumps(index))
    assert again.search(vectors) == index.search(vectors)
    again.add(vectors[:1], ["v0"])
    assert len(again) == len(index) + 1
    assert pickle.loads(pickle.dumps(rc.VectorIndex("HNSW8"))).get_params() == rc.VectorIndex("HNSW8").get_params()


@needs_faiss
def test_pickle_of_faiss():
    vectors = make_vectors(400, 8, 13)
    for factory in ("Flat", "HNSW16", "IVF4,Flat"):
        index = rc.VectorIndex(factory, n_probe=4).fit(vectors)
        again = pickle.loads(pickle.dumps(index))
        assert again.search(vectors[:20]) == index.search(vectors[:20])
    with pytest.raises(InvalidParameterError, match="keep the vectors"):
        pickle.dumps(rc.VectorIndex("PQ4").fit(vectors))


def test_searches_in_many_threads():
    vectors = make_vectors(2000, 16, 14)
    index = rc.VectorIndex(n_jobs=1).fit(vectors)
    expected = [index.search(vectors[row]).id.tolist() for row in range(100)]
    more = make_vectors(200, 16, 15) * 0.001 - 100  # far away

    def change() -> None:
        for start in range(0, 200, 20):
            index.add(more[start : start + 20], range(5000 + start, 5020 + start))
        index.remove(range(5000, 5200))

    with ThreadPoolExecutor(4) as pool:
        changes = pool.submit(change)
        found = list(pool.map(lambda row: index.search(vectors[row], candidates=range(2000)).id.tolist(), range(100)))
        changes.result()
    assert found == expected
    assert len(index) == 2000


def test_errors_name_the_row():
    index = rc.VectorIndex()
    with pytest.raises(NotFittedError):
        index.search([1, 2])
    nan = float("nan")
    bad: list[tuple[list, str]] = [
        ([[1, 2], [nan, 1]], "row 1: the vector has nan in dimension 0"),
        ([[1, 2], [0, 0]], "row 1: the vector is zero"),
        ([[1, 2], [1e300, 0]], "row 1: the vector has inf"),
        ([[1, 2], [1]], "different lengths"),
        ([["a", "b"]], "must be numbers"),
    ]
    for vectors, message in bad:
        with pytest.raises(InvalidDataError, match=message):
            index.fit(vectors)
    with pytest.raises(InvalidParameterError, match="shape"):
        index.fit(np.zeros((2, 2, 2)))
    with pytest.raises(InvalidDataError, match="row 1: the id 7 is that of row 0"):
        index.fit(np.eye(2), [7, 7])
    with pytest.raises(InvalidParameterError, match="2 vectors, but 3 ids"):
        index.fit(np.eye(2), [7, 8, 9])
    index.fit(np.eye(2), [7, 8])
    with pytest.raises(InvalidDataError, match="row 0: the id 8 is in the index already"):
        index.add([[1, 1]], [8])
    with pytest.raises(IdTypeError):
        index.add([[1, 1]], ["8"])
    with pytest.raises(InvalidParameterError, match="have 3 dimensions, but those in the index have 2"):
        index.search([1, 2, 3])
    with pytest.raises(InvalidDataError, match="row 1: the query is zero"):
        index.search([[1, 2], [0, 0]])
    with pytest.raises(InvalidParameterError, match="metric"):
        rc.VectorIndex(metric="euclid").fit(np.eye(2))
    with pytest.raises(MemoryLimitError):
        rc.VectorIndex(memory_limit=10).fit(np.eye(2))
    with pytest.raises(DeadlineExceededError):
        rc.VectorIndex(time_limit=1e-9).fit(np.eye(2))
    assert len(index) == 2


@needs_faiss
def test_more_effort_finds_more():
    vectors, queries = np.split(np.random.default_rng(16).normal(size=(5100, 32)), [5000])
    truth = rc.VectorIndex().fit(vectors).search(queries).id.reshape(-1, 10)
    for factory, name, efforts in [("HNSW8", "ef_search", (10, 200)), ("IVF64,Flat", "n_probe", (2, 32))]:
        recalls = []
        for effort in efforts:
            index = rc.VectorIndex(factory).set_params(**{name: effort}).fit(vectors)
            found = index.search(queries).id.reshape(-1, 10)
            recalls.append(np.mean([np.isin(*pair).mean() for pair in zip(found, truth, strict=True)]))
        assert recalls[0] + 0.1 < recalls[1]


@needs_faiss
def test_errors_of_faiss():
    with pytest.raises(InvalidParameterError, match="Flatt"):
        rc.VectorIndex("Flatt").fit(np.eye(2))
    with pytest.raises(InvalidDataError, match="needs at least 256"):
        rc.VectorIndex("IVF256,Flat").fit(np.eye(4))


FORK = """
import os, signal, sys
import numpy as np
import recocore as rc

vectors = np.random.default_rng(1).normal(size=(1500, 16)).astype(np.float32)
def work():
    index = rc.VectorIndex(sys.argv[1], n_jobs=1).fit(vectors)
    return index.search(vectors[:100], n=5).id.tolist()
expected = work()
child = os.fork()
if child == 0:
    signal.alarm(60)
    os._exit(0 if work() == expected else 1)
assert os.waitpid(child, 0)[1] == 0
"""


@needs_faiss
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("factory", ["Flat", "HNSW16", "IVF16,Flat", "IVF16,PQ4"])
def test_faiss_after_a_fork(factory):
    subprocess.run([sys.executable, "-c", FORK, factory], check=True, timeout=120)


BOTH = """
import sys
import numpy as np
for name in sys.argv[1:]:
    __import__(name)
import faiss
import recocore as rc
vectors = np.random.default_rng(1).normal(size=(2000, 16)).astype(np.float32)
theirs = faiss.index_factory(16, "HNSW16", faiss.METRIC_L2)
theirs.add(vectors)
ours = rc.VectorIndex("HNSW16", metric="l2").fit(vectors)
exact = rc.VectorIndex(metric="l2").fit(vectors).search(vectors[:200], n=5).id.reshape(200, 5)
for found in (theirs.search(vectors[:200], 5)[1], ours.search(vectors[:200], n=5).id.reshape(200, 5)):
    assert (found == exact).mean() > 0.8
"""


@needs_faiss
@pytest.mark.parametrize("order", [("faiss", "recocore"), ("recocore", "faiss")])
def test_beside_another_faiss(order):
    pytest.importorskip("faiss")
    subprocess.run([sys.executable, "-c", BOTH, *order], check=True, timeout=120)


# Models with vectors of items


def factor_models(events):
    return [
        rc.ALS(factors=8, epochs=4).fit(events),
        rc.GraphFilter(dimensions=6).fit(events),
    ]


def test_similar_items_by_factors(random_matrix):
    for model in factor_models(random_matrix):
        vectors, items = model.item_factors_, model.interactions_.items.tolist()
        lengths = np.linalg.norm(vectors, axis=1)
        for row in range(0, len(items), 5):
            exclude, candidates = items[::4], items[: len(items) - 3]
            found = model.similar_items(items[row], n=6, exclude=exclude, candidates=candidates)
            if lengths[row] == 0:
                assert len(found) == 0
                continue
            cosines = {
                item: float(vectors[row] @ vectors[other] / lengths[row] / lengths[other])
                for other, item in enumerate(items)
                if other != row and lengths[other] > 0 and item in candidates and item not in exclude
            }
            best = sorted((value for value in cosines.values() if value > 1e-6), reverse=True)[:6]
            np.testing.assert_allclose(found.score, best, atol=1e-5)
            np.testing.assert_allclose(found.score, [cosines[item] for item in found.item_id.tolist()], atol=1e-5)
            assert set(found.tier.tolist()) <= {"collaborative"}
            assert set(found.similar_to.tolist()) <= {items[row]}


def test_similar_items_of_the_unknown(events):
    for model in factor_models(events):
        with pytest.raises(UnknownIdError):
            model.similar_items("spoon", on_unknown="error")
        assert len(model.similar_items("spoon", on_unknown="empty")) == 0
        assert set(model.similar_items("spoon", n=2).tier.tolist()) == {"popular"}
        with pytest.raises(InvalidParameterError):
            model.similar_items("tea", on_unknown="maybe")
        with pytest.raises(InvalidParameterError):
            model.similar_items("tea", n=0)
    with pytest.raises(InvalidParameterError, match="dimensions=0"):
        rc.GraphFilter(dimensions=0).fit(events).similar_items("tea")


def test_similar_items_follow_the_fit(events):
    model = rc.ALS(factors=4, epochs=2).fit(events)
    first = model.similar_items("tea")
    again = pickle.loads(pickle.dumps(model))
    assert "_similar_items" not in again.__dict__
    assert again.similar_items("tea") == first
    with ThreadPoolExecutor(4) as pool:
        assert all(found == first for found in pool.map(lambda _: again.similar_items("tea"), range(20)))
    renamed = {**events, "item_id": [f"new {item}" for item in events["item_id"]]}
    assert set(model.fit(renamed).similar_items("new tea").item_id.tolist()) <= {"new pot", "new cup"}
