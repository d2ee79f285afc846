"""What everybody chooses: the baseline every model must beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore._base import Recommender
from recocore._checks import check_count, check_number, check_text, shown
from recocore.errors import InvalidDataError, InvalidParameterError, UnknownIdError
from recocore.interactions import Interactions
from recocore.spaces import Choice, Float, When

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from typing_extensions import Self

    from recocore.results import Recommendations
    from recocore.rules import Rules
    from recocore.spaces import Space

__all__ = ["Popularity"]


class Popularity(Recommender):
    """The same ranking for everybody, by distinct users.

    People count, not events, so that one robot makes nothing popular.

    Parameters
    ----------
    kind : {"all_time", "recent", "trending"}
        ``all_time``: the users of the item. ``recent``: its users in the last window. ``trending``:
        (r - e) / sqrt(e + 1), with r the users in the last window and e their mean number in a window before:
        a z-score that a single new user cannot blow up. The latter two need times.
    window_days : float, default 30
        Length of a window; the last one ends with the latest event.
    baseline_windows : int, default 4
        Windows before the last that ``trending`` compares with.
    category : str, optional
        Name of a column of the catalogue given to :meth:`fit`; lists can then be had for each of its values.
    n_jobs, progress, time_limit, memory_limit
        As for all models: see :class:`~recocore.ItemKNN`.

    Attributes
    ----------
    categories_ : ndarray
        Values of the category, ascending. Only with ``category``.
    interactions_, n_users_, n_items_, fit_seconds_
        What the model was fitted on, and how long that took.

    Examples
    --------
    >>> import recocore as rc
    >>> events = {"user_id": [1, 2, 3, 3], "item_id": ["tea", "tea", "tea", "pot"]}
    >>> rc.Popularity().fit(events).top(n=2).item_id.tolist()
    ['tea', 'pot']
    """

    categories_: np.ndarray[Any, Any]

    def __init__(
        self,
        *,
        kind: str = "all_time",
        window_days: float = 30.0,
        baseline_windows: int = 4,
        category: str | None = None,
        n_jobs: int | None = -1,
        progress: bool = False,
        time_limit: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.kind = kind
        self.window_days = window_days
        self.baseline_windows = baseline_windows
        self.category = category
        self._set_run_parameters(n_jobs, progress, time_limit, memory_limit)

    @classmethod
    def search_space(cls) -> Space:
        """What :func:`recocore.tune` tries."""
        return {
            "kind": Choice("all_time", "recent", "trending"),
            "window_days": When("kind", ("recent", "trending"), Float(1.0, 365.0, log=True)),
        }

    def fit(self, X: Any, y: object = None, *, items: Any = None) -> Self:  # noqa: ARG002
        """Learn from interactions.

        Parameters
        ----------
        X : Interactions, table or sparse matrix
        y
            Ignored; for scikit-learn.
        items : table, optional
            The catalogue, needed with ``category``: a column ``item_id`` and the column of categories, text
            or integers. An item with several categories has several rows.

        Returns
        -------
        self
        """
        self._fit_and_set(X, lambda: self._categories_of(items))
        if items is None:
            # Of an earlier fit.
            for name in ("catalogue_", "categories_"):
                self.__dict__.pop(name, None)
        return self

    def _categories_of(self, items: Any) -> dict[str, object]:
        catalogue = self._read_catalogue(items)
        return {} if catalogue is None else {"catalogue_": catalogue, "categories_": catalogue.users}

    def _read_catalogue(self, items: Any) -> Interactions | None:
        if (self.category is None) != (items is None):
            raise InvalidParameterError(
                f"category={self.category!r} needs the catalogue with that column: fit(X, items=table)"
                if items is None
                else "a catalogue was given, but no category; say which of its columns: Popularity(category='...')"
            )
        if items is None:
            return None
        # A category "has" its items as a user has: the same reader, the same errors.
        unlimited = 2**31 - 1
        try:
            return Interactions.from_table(
                items,
                user=check_text("category", self.category),
                duplicates="binary",
                max_events_per_user=unlimited,
            )
        except InvalidDataError as error:
            message = f"in the catalogue, whose column {self.category!r} is read like a column of users: {error}"
            raise type(error)(message) from None

    def _fit_core(self, interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
        return _core.fit_popularity(interactions._core, self._config(), threads, limits, progress)

    def _estimate_core(self, interactions: Interactions, threads: int) -> int:
        return _core.estimate_popularity_memory(interactions._core, self._config(), threads)

    def _config(self) -> _core.PopularityConfig:
        return _core.PopularityConfig(
            kind=check_text("kind", self.kind),
            window_days=check_number("window_days", self.window_days),
            baseline_windows=check_count("baseline_windows", self.baseline_windows),
        )

    def top(self, n: int = 10, *, category: int | str | None = None) -> Recommendations:
        """The most popular items, of all or of a category.

        Returns
        -------
        Recommendations
            The column ``user_id`` is None.
        """
        return self.recommend(history=[], n=n, category=category)

    def recommend(
        self,
        user: Any = None,
        *,
        n: int = 10,
        history: Any = None,
        weights: ArrayLike | None = None,
        exclude_seen: bool = True,
        exclude: Any = None,
        candidates: Any = None,
        on_unknown: str = "popular",
        where: str | None = None,
        rules: Rules | None = None,
        explain: bool = False,
        n_jobs: int | None = None,
        category: int | str | None = None,
    ) -> Recommendations:
        """The most popular items for a user, for many users, or for a history of items.

        Parameters
        ----------
        category : int or str, optional
            Only items of this category; instead of ``candidates``.
        user, n, history, weights, exclude_seen, exclude, candidates, on_unknown, where, rules, explain, n_jobs
            As for all models: see :meth:`recocore.ItemKNN.recommend`.
        """
        if category is not None:
            if candidates is not None:
                raise InvalidParameterError("category and candidates both say which items may be recommended; give one")
            candidates = self._items_of(category)
        return super().recommend(
            user,
            n=n,
            history=history,
            weights=weights,
            exclude_seen=exclude_seen,
            exclude=exclude,
            candidates=candidates,
            on_unknown=on_unknown,
            where=where,
            rules=rules,
            explain=explain,
            n_jobs=n_jobs,
        )

    def _items_of(self, category: int | str) -> Any:
        self._fitted()
        if not hasattr(self, "catalogue_"):
            raise InvalidParameterError(
                "this model knows no categories; fit it with Popularity(category='...').fit(X, items=table)"
            )
        catalogue: Interactions = self.catalogue_
        found = np.flatnonzero(catalogue.users == category)
        if not found.size:
            known = ", ".join(repr(value) for value in catalogue.users[:20].tolist())
            raise UnknownIdError(f"there is no category {shown(category)}; known are {known}")
        indptr, indices, _ = catalogue._core.csr()
        return catalogue.items[indices[indptr[found[0]] : indptr[found[0] + 1]]]
