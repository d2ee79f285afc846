"""Models of other libraries on one split, in an environment that has the library.

    python benchmarks/accuracy/peers.py library model split.npz out --trials N --seconds S

``split.npz`` holds the matrices ``train``, ``fit`` and ``validation`` (users by items, binary). Settings are drawn
at random (seeded) from the space below, the library's own defaults first, and judged by NDCG@20 on the validation
part: the same number of trials as recocore's models have. The lists of the default and of the best settings, fitted
on ``train``, go to ``out.npz`` and are measured by recocore.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402

N = 20
Settings = dict[str, Any]
#: Fits on a matrix of users by items and gives the lists of all users.
Fit = Callable[[Settings, sp.csr_matrix], Callable[[], np.ndarray]]


def implicit_model(make: Callable[[Settings], Any]) -> Fit:
    def fit(settings: Settings, matrix: sp.csr_matrix) -> Callable[[], np.ndarray]:
        model = make(settings)
        model.fit(matrix, show_progress=False)

        def lists() -> np.ndarray:
            parts = []
            for begin in range(0, matrix.shape[0], 1000):
                users = np.arange(begin, min(begin + 1000, matrix.shape[0]))
                parts.append(model.recommend(users, matrix[users], N=N, filter_already_liked_items=True)[0])
            return np.concatenate(parts)

        return lists

    return fit


def implicit_als(settings: Settings) -> Any:
    from implicit.als import AlternatingLeastSquares

    return AlternatingLeastSquares(**settings, random_state=0)


def implicit_bpr(settings: Settings) -> Any:
    from implicit.bpr import BayesianPersonalizedRanking

    return BayesianPersonalizedRanking(**settings, random_state=0)


def implicit_cosine(settings: Settings) -> Any:
    from implicit.nearest_neighbours import CosineRecommender

    return CosineRecommender(**settings)


def implicit_bm25(settings: Settings) -> Any:
    from implicit.nearest_neighbours import BM25Recommender

    return BM25Recommender(**settings)


def dense_scores(score: Callable[[sp.csr_matrix], np.ndarray], matrix: sp.csr_matrix) -> np.ndarray:
    """The best of all items for each user, items of the row left out; ties by number."""
    parts = []
    for begin in range(0, matrix.shape[0], 500):
        rows = matrix[begin : begin + 500]
        scores = np.array(score(rows), dtype=np.float64)
        scores[rows.nonzero()] = -np.inf
        best = np.argpartition(-scores, N, axis=1)[:, :N]
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        parts.append(np.take_along_axis(best, order, axis=1))
    return np.concatenate(parts)


def sansa_model(settings: Settings, matrix: sp.csr_matrix) -> Callable[[], np.ndarray]:
    from sansa import SANSA, CHOLMODGramianFactorizerConfig, SANSAConfig, UMRUnitLowerTriangleInverterConfig

    model = SANSA(
        SANSAConfig(
            l2=settings["l2"],
            weight_matrix_density=settings["weight_matrix_density"],
            gramian_factorizer_config=CHOLMODGramianFactorizerConfig(),
            lower_triangle_inverter_config=UMRUnitLowerTriangleInverterConfig(scans=1, finetune_steps=5),
        )
    )
    model.fit(sp.csr_matrix(matrix, dtype=np.float32))
    first, second = model.weights
    return lambda: dense_scores(lambda rows: ((rows @ first) @ second).toarray(), matrix)


def rectools_ease(settings: Settings, matrix: sp.csr_matrix) -> Callable[[], np.ndarray]:
    import pandas as pd
    from rectools import Columns
    from rectools.dataset import Dataset
    from rectools.models import EASEModel

    coordinates = matrix.tocoo()
    table = pd.DataFrame({Columns.User: coordinates.row, Columns.Item: coordinates.col, Columns.Weight: 1.0})
    dataset = Dataset.construct(table.assign(**{Columns.Datetime: "2020-01-01"}))
    model = EASEModel(regularization=settings["regularization"])
    model.fit(dataset)

    def lists() -> np.ndarray:
        users = np.unique(coordinates.row)
        found = model.recommend(users=users, dataset=dataset, k=N, filter_viewed=True)
        result = np.full((matrix.shape[0], N), -1)
        result[found[Columns.User].to_numpy(), found[Columns.Rank].to_numpy() - 1] = found[Columns.Item].to_numpy()
        return result

    return lists


def log_uniform(random: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


#: library, model: how to fit; its defaults; a draw from its space.
MODELS: dict[tuple[str, str], tuple[Fit, Settings, Callable[[np.random.Generator], Settings]]] = {
    ("implicit", "als"): (
        implicit_model(implicit_als),
        {"factors": 100, "regularization": 0.01, "alpha": 1.0, "iterations": 15},
        lambda random: {
            "factors": int(random.choice([64, 128])),
            "regularization": log_uniform(random, 0.001, 30.0),
            "alpha": log_uniform(random, 0.1, 20.0),
            "iterations": 15,
        },
    ),
    ("implicit", "bpr"): (
        implicit_model(implicit_bpr),
        {"factors": 100, "learning_rate": 0.01, "regularization": 0.01, "iterations": 100},
        lambda random: {
            "factors": int(random.choice([64, 128])),
            "learning_rate": log_uniform(random, 0.005, 0.1),
            "regularization": log_uniform(random, 0.001, 0.1),
            "iterations": 100,
        },
    ),
    ("implicit", "item_knn_cosine"): (
        implicit_model(implicit_cosine),
        {"K": 20},
        lambda random: {"K": round(log_uniform(random, 10, 1000))},
    ),
    ("implicit", "item_knn_bm25"): (
        implicit_model(implicit_bm25),
        {"K": 20, "K1": 1.2, "B": 0.75},
        lambda random: {
            "K": round(log_uniform(random, 10, 1000)),
            "K1": log_uniform(random, 0.5, 100.0),
            "B": float(random.uniform(0.0, 1.0)),
        },
    ),
    ("sansa", "sansa"): (
        sansa_model,
        {"l2": 10.0, "weight_matrix_density": 0.005},
        lambda random: {
            "l2": log_uniform(random, 1.0, 1000.0),
            "weight_matrix_density": float(random.choice([0.002, 0.005, 0.01])),
        },
    ),
    ("rectools", "ease"): (
        rectools_ease,
        {"regularization": 500.0},
        lambda random: {"regularization": log_uniform(random, 1.0, 3000.0)},
    ),
}


def ndcg(lists: np.ndarray, validation: sp.csr_matrix) -> float:
    discount = 1 / np.log2(np.arange(2, N + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discount)])
    values = []
    for user in np.flatnonzero(np.diff(validation.indptr)):
        row = validation.indices[validation.indptr[user] : validation.indptr[user + 1]]
        values.append((np.isin(lists[user], row) * discount).sum() / ideal[min(N, row.size)])
    return float(np.mean(values))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library")
    parser.add_argument("model")
    parser.add_argument("split", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=600.0)
    arguments = parser.parse_args()
    with np.load(arguments.split) as file:
        parts = {
            name: sp.csr_matrix(
                (
                    np.ones(file[f"{name}_indices"].size, dtype=np.float32),
                    file[f"{name}_indices"],
                    file[f"{name}_indptr"],
                ),
                shape=file["shape"],
            )
            for name in ("train", "fit", "validation")
        }
    fit, defaults, draw = MODELS[arguments.library, arguments.model]

    random = np.random.default_rng(0)
    trials: list[dict[str, Any]] = []
    begin = time.perf_counter()
    for number in range(arguments.trials):
        settings = defaults if number == 0 else draw(random)
        if number > 0 and time.perf_counter() - begin > arguments.seconds:
            break
        value = ndcg(fit(settings, parts["fit"])(), parts["validation"])
        trials.append({"settings": settings, "ndcg": value})
        print(f"  {value:.4f}  {settings}", flush=True)
    best = max(trials, key=lambda trial: trial["ndcg"])["settings"]

    report: dict[str, Any] = {"trials": trials}
    lists = {}
    for name, settings in (("defaults", defaults), ("tuned", best)):
        start = time.perf_counter()
        recommend = fit(settings, parts["train"])
        fitted = time.perf_counter()
        lists[name] = recommend().astype(np.int64)
        done = time.perf_counter()
        report[name] = {"settings": settings, "fit_seconds": fitted - start, "recommend_seconds": done - fitted}
    np.savez(arguments.out.with_suffix(".npz"), defaults=lists["defaults"], tuned=lists["tuned"])
    arguments.out.with_suffix(".json").write_text(json.dumps(report))


if __name__ == "__main__":
    main()
