"""One contestant on one set of vectors, in a process of its own: what it finds, and how fast. Writes JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

N = 10

Search = Callable[[np.ndarray], Any]


def recocore(vectors: np.ndarray, factory: str, **parameters: int) -> Search:
    import recocore as rc

    index = rc.VectorIndex(factory, metric="inner_product", n_jobs=1, **parameters).fit(vectors)
    return lambda queries: index.search(queries, n=N).id.reshape(-1, N)


def faiss(vectors: np.ndarray, factory: str, ef_search: int = 0, n_probe: int = 0) -> Search:
    import faiss as library

    library.omp_set_num_threads(1)
    index = library.index_factory(vectors.shape[1], factory, library.METRIC_INNER_PRODUCT)
    index.train(vectors)
    index.add(vectors)
    if ef_search:
        index.hnsw.efSearch = ef_search
    if n_probe:
        index.nprobe = n_probe
    return lambda queries: index.search(queries, N)[1]


def hnswlib(vectors: np.ndarray, links: int, ef_search: int) -> Search:
    import hnswlib as library

    index = library.Index(space="ip", dim=vectors.shape[1])
    index.init_index(max_elements=len(vectors), M=links // 2, ef_construction=40, random_seed=0)
    index.set_num_threads(1)
    index.add_items(vectors, num_threads=1)
    index.set_ef(ef_search)
    return lambda queries: index.knn_query(queries, k=N, num_threads=1)[0]


def usearch(vectors: np.ndarray, links: int, ef_search: int) -> Search:
    from usearch.index import Index

    index = Index(
        ndim=vectors.shape[1], metric="ip", dtype="f32", connectivity=links // 2, expansion_add=40,
        expansion_search=ef_search,
    )  # fmt: skip
    index.add(np.arange(len(vectors)), vectors, threads=1)
    return lambda queries: index.search(queries, N, threads=1).keys.reshape(-1, N)


LIBRARIES = {"recocore": recocore, "faiss-cpu": faiss, "hnswlib": hnswlib, "usearch": usearch}


def seconds_a_query(search: Search, queries: np.ndarray, at_once: int, least: float) -> float:
    """The best of the rounds that fit into the time."""
    best, end = float("inf"), time.perf_counter() + least
    while best == float("inf") or time.perf_counter() < end:
        begin = time.perf_counter()
        for row in range(0, len(queries), at_once):
            search(queries[row : row + at_once])
        best = min(best, (time.perf_counter() - begin) / len(queries))
    return best


def main() -> None:
    folder, library, parameters, least = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]), float(sys.argv[4])
    vectors, queries, truth = (np.load(folder / f"{name}.npy") for name in ("vectors", "queries", "truth"))
    begin = time.perf_counter()
    search = LIBRARIES[library](vectors, **parameters)
    build = time.perf_counter() - begin
    found = np.asarray(search(queries), dtype=np.int64)
    hits = sum(len(np.intersect1d(*pair)) for pair in zip(found, truth, strict=True))
    result = {
        "build": build,
        "recall": hits / truth.size,
        "alone": seconds_a_query(search, queries[:200], 1, least),
        "together": seconds_a_query(search, queries, len(queries), least),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
