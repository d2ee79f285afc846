"""The libraries that race. Each gets the matrix in the form it likes best before the clock starts.

A contestant is made with a case, the matrix (users by items) and a number of threads; `run` is what is timed, `lists`
is what came out, in one form for all.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import scipy.sparse as sp

from benchmarks.speed.agreement import Lists

if TYPE_CHECKING:
    from benchmarks.speed.cases import Case

#: Of users whose lists are compared, where all would take longer than the race.
SAMPLE = 500
#: Requests of one user each in a round.
REQUESTS = 2000


class Contestant(ABC):
    package: ClassVar[str]

    def __init__(self, case: Case, matrix: sp.csr_matrix, threads: int, neighbours: sp.csr_matrix | None) -> None:
        """`neighbours` are those to serve from, where serving is the race: the same for all."""
        self.case = case
        self.threads = threads
        self.neighbours = neighbours
        self.prepare(matrix)

    @classmethod
    def versions(cls) -> dict[str, str]:
        return {name: version(name) for name in (cls.package, "numpy", "scipy")}

    @abstractmethod
    def prepare(self, matrix: sp.csr_matrix) -> None: ...

    @abstractmethod
    def run(self) -> dict[str, Any]:
        """What is timed. Returns more figures, where the time is not all there is to say."""

    @abstractmethod
    def lists(self, rows: Any) -> Lists:
        """Of the rows of the result, or of all where `rows` is None."""


class Fit(Contestant):
    """Fits leave a matrix of similarities, items by items, that may hold its diagonal."""

    result: Any = None

    def lists(self, rows: Any) -> Lists:
        return Lists.from_csr(self.result.tocsr(), self.case.k, rows=rows, drop_diagonal=True)


# recocore


class RecocoreFit(Fit):
    package = "recocore"

    def prepare(self, matrix: sp.csr_matrix) -> None:
        import recocore

        self.model = recocore.ItemKNN(k=self.case.k, n_jobs=self.threads, **self.case.settings)
        self.interactions = recocore.Interactions.from_sparse(matrix)

    def run(self) -> dict[str, Any]:
        self.model.fit(self.interactions)
        return {}

    def lists(self, rows: Any) -> Lists:
        self.result = self.model.similarity_
        return super().lists(rows)


class RecocoreRecommend(RecocoreFit):
    def prepare(self, matrix: sp.csr_matrix) -> None:
        super().prepare(matrix)
        self.model.set_params(n_jobs=-1).fit(self.interactions)
        self.users = np.arange(matrix.shape[0])
        self.matrix = matrix

    def run(self) -> dict[str, Any]:
        self.result = self.model.recommend(self.users, n=self.case.n, n_jobs=self.threads)
        self.columns = self.result.item_id, self.result.score
        return {}

    def lists(self, rows: Any) -> Lists:
        shape = (self.matrix.shape[0], -1)
        ids, scores = (column.reshape(shape) for column in self.columns)
        return Lists.make(ids, scores, self.case.n).rows(rows)

    def lists_by_history(self, rows: Any) -> Lists:
        """The same neighbours, but the lists of the history's items are summed: what some peers do."""
        seen = self.matrix[rows]
        scores = (seen @ self.model.similarity_).toarray()
        scores[seen.nonzero()] = 0
        ids = np.broadcast_to(np.arange(scores.shape[1], dtype=np.int32), scores.shape)
        return Lists.make(ids, scores, self.case.n)


class RecocoreOne(RecocoreRecommend):
    def prepare(self, matrix: sp.csr_matrix) -> None:
        super().prepare(matrix)
        self.requests = users_to_serve(matrix, self.case.history)

    def run(self) -> dict[str, Any]:
        recommend, n = self.model.recommend, self.case.n
        return latencies(lambda user: recommend(user, n=n), self.requests.tolist())

    def lists(self, rows: Any) -> Lists:
        found = [self.model.recommend(int(user), n=self.case.n) for user in rows]
        ids, scores = (np.stack([getattr(one, name) for one in found]) for name in ("item_id", "score"))
        return Lists.make(ids, scores, self.case.n)


# similaripy


class SimilaripyFit(Fit):
    package = "similaripy"

    def prepare(self, matrix: sp.csr_matrix) -> None:
        self.items = matrix.T.tocsr()

    def run(self) -> dict[str, Any]:
        # The item itself comes on top.
        self.result = self.fit(self.case.k + 1)
        return {}

    def fit(self, k: int) -> Any:
        import similaripy

        settings = dict(self.case.settings)
        name = settings.pop("similarity", "cosine")
        options: dict[str, Any] = {"k": k, "num_threads": self.threads, "format_output": "csr", "verbose": False}
        if shrinkage := settings.pop("shrinkage", None):
            options |= {"shrink": shrinkage, "shrink_type": "bayesian"}
        items = self.items
        weighting = settings.pop("weighting", None)
        if weighting == "tf_idf":
            items = similaripy.normalization.tfidf(items)
        elif weighting == "bm25":
            items = similaripy.normalization.bm25(items)
        function = {"dot": similaripy.dot_product}.get(name) or getattr(similaripy, name)
        return function(items, **options, **settings)


class SimilaripyRecommend(SimilaripyFit):
    def prepare(self, matrix: sp.csr_matrix) -> None:
        super().prepare(matrix)
        self.matrix = matrix
        # Column j has the neighbours of the candidate j, as in the product its documentation suggests.
        neighbours = self.fit(self.case.k) if self.neighbours is None else self.neighbours
        self.model = neighbours.T.tocsr()

    def run(self) -> dict[str, Any]:
        import similaripy

        self.result = similaripy.dot_product(
            self.matrix,
            self.model,
            k=self.case.n,
            filter_cols=self.matrix,
            num_threads=self.threads,
            format_output="csr",
            verbose=False,
        )
        return {}

    def lists(self, rows: Any) -> Lists:
        return Lists.from_csr(self.result, self.case.n).rows(rows)


# implicit


class ImplicitFit(Fit):
    package = "implicit"

    def prepare(self, matrix: sp.csr_matrix) -> None:
        self.matrix = matrix

    def run(self) -> dict[str, Any]:
        from implicit import nearest_neighbours

        name = {"tf_idf": "TFIDFRecommender", "bm25": "BM25Recommender", None: "CosineRecommender"}
        recommender = getattr(nearest_neighbours, name[self.case.settings.get("weighting")])
        self.model = recommender(K=self.case.k + 1, num_threads=self.threads)
        self.model.fit(self.matrix, show_progress=False)
        self.result = self.model.similarity
        return {}


class ImplicitRecommend(ImplicitFit):
    def prepare(self, matrix: sp.csr_matrix) -> None:
        super().prepare(matrix)
        self.model = implicit_model(self)
        self.users = np.arange(matrix.shape[0])

    def run(self) -> dict[str, Any]:
        self.result = self.model.recommend(self.users, self.matrix, N=self.case.n, filter_already_liked_items=True)
        return {}

    def lists(self, rows: Any) -> Lists:
        ids, scores = self.result
        return Lists.make(ids, scores, self.case.n).rows(rows)


class ImplicitOne(ImplicitRecommend):
    """The call its documentation shows, which takes the user's row out of the matrix."""

    def prepare(self, matrix: sp.csr_matrix) -> None:
        super().prepare(matrix)
        self.requests = users_to_serve(matrix, self.case.history)

    def run(self) -> dict[str, Any]:
        recommend, matrix, n = self.model.recommend, self.matrix, self.case.n
        return latencies(lambda user: recommend(user, matrix[user], N=n), self.requests.tolist())

    def lists(self, rows: Any) -> Lists:
        found = [self.model.recommend(int(user), self.matrix[user], N=self.case.n) for user in rows]
        parts = [Lists.make(ids[None], scores[None], self.case.n) for ids, scores in found]
        return Lists(np.concatenate([part.ids for part in parts]), np.concatenate([part.scores for part in parts]))


class ImplicitOneRow(ImplicitOne):
    """The same with rows that were taken out before the clock starts."""

    def run(self) -> dict[str, Any]:
        recommend, n = self.model.recommend, self.case.n
        rows = {int(user): self.matrix[user] for user in self.requests}
        return latencies(lambda user: recommend(user, rows[user], N=n), self.requests.tolist())


def implicit_model(contestant: Contestant) -> Any:
    """Its recommender, with the neighbours that were given."""
    from implicit.nearest_neighbours import CosineRecommender

    model = CosineRecommender(K=contestant.case.k, num_threads=contestant.threads)
    if contestant.neighbours is not None:
        model.__setstate__({"similarity": sp.csr_matrix(contestant.neighbours, dtype=np.float64)})
    return model


# sparse_dot_topn


class SparseDotTopn(Fit):
    package = "sparse_dot_topn"

    def prepare(self, matrix: sp.csr_matrix) -> None:
        self.users, self.items = matrix, matrix.T.tocsr()

    def run(self) -> dict[str, Any]:
        from sparse_dot_topn import sp_matmul_topn

        # It multiplies, the caller normalises; both factors are in the form it wants.
        users, items = self.users, self.items
        norms = np.sqrt(np.bincount(users.indices, users.data.astype(np.float64) ** 2, minlength=users.shape[1]))
        norms = np.maximum(norms, 1e-30).astype(np.float32)
        scaled = items.data / np.repeat(norms, np.diff(items.indptr))
        left = sp.csr_matrix((scaled, items.indices, items.indptr), shape=items.shape)
        right = sp.csr_matrix((users.data / norms[users.indices], users.indices, users.indptr), shape=users.shape)
        self.result = sp_matmul_topn(left, right, top_n=self.case.k + 1, n_threads=self.threads)
        return {}


# LensKit


class LenskitKernel(Fit):
    """The steps of ItemKNNScorer.train with implicit feedback, without what surrounds them.

    Importing LensKit's own class needs PyTorch, which the compiled kernel does not: normalising, conversion to Arrow
    and the kernel are called as `train` does.
    """

    package = "lenskit"
    has_pool: ClassVar[bool] = False

    def prepare(self, matrix: sp.csr_matrix) -> None:
        from importlib import import_module

        self.matrix = matrix
        self.kernel = import_module("lenskit._accel")
        if not LenskitKernel.has_pool:
            self.kernel.init_accel_pool(self.threads)  # Once a process.
            LenskitKernel.has_pool = True

    @classmethod
    def versions(cls) -> dict[str, str]:
        return super().versions() | {"pyarrow": version("pyarrow")}

    def run(self) -> dict[str, Any]:
        import pyarrow as pa
        from scipy.sparse import linalg

        ratings = self.matrix.tocoo()
        norms = linalg.norm(ratings, 2, axis=0)
        ratings = (ratings / np.maximum(norms, np.finfo("f4").smallest_normal)).astype(np.float32)
        users, items = arrow_rows(ratings.tocsr()), arrow_rows(ratings.T.tocsr())
        chunks = self.kernel.knn.compute_similarities(users, items, ratings.shape, 1e-6, self.case.k, None)
        self.result = pa.chunked_array(chunks).combine_chunks()
        return {}

    def lists(self, rows: Any) -> Lists:
        storage = getattr(self.result, "storage", self.result)
        entries = storage.flatten()
        indices, values = (np.asarray(getattr(part, "storage", part)) for part in entries.flatten())
        offsets = np.concatenate([[0], np.cumsum(np.asarray(storage.value_lengths().fill_null(0)))])
        items = self.matrix.shape[1]
        return Lists.from_csr(sp.csr_array((values, indices, offsets), shape=(items, items)), self.case.k, rows=rows)


def arrow_rows(matrix: Any) -> Any:
    """Rows as LensKit's kernel reads them: lists of (index, value), with the names of its extension types."""
    import pyarrow as pa

    class Index(pa.ExtensionType):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(pa.int32(), "lenskit.sparse_index")

        def __arrow_ext_serialize__(self) -> bytes:
            return json.dumps({"dimension": matrix.shape[1]}).encode()

    class Row(pa.ExtensionType):  # type: ignore[misc]
        def __init__(self, storage: Any) -> None:
            super().__init__(storage, "lenskit.sparse_row")

        def __arrow_ext_serialize__(self) -> bytes:
            return b""

    indices = pa.ExtensionArray.from_storage(Index(), pa.array(matrix.indices, type=pa.int32()))
    entries = pa.StructArray.from_arrays([indices, pa.array(matrix.data)], names=["index", "value"])
    rows = pa.ListArray.from_arrays(pa.array(matrix.indptr, type=pa.int32()), entries)
    return pa.ExtensionArray.from_storage(Row(rows.type), rows)


# RecTools


class RectoolsRecommend(Contestant):
    """A loop over the recommender of a fork of implicit; in an environment of its own, as it needs older packages."""

    package = "rectools"

    def prepare(self, matrix: sp.csr_matrix) -> None:
        import pandas as pd
        from rectools.dataset import Dataset
        from rectools.models import ImplicitItemKNNWrapperModel

        pairs = matrix.tocoo()
        columns = {"user_id": pairs.row, "item_id": pairs.col, "weight": pairs.data}
        table = pd.DataFrame(columns).assign(datetime=pd.Timestamp("2020-01-01"))
        self.dataset = Dataset.construct(table)
        self.users = np.unique(pairs.row)
        if self.neighbours is not None:
            # Its positions of items are others.
            order = np.asarray(self.dataset.item_id_map.external_ids)
            self.neighbours = sp.csr_matrix(self.neighbours)[order][:, order]
        self.model = ImplicitItemKNNWrapperModel(implicit_model(self))
        self.model.fit(self.dataset)
        self.model.model = implicit_model(self)

    def run(self) -> dict[str, Any]:
        self.result = self.model.recommend(self.users, self.dataset, k=self.case.n, filter_viewed=True)
        return {}

    def lists(self, rows: Any) -> Lists:
        place = self.result["rank"].to_numpy() - 1
        users = self.result["user_id"].to_numpy()
        ids = np.full((self.users.max() + 1, self.case.n), -1, dtype=np.int32)
        scores = np.zeros(ids.shape)
        ids[users, place], scores[users, place] = self.result["item_id"], self.result["score"]
        return Lists.make(ids, scores, self.case.n).rows(rows)


CONTESTANTS: dict[str, dict[str, type[Contestant]]] = {
    "fit": {
        "recocore": RecocoreFit,
        "similaripy": SimilaripyFit,
        "implicit": ImplicitFit,
        "sparse_dot_topn": SparseDotTopn,
        "lenskit": LenskitKernel,
    },
    "recommend": {
        "recocore": RecocoreRecommend,
        "similaripy": SimilaripyRecommend,
        "implicit": ImplicitRecommend,
        "rectools": RectoolsRecommend,
    },
    "one": {"recocore": RecocoreOne, "implicit": ImplicitOne, "implicit, row given": ImplicitOneRow},
}

#: These sum the lists of the history's items, recocore those of the candidates.
CUT_BY_HISTORY = ("implicit", "implicit, row given", "rectools")


def users_to_serve(matrix: sp.csr_matrix, history: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Different users with as many items, in no order; with about as many, where too few have."""
    distance = np.abs(np.diff(matrix.indptr).astype(np.int64) - history)
    nearest = np.argsort(distance, kind="stable")[:REQUESTS]
    return np.random.default_rng(history).permutation(nearest)


def latencies(serve: Any, users: list[int]) -> dict[str, Any]:
    """Nanoseconds of one call, over many users."""
    clock, taken = time.perf_counter_ns, []
    for user in users:
        start = clock()
        serve(user)
        taken.append(clock() - start)
    p50, p90, p99 = np.percentile(taken, [50, 90, 99])
    return {"requests": len(users), "p50_ns": float(p50), "p90_ns": float(p90), "p99_ns": float(p99)}
