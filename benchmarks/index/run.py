"""Recall@10 against queries a second, on one thread: our indexes beside other libraries'.

    python -m benchmarks.index.run [--seconds 1] [--events train.txt]

Each contestant runs in a process of its own, with the same vectors and queries. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

CONTESTANTS: list[tuple[str, str, dict[str, Any]]] = [
    ("recocore", "exact", {"factory": "exact"}),
    ("recocore", "Flat", {"factory": "Flat"}),
    ("recocore", "HNSW32, ef 32", {"factory": "HNSW32", "ef_search": 32}),
    ("recocore", "HNSW32, ef 128", {"factory": "HNSW32", "ef_search": 128}),
    ("recocore", "IVF256,Flat, 8 lists", {"factory": "IVF256,Flat", "n_probe": 8}),
    ("recocore", "IVF256,PQ16, 16 lists", {"factory": "IVF256,PQ16", "n_probe": 16}),
    ("faiss-cpu", "Flat", {"factory": "Flat"}),
    ("faiss-cpu", "HNSW32, ef 32", {"factory": "HNSW32", "ef_search": 32}),
    ("faiss-cpu", "HNSW32, ef 128", {"factory": "HNSW32", "ef_search": 128}),
    ("faiss-cpu", "IVF256,Flat, 8 lists", {"factory": "IVF256,Flat", "n_probe": 8}),
    ("hnswlib", "32 links, ef 32", {"links": 32, "ef_search": 32}),
    ("hnswlib", "32 links, ef 128", {"links": 32, "ef_search": 128}),
    ("usearch", "32 links, ef 32", {"links": 32, "ef_search": 32}),
    ("usearch", "32 links, ef 128", {"links": 32, "ef_search": 128}),
]


def clustered(count: int, dimensions: int) -> np.ndarray:
    """Around 1,000 centres."""
    random = np.random.default_rng(1)
    centres = random.normal(size=(1000, dimensions))
    return (centres[random.integers(1000, size=count)] + 0.5 * random.normal(size=(count, dimensions))).astype("f4")


def item_factors(events: Path) -> np.ndarray:
    """Of ALS, from lines of a user and the user's items."""
    import recocore as rc

    lines = [line.split() for line in events.read_text().splitlines()]
    users = np.repeat([int(line[0]) for line in lines], [len(line) - 1 for line in lines])
    items = np.concatenate([np.array(line[1:], dtype=np.int64) for line in lines])
    return rc.ALS(factors=64, epochs=4).fit({"user_id": users, "item_id": items}).item_factors_


def bandwidth() -> float:
    """Bytes a second that one thread reads, of an array no cache holds."""
    array = np.ones(50_000_000, dtype=np.float32)
    best = float("inf")
    for _ in range(5):
        begin = time.perf_counter()
        array.max()
        best = min(best, time.perf_counter() - begin)
    return array.nbytes / best


def race(name: str, vectors: np.ndarray, seconds: float) -> None:
    """All contestants on one set of vectors, of length 1: the inner product is the cosine."""
    vectors = vectors[np.linalg.norm(vectors, axis=1) > 0]
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    order = np.random.default_rng(2).permutation(len(vectors))
    queries, vectors = vectors[order[:1000]], np.ascontiguousarray(vectors[order[1000:]])
    truth = np.argsort(-(queries.astype("f8") @ vectors.T.astype("f8")), axis=1)[:, :10]
    print(f"\n### {name}: {len(vectors):,} vectors of {vectors.shape[1]} dimensions\n")
    print("| library | index | recall@10 | queries/s, one at a time | queries/s, 1,000 at once | build, s |")
    print("|---|---|---:|---:|---:|---:|", flush=True)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        for what, array in (("vectors", vectors), ("queries", queries), ("truth", truth)):
            np.save(Path(folder) / f"{what}.npy", array)
        for library, index, parameters in CONTESTANTS:
            command = [sys.executable, "-m", "benchmarks.index.worker", folder, library, json.dumps(parameters)]
            run = subprocess.run([*command, str(seconds)], env=environment, capture_output=True, text=True, check=False)
            if run.returncode != 0:
                print(f"| {library} | {index} | failed: {run.stderr.strip().splitlines()[-1]} | | | |", flush=True)
                continue
            result = json.loads(run.stdout.splitlines()[-1])
            print(
                f"| {library} | {index} | {result['recall']:.3f} | {1 / result['alone']:,.0f} | "
                f"{1 / result['together']:,.0f} | {result['build']:.1f} |",
                flush=True,
            )
            if index == "exact":
                rate = vectors.nbytes / result["alone"]
    reads, can_read = rate / 1e9, bandwidth() / 1e9
    print(f"\nExact, one at a time, reads {reads:.1f} GB/s of vectors; one thread can read {can_read:.1f} GB/s.")


def main() -> None:
    data = Path(os.environ.get("RECOCORE_DATA", ""))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="of measuring, for each number")
    parser.add_argument("--count", type=int, default=101_000, help="clustered vectors, 1,000 queries among them")
    parser.add_argument("--events", type=Path, default=data / "gowalla_m1" / "train.txt")
    arguments = parser.parse_args()
    if arguments.events.is_file():
        race("Item factors of ALS", item_factors(arguments.events), arguments.seconds)
    else:
        print(f"No item factors: there is no {arguments.events}. Set RECOCORE_DATA, or give --events.")
    race("Clustered vectors", clustered(arguments.count, 64), arguments.seconds)


if __name__ == "__main__":
    main()
