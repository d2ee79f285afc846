"""Models of other libraries that look at features of items, in an environment that has the library.

    python -m benchmarks.cold_start.peers library model split.npz out --trials N --seconds S

``split.npz`` holds the part to test and the part to choose settings on (`export.py`): pairs users by items, features
items by words, the numbers of warm and of new items. Settings are drawn at random (seeded), the first being the
library's own, and judged on the second part: by the NDCG@20 of the stream, of new items among all, and of new items
among new ones. The lists of the first settings and of the best for each aim go to ``out.npz`` and are measured by
recocore.
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

from benchmarks.accuracy.peers import N as N  # noqa: E402, PLC0414
from benchmarks.accuracy.peers import log_uniform, ndcg  # noqa: E402

Settings = dict[str, Any]
#: Scores of all items for some users.
Score = Callable[[Any], np.ndarray]

AIMS = ("stream", "new_in_all", "new")
#: Lists of all items, of the new and of the warm ones.
KINDS = ("all", "new", "warm")


class Part:
    """What is fitted; of the part for settings also what is to be foreseen."""

    def __init__(self, arrays: Any, name: str) -> None:
        self.train = matrix(arrays, f"{name}_train")
        self.features = matrix(arrays, "features")
        self.warm, self.new, self.users = (arrays[f"{name}_{key}"] for key in ("warm", "new", "users"))
        self.stream, self.launch = (matrix(arrays, f"{name}_{key}") for key in ("stream", "launch"))

    def candidates(self, kind: str) -> Any:
        return {"all": np.union1d(self.warm, self.new), "new": self.new, "warm": self.warm}[kind]

    def lists(self, score: Score, kinds: tuple[str, ...]) -> dict[str, np.ndarray]:
        """The best of the candidates for each user, -1 where there are none; what the user has is left out."""
        found = {kind: np.full((self.train.shape[0], N), -1) for kind in kinds}
        closed = {kind: np.setdiff1d(np.arange(self.train.shape[1]), self.candidates(kind)) for kind in kinds}
        for begin in range(0, self.users.size, 500):
            users = self.users[begin : begin + 500]
            scores = np.array(score(users), dtype=np.float64)
            scores[self.train[users].nonzero()] = -np.inf
            for kind in kinds:
                found[kind][users] = best_of(scores, closed[kind])
        return found


def best_of(scores: np.ndarray, closed: Any) -> np.ndarray:
    open_scores = scores.copy()
    open_scores[:, closed] = -np.inf
    size = min(N, scores.shape[1])
    best = np.argpartition(-open_scores, size - 1, axis=1)[:, :size]
    best.sort(axis=1)  # ties by number
    values = np.take_along_axis(open_scores, best, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    ranked = np.where(
        np.isneginf(np.take_along_axis(values, order, axis=1)), -1, np.take_along_axis(best, order, axis=1)
    )
    return np.pad(ranked, ((0, 0), (0, N - size)), constant_values=-1)


def matrix(arrays: Any, name: str) -> sp.csr_matrix:
    indptr, indices = arrays[f"{name}_indptr"], arrays[f"{name}_indices"]
    ones = np.ones(indices.size, dtype=np.float32)
    return sp.csr_matrix((ones, indices, indptr), shape=tuple(arrays[f"{name}_shape"]))


def dot(users: np.ndarray, items: np.ndarray) -> Score:
    return lambda chosen: users[chosen] @ items.T


def content_centroid(settings: Settings, part: Part) -> Score:
    """The cosine between an item and the mean of what the user has, words weighted by TF-IDF."""
    from sklearn.feature_extraction.text import TfidfTransformer

    # Words of at least so many items.
    features = part.features[:, part.features.getnnz(axis=0) >= settings["least"]]
    items = TfidfTransformer(use_idf=settings["use_idf"]).fit_transform(features)
    return lambda users: (part.train[users] @ items @ items.T).toarray()


def lightfm_model(settings: Settings, part: Part) -> Score:
    """Vectors of items are sums over their features; with `identity` each warm item has one of its own besides."""
    from lightfm import LightFM

    features = part.features.copy()
    if settings["identity"]:
        own = np.zeros(part.train.shape[1], dtype=np.float32)
        own[part.warm] = 1
        features = sp.csr_matrix(sp.hstack([sp.diags(own), features]))
    sums = np.maximum(np.asarray(features.sum(axis=1)).ravel(), 1)
    features = sp.csr_matrix(sp.diags(1 / sums) @ features, dtype=np.float32)
    options = {key: settings[key] for key in ("no_components", "learning_rate", "item_alpha", "user_alpha", "loss")}
    model = LightFM(**options, random_state=0)
    model.fit(part.train.tocoo(), item_features=features, epochs=settings["epochs"], num_threads=1)
    biases, vectors = model.get_item_representations(features)
    _, users = model.get_user_representations()
    return lambda chosen: users[chosen] @ vectors.T + biases


def als_options(settings: Settings) -> dict[str, Any]:
    return {key: settings[key] for key in ("factors", "regularization", "alpha", "iterations")} | {"random_state": 0}


def implicit_ridge(settings: Settings, part: Part) -> Score:
    """ALS; the vector of a new item is foreseen from its features by ridge regression on those of the warm items
    (Gantner et al. 2010, "Learning Attribute-to-Feature Mappings for Cold-Start Recommendations")."""
    from implicit.als import AlternatingLeastSquares
    from scipy.sparse.linalg import LinearOperator, cg
    from sklearn.feature_extraction.text import TfidfTransformer

    model = AlternatingLeastSquares(**als_options(settings))
    model.fit(part.train, show_progress=False)
    features = sp.csr_matrix(TfidfTransformer().fit_transform(part.features), dtype=np.float64)
    known = features[part.warm]
    normal = LinearOperator(
        (features.shape[1],) * 2, matvec=lambda x: known.T @ (known @ x) + settings["ridge"] * x, dtype=np.float64
    )
    items = np.array(model.item_factors, dtype=np.float64)
    for factor in range(items.shape[1]):
        weights, _ = cg(normal, known.T @ items[part.warm, factor], rtol=1e-4, maxiter=100)
        items[part.new, factor] = features[part.new] @ weights
    return dot(np.asarray(model.user_factors), items)


def rectools_als(settings: Settings, part: Part) -> Score:
    """ALS in which features are dimensions of the items' vectors. As each costs as much as a factor, they are the
    leading singular vectors of the TF-IDF."""
    from implicit.als import AlternatingLeastSquares
    from rectools.dataset.features import DenseFeatures
    from rectools.models.implicit_als import fit_als_with_features_together_inplace
    from scipy.sparse.linalg import svds

    counts = np.maximum(part.features.getnnz(axis=0), 1)
    weighted = part.features @ sp.diags(np.log(part.features.shape[0] / counts))
    norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    weighted = sp.diags(1 / np.maximum(norms, 1e-9)) @ weighted
    size = min(settings["features"], min(weighted.shape) - 1)
    left, values, _ = svds(weighted.astype(np.float64), k=size, random_state=0)
    dense = (settings["scale"] * left * values).astype(np.float32)
    model = AlternatingLeastSquares(**als_options(settings), num_threads=1)
    names = tuple(f"feature {number}" for number in range(size))
    fit_als_with_features_together_inplace(
        model, part.train, None, DenseFeatures(dense, names), iterations=settings["iterations"]
    )
    return dot(np.asarray(model.user_factors), np.asarray(model.item_factors))


#: library, model: how to fit; its defaults; a draw from its space.
MODELS: dict[tuple[str, str], tuple[Callable[[Settings, Part], Score], Settings, Callable[[Any], Settings]]] = {
    ("scikit-learn", "tfidf_centroid"): (
        content_centroid,
        {"use_idf": True, "least": 1},
        lambda random: {"use_idf": bool(random.integers(2)), "least": int(random.choice([1, 2, 5, 20]))},
    ),
    ("lightfm", "warp"): (
        lightfm_model,
        {
            "no_components": 64,
            "learning_rate": 0.05,
            "item_alpha": 0.0,
            "user_alpha": 0.0,
            "loss": "warp",
            "epochs": 30,
            "identity": True,
        },
        lambda random: {
            "no_components": int(random.choice([32, 64, 128])),
            "learning_rate": log_uniform(random, 0.01, 0.1),
            "item_alpha": log_uniform(random, 1e-7, 1e-4),
            "user_alpha": log_uniform(random, 1e-7, 1e-4),
            "loss": str(random.choice(["warp", "warp", "bpr"])),
            "epochs": int(random.choice([10, 30, 60])),
            "identity": bool(random.integers(2)),
        },
    ),
    ("implicit", "als_ridge"): (
        implicit_ridge,
        {"factors": 100, "regularization": 0.01, "alpha": 1.0, "iterations": 15, "ridge": 1.0},
        lambda random: {
            "factors": int(random.choice([32, 64, 128])),
            "regularization": log_uniform(random, 0.001, 30.0),
            "alpha": log_uniform(random, 0.5, 40.0),
            "iterations": 15,
            "ridge": log_uniform(random, 0.05, 20.0),
        },
    ),
    ("rectools", "als_features"): (
        rectools_als,
        {
            "factors": 100,
            "regularization": 0.01,
            "alpha": 1.0,
            "iterations": 15,
            "features": 32,
            "scale": 1.0,
        },
        lambda random: {
            "factors": int(random.choice([32, 64, 128])),
            "regularization": log_uniform(random, 0.001, 30.0),
            "alpha": log_uniform(random, 0.5, 40.0),
            "iterations": 15,
            "features": int(random.choice([16, 32, 64])),
            "scale": log_uniform(random, 0.3, 3.0),
        },
    ),
}


def judged(score: Score, part: Part) -> dict[str, float]:
    found = part.lists(score, ("all", "new"))
    foreseen = {
        "stream": (found["all"], part.stream),
        "new_in_all": (found["all"], part.launch),
        "new": (found["new"], part.launch),
    }
    return {aim: ndcg(lists, rows) if rows.nnz else 0.0 for aim, (lists, rows) in foreseen.items()}


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
        arrays = dict(file)
    fit, defaults, draw = MODELS[arguments.library, arguments.model]

    validation = Part(arrays, "validation")
    random = np.random.default_rng(0)
    trials: list[dict[str, Any]] = []
    begin = time.perf_counter()
    for number in range(arguments.trials):
        spent = time.perf_counter() - begin
        if trials and spent + spent / len(trials) > arguments.seconds:
            break
        settings = defaults if number == 0 else draw(random)
        if any(trial["settings"] == settings for trial in trials):
            continue
        values = judged(fit(settings, validation), validation)
        trials.append({"settings": settings, "values": values})
        print(" ", *(f"{value:.4f}" for value in values.values()), settings, flush=True)

    part = Part(arrays, "test")
    report: dict[str, Any] = {"trials": trials, "fits": {}}
    chosen = {"defaults": defaults} | {
        aim: max(trials, key=lambda trial: trial["values"][aim])["settings"] for aim in AIMS
    }
    lists = {}
    for name, settings in chosen.items():
        same = next((other for other in report["fits"] if chosen[other] == settings), None)
        if same:
            report["fits"][name] = {"same": same, "settings": settings}
            continue
        start = time.perf_counter()
        score = fit(settings, part)
        report["fits"][name] = {"settings": settings, "fit_seconds": time.perf_counter() - start}
        for kind, found in part.lists(score, KINDS).items():
            lists[f"{name}_{kind}"] = found[part.users]
    np.savez(arguments.out.with_suffix(".npz"), **lists)
    arguments.out.with_suffix(".json").write_text(json.dumps(report))


if __name__ == "__main__":
    main()
