"""Models that have a vector for each item."""

from __future__ import annotations

from abc import abstractmethod
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from recocore import _core
from recocore._base import Recommender
from recocore._checks import check_count, check_limits, check_text, check_threads
from recocore._columns import as_ids
from recocore.errors import InvalidParameterError
from recocore.results import SimilarItems

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FactorRecommender"]


class _Similar(NamedTuple):
    """An index of the vectors of a model, and where each item is among them."""

    model: _core.Model
    nearest: _core.VectorIndex
    vectors: NDArray[np.float32]
    positions: dict[int | str, int]


#: Of making an index, whatever the model's.
_making = Lock()


class FactorRecommender(Recommender):
    """A model whose items are similar when their vectors point the same way."""

    @abstractmethod
    def _item_vectors(self) -> NDArray[np.float32]:
        """A row an item, in the order of ``interactions_.items``."""

    def similar_items(
        self,
        item: int | str,
        *,
        n: int = 10,
        exclude: Any = None,
        candidates: Any = None,
        on_unknown: str = "popular",
    ) -> SimilarItems:
        """The items with the largest cosine to one, above 0, best first: at most ``n``; the list is not filled up.

        The first call makes an exact :class:`~recocore.VectorIndex` of ``item_factors_``, which the model keeps.

        Parameters
        ----------
        item : id
        n : int, default 10
        exclude, candidates, on_unknown
            As in :meth:`recommend`.

        Returns
        -------
        SimilarItems
            Columns ``similar_to, item_id, rank, score, tier``.
        """
        similar = self._similar()
        wanted = as_ids([item], "item id")
        position = similar.positions.get(wanted.to_array().tolist()[0])
        count = check_count("n", n)
        excluded = None if exclude is None else as_ids(exclude, "item id")
        allowed = None if candidates is None else as_ids(candidates, "item id")
        if position is None or on_unknown not in {"popular", "error", "empty"}:
            return SimilarItems(
                similar.model.similar_items(item, count, excluded, allowed, check_text("on_unknown", on_unknown), None)
            )
        vector = similar.vectors[position : position + 1]
        if not vector.any():
            ids, scores = as_ids([], "item id").to_array(), np.zeros(0, dtype=np.float32)
        else:
            # The item itself is among them.
            _, ids, scores = similar.nearest.search(vector, count + 1, allowed, excluded, 1, None)
            kept = np.flatnonzero((scores > 0) & (ids != wanted.to_array()[0]))[:count]
            ids, scores = ids[kept], scores[kept]
        return SimilarItems(
            _core.Lists.from_columns(
                wanted, [0, len(ids)], as_ids(ids, "item id"), scores.tolist(), np.zeros(len(ids), np.int8).tolist()
            )
        )

    def _similar(self) -> _Similar:
        model = self._snapshot()
        similar: _Similar | None = self.__dict__.get("_similar_items")
        if similar is not None and similar.model is model:
            return similar
        with _making:
            similar = self.__dict__.get("_similar_items")
            if similar is None or similar.model is not model:
                similar = self._make_similar(model)
                self.__dict__["_similar_items"] = similar
            return similar

    def _make_similar(self, model: _core.Model) -> _Similar:
        vectors = self._item_vectors()
        if vectors.shape[1] == 0:
            raise InvalidParameterError(
                "this model has no vectors of items, as it was fitted with dimensions=0; fit it with more"
            )
        items = self.interactions_.items
        known = np.flatnonzero(vectors.any(axis=1))
        config = _core.VectorIndexConfig(
            factory="exact", metric="cosine", dimensions=vectors.shape[1], ef_search=1, n_probe=1, seed=0
        )
        index = _core.VectorIndex(config)
        limits = check_limits(None, None)
        index.add(vectors[known], as_ids(items[known], "item id"), limits, check_threads(1), None)
        return _Similar(model, index, vectors, {item: position for position, item in enumerate(items.tolist())})

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("_similar_items", None)
        return state
