"""What people did and what items are, in one list."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

from recocore import _core
from recocore._base import Recommender
from recocore._catalogued import CatalogueModel, Names
from recocore._changing import plain
from recocore._checks import check_count, check_number, check_seed, check_text, check_threads, shown
from recocore._columns import as_ids
from recocore.blend import unfitted
from recocore.catalogue import Catalogue, as_catalogue
from recocore.errors import InvalidDataError, InvalidParameterError
from recocore.interactions import Interactions, as_interactions
from recocore.item_knn import ItemKNN
from recocore.split import by_time, random

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Self

    from recocore.reasons import Reason

__all__ = ["Hybrid"]

#: Where items are as if they were new, so many users still have them.
_LEFT = (0, 0, 0, 1, 2, 4, 8, 16)


class Hybrid(CatalogueModel):
    r"""One list from what people did and what items are: for new items, new users, and all others.

    The score of an item j for a user is the sum of w_i L_ij over the user's items i, with links

    .. math::
        L_{ij} = a_j S_{ij} + (1 - a_j) \Big(g \sum_m p_{jm} S_{im} + b\, s\, K_{ij}\Big),
        \qquad a_j = \frac{n_j}{n_j + h}

    of a collaborative model S, for an item that n_j users have. K is the likeness of what the items are, a weighted
    sum over the columns of the table; m are the ``k`` relatives of j, those most like it that somebody has, with
    shares p_jm = K_jm / sum of K_jm; s is the size of a strong link of S. So a new item starts with what its relatives
    have, on the scale of all others, and relies less on them with each user [1]_ [2]_. An item of a history that nobody
    else has stands for its relatives in the same way.

    Weights of the columns, g, b and h are learned unless they are given: a part of the interactions is put aside, and
    in what is left some items are made rare (:func:`recocore.split.new_items`); those settings count that cost the
    other items, without the new ones, no more than half a percent of NDCG@20.

    Items are added and changed by :meth:`add_items`, users by :meth:`add_users`, in milliseconds and without a fit.
    Of a changed item that was there at the fit filters and reasons see the change at once, links at the next fit.
    A user with a profile (``users=``), whose columns have the names and kinds of columns of the items, is taken to have
    something like that besides, with weight h_u / (n_u + h_u) for n_u items. What is still missing in a list are the
    favourites of users with a similar profile (tier ``"segment"``), then what is popular.

    Parameters
    ----------
    collaborative : Recommender, optional
        ItemKNN, RP3beta, P3alpha, SLIM, EASE or SparseEASE; :meth:`fit` fits a copy. Default: an ItemKNN with the
        settings suggested there.
    column_weights : dict of str to float, optional
        Shares of columns in the likeness, by hand; 0 leaves a column out. What they leave goes to the others.
    half_support : float, optional
        h, in users: with as many an item's interactions count as much as what it is.
    inheritance : float, optional
        g: how much of what its relatives have an item inherits.
    likeness : float, optional
        b: how much being alike counts by itself. Of the three, all that are given count as given; when none is, all are
        learned, else the others are 5, 1 and 0.3.
    k : int, default 30
        Relatives of an item; the most there are when that is learned with the others (then also a third
        is tried).
    links : int, default 1000
        Links kept of each item, the strongest.
    user_half_support : float, default 3
        h_u, in items.
    segment : int, default 200
        Users of the most similar profiles whose favourites fill a list.
    validation_fraction : float, default 0.1
        Share of the interactions put aside to learn from, between 0 and 1: the latest when there are times, else drawn.
    sensitive : str, optional
        A filter on the items, as in ``recommend(where=...)``: reasons never name an item this is true of.
    min_support : int, default 3
        Reasons name an item only if so many users have it, and both it and what was recommended, where anybody has
        that.
    private_columns : sequence of str, default ()
        Columns of which reasons do not speak, such as margins. They still count in the likeness; ``column_weights`` of
        0 leave them out of that.
    seed : int, default 0
        Of the draws.
    n_jobs, progress, time_limit, memory_limit
        As for all models: see :class:`~recocore.ItemKNN`.

    Attributes
    ----------
    catalogue_ : Catalogue
        All items, with those added since the fit.
    collaborative_ : Recommender
        The fitted collaborative model.
    column_weights_ : dict of str to float
    half_support_, inheritance_, likeness_, k_ : float
        As learned or given.
    content_report_ : str
        What the columns say about what is chosen together, in plain language.
    interactions_, n_users_, n_items_, fit_seconds_
        What the model was fitted on, and how long that took.

    References
    ----------
    .. [1] Gantner et al. 2010, "Learning attribute-to-feature mappings for cold-start recommendations".
    .. [2] Burke 2002, "Hybrid recommender systems: survey and experiments".

    Examples
    --------
    >>> import recocore as rc
    >>> events = {"user_id": ["ann", "ann", "bob", "bob", "eve"], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
    >>> items = {"item_id": ["tea", "pot", "mug", "pan"], "room": ["hall", "hall", "hall", "kitchen"]}
    >>> model = rc.Hybrid(half_support=1, inheritance=1, likeness=0.5).fit(events, items=items)
    >>> model.recommend("eve", n=2).item_id.tolist()
    ['pot', 'mug']
    """

    def __init__(
        self,
        collaborative: Recommender | None = None,
        *,
        column_weights: Mapping[str, float] | None = None,
        half_support: float | None = None,
        inheritance: float | None = None,
        likeness: float | None = None,
        k: int = 30,
        links: int = 1000,
        user_half_support: float = 3.0,
        segment: int = 200,
        validation_fraction: float = 0.1,
        sensitive: str | None = None,
        min_support: int = 3,
        private_columns: Sequence[str] = (),
        seed: int = 0,
        n_jobs: int | None = -1,
        progress: bool = False,
        time_limit: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.collaborative = collaborative
        self.column_weights = column_weights
        self.half_support = half_support
        self.inheritance = inheritance
        self.likeness = likeness
        self.k = k
        self.links = links
        self.user_half_support = user_half_support
        self.segment = segment
        self.validation_fraction = validation_fraction
        self.sensitive = sensitive
        self.min_support = min_support
        self.private_columns = private_columns
        self.seed = seed
        self._set_run_parameters(n_jobs, progress, time_limit, memory_limit)

    def fit(self, X: Any, y: object = None, *, items: Any = None, users: Any = None) -> Self:  # noqa: ARG002
        """Learn from interactions and from what items and users are.

        Takes and raises what all models do, see :meth:`recocore.ItemKNN.fit`, and:

        Parameters
        ----------
        items : Catalogue or table, optional
            With a column ``item_id``. It may lack items of the interactions, and have others: those can be recommended
            too. Without it the model is the collaborative one.
        users : Catalogue or table, optional
            Profiles, with a column ``user_id``; also of users who did nothing yet.
        """
        tables: dict[str, Catalogue | None] = {}
        found: dict[str, Any] = {}

        def read_tables() -> dict[str, object]:
            given = None if items is None else as_catalogue(items, "item_id")
            tables["items"] = given
            tables["users"] = None if users is None else _profiles(users, given)
            return found

        def fit_core(interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
            return self._fit_tables(interactions, tables, found, threads, limits, progress)

        return self._fit_and_set(X, read_tables, fit_core)

    def _fit_core(self, interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
        return self._fit_tables(interactions, {}, {}, threads, limits, progress)

    def _fit_tables(
        self,
        interactions: Interactions,
        tables: Mapping[str, Catalogue | None],
        found: dict[str, Any],
        threads: int,
        limits: _core.Limits,
        progress: Any,
    ) -> _core.Model:
        """Fit on interactions and tables; ``found`` gets what was learned."""
        items, users = tables.get("items"), tables.get("users")
        rows = _core.Catalogue(_core.AttributeTable()) if items is None else items._core
        people = None if users is None else users._core
        seed, config = check_seed(self.seed), self._config()
        check_count("min_support", self.min_support)
        if self.sensitive is not None:
            _core.Where(check_text("sensitive", self.sensitive)).select(rows)
        model = self._model()
        extended = _core.extend_interactions(interactions._core, rows, people)
        whole = Interactions._from_core(extended)
        _core.require_memory(
            self._estimate(whole, rows, threads), limits, "fitting Hybrid", "fewer links and relatives need less"
        )
        parts = _core.HybridParts(
            extended, rows, people, self._weights(items), items is not None, seed, threads, limits, progress
        )
        learn = items is not None and self.half_support is self.inheritance is self.likeness is None
        held_out = self._validation(interactions, seed) if learn else None
        if held_out is not None:
            train, thinned, test = held_out
            rare = Interactions._from_core(_core.extend_like(thinned, extended))
            on_part = model._fit_core(rare, threads, limits, progress)
            config, _, _, _ = _core.learn_hybrid(on_part, parts, train, test, config, seed, threads, limits, progress)
        collaborative = model._fit_core(whole, threads, limits, progress)
        fitted = _core.fit_hybrid(collaborative, parts, config, threads, limits, progress)
        found.update(
            half_support_=config.half_support,
            inheritance_=config.inheritance,
            likeness_=config.likeness,
            k_=config.k,
            column_weights_=parts.column_weights,
            content_report_=parts.report_text,
            _part=model,
            _item_names=_names(items, "item_id"),
            _user_names=_names(users, "user_id"),
        )
        return fitted

    def _validation(
        self, interactions: Interactions, seed: int
    ) -> tuple[_core.Interactions, _core.Interactions, _core.Interactions] | None:
        """What is learned on, whole and with rare items, and from; nothing when there is too little for both."""
        fraction = check_number("validation_fraction", self.validation_fraction)
        if not 0 < fraction < 1:
            raise InvalidParameterError(f"validation_fraction must be between 0 and 1; got {fraction!r}")
        try:
            split = by_time(interactions, fraction) if interactions.times is not None else None
            train, test = split or random(interactions, fraction, seed)
            rare, _ = _core.split_new_items(train._core, 0.1, list(_LEFT), seed)
        except InvalidDataError:
            return None
        return train._core, rare, test._core

    def estimate_fit_memory(self, X: Any, *, items: Any = None, users: Any = None) -> int:
        """Bytes that :meth:`fit` would need beside its input, with the parameters as they are now.

        Parameters
        ----------
        X, items, users
            As in :meth:`fit`.
        """
        rows = _core.Catalogue(_core.AttributeTable()) if items is None else as_catalogue(items, "item_id")._core
        people = None if users is None else as_catalogue(users, "user_id")._core
        extended = _core.extend_interactions(as_interactions(X)._core, rows, people)
        return self._estimate(Interactions._from_core(extended), rows, check_threads(self.n_jobs))

    def _estimate_core(self, interactions: Interactions, threads: int) -> int:
        return self._estimate(interactions, _core.Catalogue(_core.AttributeTable()), threads)

    def _estimate(self, interactions: Interactions, items: _core.Catalogue, threads: int) -> int:
        model, config = self._model(), self._config()
        collaborative = model._estimate_core(interactions, threads)
        dense = type(model).__name__ == "EASE"
        return collaborative + _core.estimate_hybrid_memory(interactions._core, items, dense, config, threads)

    def _model(self) -> Recommender:
        if self.collaborative is None:
            return ItemKNN(similarity="asymmetric_cosine", alpha=0.7, weighting="tf_idf", shrinkage=3.0)
        if not isinstance(self.collaborative, Recommender):
            raise InvalidParameterError(
                f"collaborative must be a model of recocore, such as ItemKNN(); got {self.collaborative!r}"
            )
        return unfitted(self.collaborative)

    def _config(self) -> _core.HybridConfig:
        def or_else(name: str, value: float | None, default: float) -> float:
            return default if value is None else check_number(name, value)

        return _core.HybridConfig(
            half_support=or_else("half_support", self.half_support, 5.0),
            inheritance=or_else("inheritance", self.inheritance, 1.0),
            likeness=or_else("likeness", self.likeness, 0.3),
            k=check_count("k", self.k),
            links=check_count("links", self.links),
            user_half_support=check_number("user_half_support", self.user_half_support),
            segment=check_count("segment", self.segment),
        )

    def _weights(self, items: Catalogue | None) -> list[tuple[str, float]]:
        if self.column_weights is None:
            return []
        if not isinstance(self.column_weights, Mapping):
            raise InvalidParameterError(
                f'column_weights must say what columns count, as in {{"brand": 0.5}}; got {shown(self.column_weights)}'
            )
        known = [] if items is None else items.columns
        for name in self.column_weights:
            if name not in known:
                raise InvalidParameterError(
                    f"column_weights names {name!r}, which is no column of items: {', '.join(known) or 'there is none'}"
                )
        return [
            (name, check_number(f"the weight of the column {name!r}", weight))
            for name, weight in self.column_weights.items()
        ]

    def _attributes_of_native(self, native: _core.Model) -> dict[str, Any]:  # noqa: ARG002
        return {
            "half_support_": self.half_support,
            "inheritance_": self.inheritance,
            "likeness_": self.likeness,
            "k_": self.k,
            "_part": self.collaborative,
            "_item_names": ("item_id", {}),
            "_user_names": ("user_id", {}),
        }

    @property
    def collaborative_(self) -> Recommender:
        """The fitted collaborative model."""
        part = unfitted(self._part)
        native = _core.hybrid_collaborative(self._fitted())
        part.__dict__.update(
            interactions_=Interactions._from_core(native.interactions),
            model_=native,
            n_users_=native.interactions.n_users,
            n_items_=native.interactions.n_items,
            fit_seconds_=self.fit_seconds_,
        )
        return part

    def _add_rows(self, model: _core.Model, rows: _core.AttributeTable) -> None:
        _core.live_add_items(model, rows)

    def add_users(self, users: Any) -> Self:
        """Add profiles of users, or change some; in milliseconds, without a fit.

        Parameters
        ----------
        users : table, or a dict of one row
            With a column ``user_id``, and any of the columns of the table of users the model was fitted with.

        Returns
        -------
        self

        Raises
        ------
        NotFittedError, InvalidDataError, IdTypeError
        """
        profiles = self._fitted().profiles
        assert profiles is not None  # a hybrid has them
        rows = Catalogue._from_core(profiles, *self._user_names)._read(users)
        _core.live_add_users(self._fitted(), rows)
        return self

    def _profile_of(self, native: _core.Model, user_id: int | str) -> dict[str, Any] | None:
        profiles = native.profiles
        if profiles is None or not profiles.kinds():
            return None
        rows = [row for row, known in enumerate(profiles.ids().tolist()) if known == user_id]
        if not rows:
            return None
        profile: dict[str, Any] = {}
        for name, kind in profiles.kinds():
            value = profiles.values(name)[rows[0]]
            profile[name] = _core.format_time(value) if kind == "date" and value is not None else plain(value)
        return profile

    def _with_shares(
        self,
        reasons: list[Reason],
        model: _core.Model,
        user: Any,
        history: _core.Ids | None,
        weights: NDArray[np.float32] | None,
    ) -> list[Reason]:
        rows = [row for row, reason in enumerate(reasons) if reason.tier in {"collaborative", "content"}]
        if not rows:
            return reasons
        counts = None if weights is None else weights.tolist()
        wanted = as_ids([reasons[row].item_id for row in rows], "item id")
        least = check_count("min_support", self.min_support)
        sensitive = None if self.sensitive is None else _core.Where(check_text("sensitive", self.sensitive))
        told = list(reasons)
        found = _core.hybrid_shares(model, user, history, counts, wanted, sensitive, least, list(self.private_columns))
        for row, (score, because, profile, withheld, facts) in zip(rows, found, strict=True):
            told[row] = reasons[row]._replace(
                score=score, because=tuple(because), profile=profile, withheld=withheld, facts=facts
            )
        return told

    half_support_: float
    inheritance_: float
    likeness_: float
    k_: int
    column_weights_: dict[str, float]
    content_report_: str
    #: The collaborative model as it was when this was fitted.
    _part: Recommender
    _user_names: Names

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        if "model_" in state:
            # The native model has interactions of all items and users of the tables.
            state["interactions_"] = self.interactions_
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        interactions = state.get("interactions_")
        super().__setstate__(state)
        if interactions is not None:
            self.interactions_ = interactions


def _names(table: Catalogue | None, id_name: str) -> Names:
    return (id_name, {}) if table is None else (table._id, table._kinds)


def _profiles(users: Any, items: Catalogue | None) -> Catalogue:
    """The table of users, in which columns that items have as well are of the same kinds."""
    catalogue = as_catalogue(users, "user_id")
    if items is None or isinstance(users, Catalogue):
        return catalogue
    wanted = items.kinds
    others = {name: wanted[name] for name, kind in catalogue.kinds.items() if wanted.get(name, kind) != kind}
    if not others:
        return catalogue
    said = ", ".join(f"{name!r} ({kind})" for name, kind in others.items())
    advice = (
        f"columns of users that items have as well must be of the same kind: {said}. Rename them, or give "
        'users=Catalogue.from_table(table, id="user_id", kinds={...})'
    )
    try:
        if isinstance(users, (str, PathLike)):
            again = Catalogue.from_csv(users, id="user_id", kinds=others)
        else:
            again = Catalogue.from_table(users, id="user_id", kinds=others)
    except (InvalidDataError, InvalidParameterError) as error:
        raise InvalidDataError(f"{advice}. {error}") from None
    if len(again) != len(catalogue):
        raise InvalidParameterError(f"{advice}; this table can be read only once")
    return again
