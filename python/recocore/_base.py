"""What all models share: parameters, fitting, lists."""

from __future__ import annotations

import inspect
import logging
import time
from abc import ABC, abstractmethod
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from recocore import _core
from recocore._changing import Changing, interactions_of
from recocore._checks import check_count, check_flag, check_limits, check_text, check_threads, shown
from recocore._columns import as_id_lists, as_ids
from recocore._progress import progress_bar
from recocore.errors import DeadlineExceededError, InvalidDataError, InvalidParameterError
from recocore.interactions import Interactions, as_interactions
from recocore.reasons import Reason
from recocore.results import Recommendations, SimilarItems

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike

    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array
    from typing_extensions import Self

    from recocore.audience_results import Audience
    from recocore.rules import Rules
    from recocore.spaces import Space

__all__ = ["Data", "Estimator", "ItemRecommender", "Recommender"]

#: What fits the native model: of interactions, threads, limits, progress.
FitCore: TypeAlias = "Callable[[Interactions, int, _core.Limits, Any], _core.Model]"

#: Interactions, a table or a sparse matrix: see :func:`recocore.interactions.as_interactions`.
Data: TypeAlias = Any

logger = logging.getLogger("recocore")

#: Filters a model keeps ready.
MOST_FILTERS = 64


def _parameters_of(cls: type) -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(cls).parameters.values()
    return {parameter.name: parameter for parameter in parameters}


class Estimator:
    """Parameters in scikit-learn's manners: stored as given, checked when they are used."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002
        """Parameters by name.

        Parameters
        ----------
        deep : bool
            For scikit-learn; without effect.
        """
        return {name: getattr(self, name) for name in _parameters_of(type(self))}

    def set_params(self, **params: Any) -> Self:
        """Change parameters; they count from the next fit on.

        Raises
        ------
        InvalidParameterError
            A name that is not a parameter.
        """
        known = list(_parameters_of(type(self)))
        for name in params:
            if name not in known:
                close = get_close_matches(name, known, n=1)
                meant = f"; did you mean {close[0]!r}?" if close else ""
                raise InvalidParameterError(
                    f"{type(self).__name__} has no parameter {name!r}{meant} Its parameters are {', '.join(known)}"
                )
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        changed = (
            f"{name}={getattr(self, name)!r}"
            for name, parameter in _parameters_of(type(self)).items()
            if repr(getattr(self, name)) != repr(parameter.default)
        )
        return f"{type(self).__name__}({', '.join(changed)})"


class Recommender(Estimator, Changing, ABC):
    """A model that makes lists of items for users.

    Attributes
    ----------
    interactions_ : Interactions
        What the model was fitted on, with all changes since.
    n_users_, n_items_ : int
    version_ : int
        How often the model has changed.
    fit_seconds_ : float
        How long the last fit took.
    """

    n_jobs: int | None
    progress: bool
    time_limit: float | None
    memory_limit: int | None

    def _set_run_parameters(
        self, n_jobs: int | None, progress: bool, time_limit: float | None, memory_limit: int | None
    ) -> None:
        """Store what all models take and no result depends on."""
        self.n_jobs = n_jobs
        self.progress = progress
        self.time_limit = time_limit
        self.memory_limit = memory_limit

    @classmethod
    def search_space(cls) -> Space:
        """What :func:`recocore.tune` tries for the parameters, in the terms of :mod:`recocore.spaces`."""
        return {}

    model_: _core.Model
    fit_seconds_: float
    #: Of a model that a store keeps up to date: the number of the last operation that is in it. 0: none.
    sequence_: int
    #: How the table was read that the model was fitted on, where there was one.
    _event_columns: dict[str, Any] | None

    def fit(self, X: Data, y: object = None) -> Self:  # noqa: ARG002
        """Learn from interactions.

        A fit that fails or is interrupted leaves the model as it was. Ctrl-C is felt at once.

        Parameters
        ----------
        X : Interactions, table or sparse matrix
            A table has the columns ``user_id`` and ``item_id``; for all else make
            :class:`~recocore.Interactions`.
        y
            Ignored; for scikit-learn.

        Returns
        -------
        self

        Raises
        ------
        InvalidParameterError
            A parameter that makes no sense.
        InvalidDataError
            Data that cannot be used; the message says where.
        DeadlineExceededError
            ``time_limit`` is over.
        MemoryLimitError
            More than ``memory_limit`` is needed; noticed before the work begins.
        """
        return self._fit_and_set(X)

    def _fit_and_set(
        self, X: Data, read_more: Callable[[], dict[str, object]] = dict, fit_core: FitCore | None = None
    ) -> Self:
        started = time.perf_counter()
        limits = check_limits(self.time_limit, self.memory_limit)
        threads = check_threads(self.n_jobs)
        attributes = read_more()
        interactions = as_interactions(X)
        if len(interactions) == 0:
            raise InvalidDataError(f"there are no interactions to fit {self!r} on:\n{interactions.report}")
        logger.debug("fitting %r on %r", self, interactions)
        try:
            with progress_bar(self.progress) as progress:
                model = (fit_core or self._fit_core)(interactions, threads, limits, progress)
        except DeadlineExceededError:
            raise DeadlineExceededError(
                f"{type(self).__name__} was not fitted within time_limit={self.time_limit!r} seconds; "
                "the model is as it was"
            ) from None
        seconds = time.perf_counter() - started
        # All at once: an interrupt comes before or after.
        self.__dict__.update(
            interactions_=interactions,
            model_=model,
            n_users_=interactions.n_users,
            n_items_=interactions.n_items,
            fit_seconds_=seconds,
            _event_columns=interactions._source,
            sequence_=0,
            **attributes,
        )
        logger.info("fitted %r on %r in %.3g s", self, interactions, seconds)
        return self

    @abstractmethod
    def _fit_core(self, interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
        """Fit the native model with the parameters as they are now."""

    def estimate_fit_memory(self, X: Data) -> int:
        """Bytes that :meth:`fit` would need beside the interactions, with the parameters as they are now.

        What ``memory_limit`` is compared with. No fit happens, but a table is read.

        Parameters
        ----------
        X : Interactions, table or sparse matrix

        Returns
        -------
        int

        Raises
        ------
        InvalidParameterError, InvalidDataError
            As :meth:`fit`.
        """
        return self._estimate_core(as_interactions(X), check_threads(self.n_jobs))

    @abstractmethod
    def _estimate_core(self, interactions: Interactions, threads: int) -> int:
        """Ask the native model for its estimate."""

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
    ) -> Recommendations:
        """The best items for a user, for many users, or for a history of items.

        A list has ``n`` entries whenever there are ``n`` items that the filters allow: what the model leaves
        open is filled up by popularity, labelled so in the column ``tier``. Filters come before the ranking.
        Ties are broken by the item's id. Any number of threads may call this at once.

        Parameters
        ----------
        user : id or sequence of ids
            A single str or int is one user.
        n : int, default 10
        history : id or sequence of ids
            Items of somebody without an account; instead of ``user``. With both, for a model with profiles of users,
            the history counts and the profile of that user besides. An item given twice counts once, with
            ``weights`` as often as they say. Items the model does not know are left out.
        weights : array of float, shape (len(history),), optional
            How much each item of the history counts.
        exclude_seen : bool, default True
            Leave out the items of the user, or of the history.
        exclude : sequence of ids, optional
            Items that must not be recommended.
        candidates : sequence of ids, optional
            The only items that may be recommended; those the model does not know never are.
        on_unknown : {"popular", "error", "empty"}
            What a user without interactions gets, and a history without a known item: what is popular, an
            :class:`~recocore.errors.UnknownIdError` (which also a single unknown item of a history is), or
            nothing.
        where : str, optional
            Only items this is true of: ``"price < 80 and in_stock and country != user.country"``. For a model that
            was fitted with a table of items, such as :class:`~recocore.Hybrid`; the page on filters has the language.
        rules : Rules, optional
            Boosts, pins, variety, margin, room for new items: see :class:`~recocore.Rules`. The column ``score`` stays
            the model's own.
        explain : bool, default False
            Whether to say why: the result has ``reasons``, a :class:`~recocore.Reason` for each row. For one list at a
            time.
        n_jobs : int, optional
            Threads for many users. Default: the model's.

        Returns
        -------
        Recommendations
            Columns ``user_id, item_id, rank, score, tier``, in the order of the users.

        Raises
        ------
        NotFittedError, InvalidParameterError, IdTypeError, InvalidDataError, UnknownIdError
        """
        # Filters and rules are prepared for a version, and reasons given of one.
        model = self._fitted() if where is None and rules is None and not explain else self._snapshot()
        if user is None and history is None:
            raise InvalidParameterError("recommend needs either a user, or several, or history=[...]; got neither")
        if user is not None and history is not None and model.profiles is None:
            raise InvalidParameterError("recommend needs either a user, or several, or history=[...]; got both")
        filters = (
            check_count("n", n),
            check_flag("exclude_seen", exclude_seen),
            None if exclude is None else as_ids(exclude, "item id"),
            None if candidates is None else as_ids(candidates, "item id"),
            check_text("on_unknown", on_unknown),
            self._prepared_where(model, where),
            None if rules is None else self._prepared_rules(model, rules),
        )
        explain = check_flag("explain", explain)
        if history is not None:
            counts = None if weights is None else _as_float32(weights)
            items = as_ids(history, "item id")
            made = Recommendations(model.recommend_history(user, items, counts, *filters))
            if explain:
                made.reasons = self._reasons(made, model, user, items, counts)
            return made
        if weights is not None:
            raise InvalidParameterError("weights belong to a history; a user's own weights are in the interactions")
        if isinstance(user, (str, int, float, bytes, np.generic)):
            made = Recommendations(model.recommend_user(user, *filters))
            if explain:
                made.reasons = self._reasons(made, model, user, None, None)
            return made
        if explain:
            raise InvalidParameterError("explain=True is for one user or one history at a time; got several users")
        users = as_ids(user, "user id")
        threads = check_threads(self.n_jobs if n_jobs is None else n_jobs)
        with progress_bar(self.progress) as progress:
            return Recommendations(model.recommend_users(users, *filters, threads, progress))

    def recommend_histories(
        self,
        histories: Sequence[Any],
        *,
        n: int = 10,
        exclude_seen: bool = True,
        exclude: Any = None,
        candidates: Any = None,
        on_unknown: str = "popular",
        where: str | None = None,
        rules: Rules | None = None,
        n_jobs: int | None = None,
    ) -> Recommendations:
        """The best items for each of many histories: visitors, sessions, baskets.

        Parameters
        ----------
        histories : sequence of sequences of ids
            Of each what was done, the latest last; models of sessions look at the order.
        n, exclude_seen, exclude, candidates, on_unknown, where, rules, n_jobs
            As in :meth:`recommend`.

        Returns
        -------
        Recommendations
            ``user_id`` is the number of the history, from 0.

        Raises
        ------
        NotFittedError, InvalidParameterError, IdTypeError, InvalidDataError, UnknownIdError
        """
        model = self._fitted() if where is None and rules is None else self._snapshot()
        items, offsets = as_id_lists(histories, "item id")
        threads = check_threads(self.n_jobs if n_jobs is None else n_jobs)
        with progress_bar(self.progress) as progress:
            return Recommendations(
                model.recommend_histories(
                    items,
                    offsets,
                    check_count("n", n),
                    check_flag("exclude_seen", exclude_seen),
                    None if exclude is None else as_ids(exclude, "item id"),
                    None if candidates is None else as_ids(candidates, "item id"),
                    check_text("on_unknown", on_unknown),
                    self._prepared_where(model, where),
                    None if rules is None else self._prepared_rules(model, rules),
                    threads,
                    progress,
                )
            )

    def audience(self, item: int | str, *, n: int = 10, **options: Any) -> Audience:
        """The users to tell about an item, also about one that nobody has touched.

        Ordered by what the item means to the user against what else there is for him, not by who is most active.

        Parameters
        ----------
        item : id
        n : int, default 10
        **options
            Of :func:`recocore.audience.audience`: ``where`` (a filter on columns of the users), ``users``,
            ``already_told``, ``max_messages``, ``alternative``, ``min_history``, ``n_jobs``.

        Returns
        -------
        Audience
            Columns ``user_id, rank, meaning, score, evidence``.

        Raises
        ------
        NotFittedError, InvalidParameterError, IdTypeError
        UnknownIdError
            An item the model does not know.
        """
        from recocore.audience import audience

        return audience(self, item, n=n, **options)

    def _prepared_where(self, model: _core.Model, where: str | None) -> _core.PreparedWhere | None:
        """The filter, made ready for the model; the last few are kept."""
        if where is None:
            return None
        text = check_text("where", where)
        if model.catalogue is None:
            raise InvalidParameterError(
                f"{type(self).__name__} knows nothing of its items, so where={text!r} cannot be answered; use a model "
                "that is fitted with items=..., such as Hybrid, or give candidates=catalogue.select(where)"
            )
        of_model, kept = self.__dict__.get("_filters", (None, {}))
        if of_model is not model:
            kept = {}
            self._filters = (model, kept)
        prepared: _core.PreparedWhere | None = kept.get(text)
        if prepared is None:
            prepared = _core.PreparedWhere(_core.Where(text), model)
            if len(kept) >= MOST_FILTERS:
                kept.clear()
            kept[text] = prepared
        return prepared

    def _prepared_rules(self, model: _core.Model, rules: Rules) -> _core.PreparedRules:
        try:
            config = rules._config()
        except AttributeError:
            raise InvalidParameterError(f"rules must be recocore.Rules(...); got {shown(rules)}") from None
        if not isinstance(config, _core.Rules):
            raise InvalidParameterError(f"rules must be recocore.Rules(...); got {shown(rules)}")
        return _core.PreparedRules(config, model)

    def _reasons(
        self,
        made: Recommendations,
        model: _core.Model,
        user: Any,
        history: _core.Ids | None,
        weights: NDArray[np.float32] | None,
    ) -> list[Reason]:
        """Why each row is there."""
        reasons = [
            Reason(item, tier, score)
            for item, tier, score in zip(made.item_id.tolist(), made.tier.tolist(), made.score.tolist(), strict=True)
        ]
        reasons = self._with_shares(reasons, model, user, history, weights)
        ruled = made._core.ruled()
        if ruled is None:
            return reasons
        return [
            reason._replace(moved=moved, propensity=propensity)
            for reason, (_, moved, propensity) in zip(reasons, ruled[0], strict=True)
        ]

    def _with_shares(
        self,
        reasons: list[Reason],
        model: _core.Model,  # noqa: ARG002
        user: Any,  # noqa: ARG002
        history: _core.Ids | None,  # noqa: ARG002
        weights: NDArray[np.float32] | None,  # noqa: ARG002
    ) -> list[Reason]:
        """Add what each item of the history is worth, where the model knows."""
        return reasons

    def save(self, path: str | PathLike[str], serving_only: bool = False, *, histories: bool = False) -> None:
        """Write the model to a file, which :func:`recocore.load` reads in any process.

        The file is replaced at once or not at all, whatever fails meanwhile. Equal models give equal bytes. Parameters
        that are events, such as ``validation`` of a Blend, are not in it, since nobody could be forgotten in them; a
        model that is read has their defaults. The same holds for pickles of fitted models.

        Parameters
        ----------
        path : path
            Usually ends with ``.reco``.
        serving_only : bool, default False
            Leave out events, times and users, and with them all personal data. Such a model answers histories as this
            one does, and cannot be updated or fitted on.
        histories : bool, default False
            With ``serving_only``: keep user ids and which items they have, so that known users get the same lists too.

        Raises
        ------
        NotFittedError
        InvalidParameterError
            A model that makes its lists from other users' rows or from times cannot be saved for serving only.
        FileError
            The file cannot be written; it is as it was.
        """
        from recocore._files import save

        save(self, path, serving_only, histories)

    def _attributes_of_native(self, native: _core.Model) -> dict[str, Any]:  # noqa: ARG002
        """What a fit would have found, for a file that was not written in Python."""
        return {}

    def _fitted(self) -> _core.Model:
        return self._native()

    def __sklearn_is_fitted__(self) -> bool:
        return "model_" in self.__dict__

    def __sklearn_tags__(self) -> Any:
        # Only scikit-learn asks, so it is there.
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(estimator_type=None, target_tags=TargetTags(required=False), input_tags=InputTags(sparse=True))

    def __getstate__(self) -> dict[str, Any]:
        # The native model brings its interactions: they are not stored twice.
        state = self.__dict__.copy()
        state.pop("_filters", None)
        state.pop("_cached", None)
        if "model_" in state:
            from recocore._files import without_data

            state = without_data(self, state)
            state["model_"] = state["model_"].to_bytes()
            state.pop("interactions_", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "model_" in state:
            model = _core.Model.from_bytes(state["model_"])
            state = {**state, "model_": model, "interactions_": interactions_of(model)}
        self.__dict__.update(state)


class ItemRecommender(Recommender):
    """A model that knows which items are similar."""

    def _item_matrix(self, rows: tuple[Any, Any, Any]) -> csr_array[Any]:
        """Rows of a native model as a matrix of items by items."""
        from scipy.sparse import csr_array

        indptr, indices, data = rows
        matrix = csr_array((data, indices, indptr), shape=(self.n_items_, self.n_items_))
        matrix.sort_indices()
        return matrix

    def similar_items(
        self,
        item: int | str,
        *,
        n: int = 10,
        exclude: Any = None,
        candidates: Any = None,
        on_unknown: str = "popular",
        where: str | None = None,
    ) -> SimilarItems:
        """The items most similar to one, best first: at most ``n``; the list is not filled up.

        Parameters
        ----------
        item : id
        n : int, default 10
        exclude, candidates, on_unknown, where
            As in :meth:`recommend`; ``item.country`` is what the item itself has.

        Returns
        -------
        SimilarItems
            Columns ``similar_to, item_id, rank, score, tier``.
        """
        model = self._fitted() if where is None else self._snapshot()
        return SimilarItems(
            model.similar_items(
                item,
                check_count("n", n),
                None if exclude is None else as_ids(exclude, "item id"),
                None if candidates is None else as_ids(candidates, "item id"),
                check_text("on_unknown", on_unknown),
                self._prepared_where(model, where),
            )
        )


def _as_float32(weights: ArrayLike) -> np.ndarray[Any, np.dtype[np.float32]]:
    try:
        array = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidParameterError(
            f"weights must be numbers, one for each item of the history; got {shown(weights)}"
        ) from None
    if array.ndim != 1:
        raise InvalidParameterError(f"weights must be one number for each item of the history; got {shown(weights)}")
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, dtype=np.float32)
