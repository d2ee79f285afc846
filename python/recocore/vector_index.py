"""The nearest of many vectors, by real ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from recocore import _core
from recocore._base import Estimator
from recocore._checks import check_count, check_limits, check_seed, check_text, check_threads, shown
from recocore._columns import as_ids
from recocore._progress import progress_bar
from recocore._tables import html_table, text_table
from recocore.errors import InvalidDataError, InvalidParameterError, NotFittedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray
    from typing_extensions import Self

__all__ = ["Nearest", "NearestVector", "VectorIndex"]

#: Rows that a text or HTML table shows at most.
SHOWN_ROWS = 20


class NearestVector(NamedTuple):
    """One row of :class:`Nearest`."""

    query: int
    id: int | str
    rank: int
    score: float


class Nearest:
    """What a search found: one row a vector, lists of queries one after the other, best first in each.

    Attributes
    ----------
    query : ndarray of int64
        The number of the query, from 0.
    id : ndarray of int64 or of str objects
    rank : ndarray of int32
        Place in the list of the query, from 1.
    score : ndarray of float32
        In the terms of the index's ``metric``: the larger the nearer.
    offsets : ndarray of uint64, shape (queries + 1,)
        Query q has the rows ``offsets[q]:offsets[q + 1]``.
    """

    def __init__(self, offsets: NDArray[np.uint64], ids: NDArray[Any], scores: NDArray[np.float32]) -> None:
        self.offsets = offsets
        self.id = ids
        self.score = scores
        lengths: NDArray[np.int64] = np.diff(offsets).astype(np.int64)
        self.query: NDArray[np.int64] = np.repeat(np.arange(len(lengths)), lengths)
        starts = np.repeat(offsets[:-1].astype(np.int64), lengths)
        self.rank: NDArray[np.int32] = (np.arange(len(ids)) - starts + 1).astype(np.int32)

    def to_dict(self) -> dict[str, list[Any]]:
        """Columns as lists."""
        return {name: getattr(self, name).tolist() for name in NearestVector._fields}

    def to_pandas(self) -> pd.DataFrame:
        """A ``pandas.DataFrame``."""
        import pandas as pd

        return pd.DataFrame({name: getattr(self, name) for name in NearestVector._fields})

    def __len__(self) -> int:
        return len(self.id)

    @overload
    def __getitem__(self, row: int) -> NearestVector: ...
    @overload
    def __getitem__(self, row: slice) -> list[NearestVector]: ...
    def __getitem__(self, row: int | slice) -> NearestVector | list[NearestVector]:
        """A row, or a list of rows."""
        if isinstance(row, slice):
            return [self[number] for number in range(*row.indices(len(self)))]
        values = (getattr(self, name)[row] for name in NearestVector._fields)
        return NearestVector(*(value.item() if isinstance(value, np.generic) else value for value in values))

    def __iter__(self) -> Iterator[NearestVector]:
        columns = (getattr(self, name).tolist() for name in NearestVector._fields)
        return map(NearestVector, *columns)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Nearest):
            return NotImplemented
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in ("offsets", "id", "score"))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        header, rows, hidden = self._shown()
        text = text_table(header, rows)
        return f"{text}\n... and {hidden:,} more" if hidden else text

    def _repr_html_(self) -> str:
        header, rows, hidden = self._shown()
        caption = f"Nearest, the first {SHOWN_ROWS} of {len(self):,}" if hidden else "Nearest"
        return html_table(caption, header, rows)

    def _shown(self) -> tuple[list[str], list[list[str]], int]:
        rows = [[str(row.query), str(row.id)[:40], str(row.rank), f"{row.score:.4g}"] for row in self[:SHOWN_ROWS]]
        return list(NearestVector._fields), rows, len(self) - len(rows)


class VectorIndex(Estimator):
    """Vectors by id, and a search for the nearest.

    ``factory="exact"`` compares a query with all vectors, with the instructions the processor has: right for some
    100,000 of them. Its result is the same to the byte whatever the number of threads, and whether a query comes
    alone or with others. Every other string is one of Faiss's factory [1]_, which finds most of the nearest in less
    time or memory:

    ====================  =====================================================================================
    ``factory``           what it is
    ====================  =====================================================================================
    ``"exact"``           all vectors, compared one by one
    ``"Flat"``            the same by Faiss, for comparison
    ``"HNSW32"``          a graph with 32 links a vector [2]_: quick and good, more memory, slow to build
    ``"IVF1024,Flat"``    1,024 clusters, of which a search looks through ``n_probe``
    ``"IVF1024,PQ16"``    the same with 16 bytes in place of a vector [3]_: least memory, scores are approximate
    ====================  =====================================================================================

    Searches may run in any number of threads at once. A search that is allowed m vectors finds min(n, m).

    Parameters
    ----------
    factory : str, default "exact"
    metric : {"cosine", "inner_product", "l2"}
        Scores are q · v / (|q| |v|), q · v, or minus the squared distance of q and v: the larger the nearer.
    ef_search : int, default 64
        HNSW: candidates a search keeps. More finds more of the nearest and takes longer.
    n_probe : int, default 8
        IVF: clusters a search looks through.
    seed : int, default 0
        Of what Faiss draws at random.
    n_jobs : int or None, default -1
        Threads for many queries: -1 for all the machine has, None for one.
    progress : bool, default False
        Show a bar; needs tqdm.
    time_limit : float, optional
        Seconds that adding may take, else :class:`~recocore.errors.DeadlineExceededError`.
    memory_limit : int, optional
        Bytes that adding may take, else :class:`~recocore.errors.MemoryLimitError`.

    Attributes
    ----------
    dimensions_ : int
    memory_ : int
        Bytes; what Faiss holds is estimated.

    Notes
    -----
    Pickling keeps the vectors and builds the index again, so one of Faiss may differ in what it misses; an index that
    keeps codes in place of vectors (PQ) cannot be pickled.

    References
    ----------
    .. [1] Douze et al. 2024, "The Faiss library".
    .. [2] Malkov, Yashunin 2018, "Efficient and robust approximate nearest neighbor search using hierarchical
       navigable small world graphs".
    .. [3] Jégou, Douze, Schmid 2011, "Product quantization for nearest neighbor search".

    Examples
    --------
    >>> import recocore as rc
    >>> index = rc.VectorIndex().fit([[1, 0], [1, 1], [0, 1]], ids=["east", "north-east", "north"])
    >>> index.search([2, 1], n=2)
    query          id  rank   score
    0      north-east     1  0.9487
    0            east     2  0.8944
    """

    def __init__(
        self,
        factory: str = "exact",
        *,
        metric: str = "cosine",
        ef_search: int = 64,
        n_probe: int = 8,
        seed: int = 0,
        n_jobs: int | None = -1,
        progress: bool = False,
        time_limit: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.factory = factory
        self.metric = metric
        self.ef_search = ef_search
        self.n_probe = n_probe
        self.seed = seed
        self.n_jobs = n_jobs
        self.progress = progress
        self.time_limit = time_limit
        self.memory_limit = memory_limit

    def fit(self, vectors: ArrayLike, ids: Any = None) -> Self:
        """Forget what is there, and take these. Ids with the same score rank in ascending order.

        Parameters
        ----------
        vectors : array, shape (count, dimensions)
            Numbers, kept as float32.
        ids : sequence of int or of str, optional
            One each. Default: 0, 1, ...

        Raises
        ------
        InvalidDataError
            A vector that is not finite, longer than 1e18 or, with the cosine, zero; an id that occurs twice; too few
            vectors to train what Faiss trains. Names the row.
        InvalidParameterError, IdTypeError, MemoryLimitError, DeadlineExceededError
        """
        matrix = _as_matrix(vectors, "vectors")
        built_with = self._settings(matrix.shape[1])
        core = _core.VectorIndex(_core.VectorIndexConfig(**built_with))
        self._add(core, matrix, np.arange(len(matrix)) if ids is None else ids)
        self.index_ = core
        self._built_with = built_with
        return self

    def add(self, vectors: ArrayLike, ids: Any) -> Self:
        """Add vectors with new ids. When it fails the index is as it was.

        With the same score what was added later ranks behind.

        Parameters
        ----------
        vectors, ids
            As for :meth:`fit`. The first that are added decide on the dimensions, and train what Faiss trains.
        """
        matrix = _as_matrix(vectors, "vectors")
        if "index_" not in self.__dict__:
            return self.fit(vectors, ids)
        self._check_dimensions(matrix, "the vectors")
        self._add(self.index_, matrix, ids)
        return self

    def remove(self, ids: Any) -> int:
        """Remove the vectors of these ids; those that are not there are passed over.

        Faiss's indexes hide them at first, and drop them when they are more than half of all.

        Returns
        -------
        int
            How many were removed.
        """
        return self._fitted().remove(as_ids(ids, "id"))

    def search(
        self,
        queries: ArrayLike,
        n: int = 10,
        *,
        candidates: Any = None,
        exclude: Any = None,
        n_jobs: int | None = None,
    ) -> Nearest:
        """The vectors nearest to one query or to each of many.

        Parameters
        ----------
        queries : array, shape (dimensions,) or (count, dimensions)
        n : int, default 10
            Vectors a query; fewer only when fewer are allowed.
        candidates : ids, optional
            The only ones that may be found. Those that are not there never are.
        exclude : ids, optional
            Ones that may not.
        n_jobs : int, optional
            Threads for many queries. Default: the index's.

        Raises
        ------
        InvalidDataError
            A query that is not finite, longer than 1e18 or, with the cosine, zero. Names the row.
        NotFittedError, InvalidParameterError, IdTypeError
        """
        core = self._fitted()
        matrix = _as_matrix(queries, "queries")
        self._check_dimensions(matrix, "the queries")
        with progress_bar(self.progress) as progress:
            return Nearest(
                *core.search(
                    matrix,
                    check_count("n", n),
                    None if candidates is None else as_ids(candidates, "id"),
                    None if exclude is None else as_ids(exclude, "id"),
                    check_threads(self.n_jobs if n_jobs is None else n_jobs),
                    progress,
                )
            )

    @property
    def dimensions_(self) -> int:
        """Numbers a vector."""
        return self._fitted().dimensions

    @property
    def memory_(self) -> int:
        """Bytes; what Faiss holds is estimated."""
        return self._fitted().memory

    def __len__(self) -> int:
        return len(self.index_) if "index_" in self.__dict__ else 0

    def __bool__(self) -> bool:
        return True

    def __contains__(self, id: object) -> bool:  # noqa: A002
        return self._fitted().contains(id)

    def _settings(self, dimensions: int) -> dict[str, Any]:
        return {
            "factory": check_text("factory", self.factory),
            "metric": check_text("metric", self.metric),
            "dimensions": dimensions,
            "ef_search": check_count("ef_search", self.ef_search),
            "n_probe": check_count("n_probe", self.n_probe),
            "seed": check_seed(self.seed),
        }

    def _add(self, core: _core.VectorIndex, matrix: NDArray[np.float32], ids: Any) -> None:
        limits = check_limits(self.time_limit, self.memory_limit)
        with progress_bar(self.progress) as progress:
            core.add(matrix, as_ids(ids, "id"), limits, check_threads(self.n_jobs), progress)

    def _check_dimensions(self, matrix: NDArray[np.float32], what: str) -> None:
        if matrix.shape[1] != self.dimensions_:
            raise InvalidParameterError(
                f"{what} have {matrix.shape[1]} dimensions, but those in the index have {self.dimensions_}"
            )

    def _fitted(self) -> _core.VectorIndex:
        try:
            return self.index_
        except AttributeError:
            raise NotFittedError("this VectorIndex has no vectors yet; call fit first") from None

    def __sklearn_is_fitted__(self) -> bool:
        return "index_" in self.__dict__

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        if "index_" in state:
            index = state["index_"]
            if not index.keeps_vectors:
                raise InvalidParameterError(
                    f"an index {self.factory!r} keeps codes in place of vectors, and cannot be pickled; keep the "
                    "vectors and fit it again"
                )
            state["index_"] = (self._built_with, *index.state())
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({name: value for name, value in state.items() if name != "index_"})
        if "index_" in state:
            built_with, ids, labels, vectors = state["index_"]
            config = _core.VectorIndexConfig(**built_with)
            self.index_ = _core.VectorIndex.restore(config, as_ids(ids, "id"), labels.tolist(), vectors)


def _as_matrix(values: ArrayLike, what: str) -> NDArray[np.float32]:
    """Rows of numbers, or a single one."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise InvalidDataError(f"the {what} have rows of different lengths; give each the same dimensions") from None
    if array.dtype.kind not in "iufb":
        raise InvalidDataError(f"the {what} must be numbers; got {shown(values)}")
    if array.ndim == 1:
        array = array.reshape(1, -1)
    if array.ndim != 2 or array.shape[1] == 0:
        raise InvalidParameterError(
            f"the {what} must be an array of the shape (count, dimensions); got one of the shape {array.shape}"
        )
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, dtype=np.float32)
