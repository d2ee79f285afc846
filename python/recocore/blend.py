"""Several models as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from recocore import _core
from recocore._base import Recommender
from recocore._checks import check_count, check_flag, check_number, check_seed, check_text, shown
from recocore.errors import InvalidDataError, InvalidParameterError, NotFittedError
from recocore.interactions import as_interactions
from recocore.spaces import Choice
from recocore.split import by_time, random

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recocore.interactions import Interactions
    from recocore.spaces import Space

__all__ = ["Blend"]

#: Rough bytes of an interaction in memory, with its time and both orders of the rows, and while a split is made.
_BYTES_OF_AN_INTERACTION = 96


class Blend(Recommender):
    """Several models as one: their lists are added up, with weights.

    Each model ranks its best ``depth`` items for a history, under the same filters. The score of an item is the sum
    over the models of weight times the normalised score of the item in the model's list, 0 where the list does not
    have it:

    ============  ==================================================================================
    ``method``    normalised score
    ============  ==================================================================================
    ``score``     s / the largest of the list
    ``standard``  (s - the smallest) / the standard deviation of the list + 2^-10: the z-score, with
                  what is missing a little below the last
    ``rank``      1 / (60 + rank): reciprocal rank fusion [1]_
    ============  ==================================================================================

    Models that err in different ways gain from each other, and seldom lose.

    Parameters
    ----------
    models : sequence of Recommender, or dict of str to Recommender
        Of any type, Blends among them. They stay as they are: :meth:`fit` fits copies. Their own ``n_jobs``,
        ``progress`` and limits do not count; those of the Blend do.
    weights : sequence or dict of float, optional
        One a model, at least 0; only their ratios matter. Default: those with the largest NDCG@20 on a validation
        part, which is put aside inside :meth:`fit`; then all models are fitted again on everything.
    method : {"standard", "score", "rank"}
    depth : int, default 500
        Items each model ranks; as many as are asked for if that is more.
    validation_fraction : float, default 0.1
        Share of the interactions to learn weights from, between 0 and 1: the latest when there are times, else drawn
        at random.
    validation : pair of Interactions, optional
        Two parts of your own to learn weights from, instead of that share: fitted on the first, judged on the second.
        For data whose future is not like a random part of its past.
    exclude_seen : bool, default True
        Whether weights are learned for lists without the items of the user. False where people buy the same again.
    seed : int, default 0
        Of the draws.
    n_jobs, progress, time_limit, memory_limit
        As for all models: see :class:`~recocore.ItemKNN`. The limits are those of all fits together.

    Attributes
    ----------
    weights_ : dict of str to float
        By the names of the models. All equal when there was nobody to learn from.
    parts_ : dict of str to Recommender
        The fitted models. Made on each access.
    interactions_, n_users_, n_items_, fit_seconds_
        What the model was fitted on, and how long that took.

    References
    ----------
    .. [1] Cormack, Clarke, Buettcher 2009, "Reciprocal rank fusion outperforms Condorcet and individual rank learning
       methods".

    Examples
    --------
    >>> import recocore as rc
    >>> events = {"user_id": ["ann", "ann", "bob", "bob", "eve"], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
    >>> model = rc.Blend({"knn": rc.ItemKNN(), "popular": rc.Popularity()}, weights=[0.9, 0.1]).fit(events)
    >>> model.recommend("eve", n=1)
    user_id  item_id  rank  score           tier
    eve          pot     1      1  collaborative
    """

    def __init__(
        self,
        models: Sequence[Recommender] | Mapping[str, Recommender],
        *,
        weights: Sequence[float] | Mapping[str, float] | None = None,
        method: str = "standard",
        depth: int = 500,
        validation_fraction: float = 0.1,
        validation: tuple[Any, Any] | None = None,
        exclude_seen: bool = True,
        seed: int = 0,
        n_jobs: int | None = -1,
        progress: bool = False,
        time_limit: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.models = models
        self.weights = weights
        self.method = method
        self.depth = depth
        self.validation_fraction = validation_fraction
        self.validation = validation
        self.exclude_seen = exclude_seen
        self.seed = seed
        self._set_run_parameters(n_jobs, progress, time_limit, memory_limit)

    @classmethod
    def from_fitted(
        cls,
        models: Sequence[Recommender] | Mapping[str, Recommender],
        weights: Sequence[float] | Mapping[str, float] | None = None,
        **parameters: Any,
    ) -> Blend:
        """A Blend of models that are fitted already, on the same interactions.

        Parameters
        ----------
        models
            Fitted.
        weights : sequence or dict of float, optional
            Default: all equal.
        **parameters
            Others of the class.

        Raises
        ------
        NotFittedError
        InvalidParameterError
            Also when the models were fitted on different interactions.
        """
        named = name_models(models)
        for name, model in named.items():
            if not model.__sklearn_is_fitted__():
                raise NotFittedError(f"the model {name!r} is not fitted yet; Blend.from_fitted takes fitted models")
        given = dict.fromkeys(named, 1.0) if weights is None else weights
        self = cls({name: unfitted(model) for name, model in named.items()}, weights=given, **parameters)
        native = _core.blend([model.model_ for model in named.values()], self._weights(named), self._config())
        first = next(iter(named.values()))
        self.__dict__.update(
            interactions_=first.interactions_,
            model_=native,
            n_users_=first.n_users_,
            n_items_=first.n_items_,
            fit_seconds_=sum(model.fit_seconds_ for model in named.values()),
            _fitted_parts=name_models(self.models),
        )
        return self

    @classmethod
    def search_space(cls) -> Space:
        """What :func:`recocore.tune` tries."""
        return {"method": Choice("score", "standard", "rank")}

    def fit(self, X: Any, y: object = None) -> Blend:  # noqa: ARG002
        """Fit copies of the models, and learn their weights unless they are given.

        Takes and raises what all models do: see :meth:`recocore.ItemKNN.fit`.
        """
        return self._fit_and_set(
            X,
            lambda: {"_fitted_parts": {name: unfitted(model) for name, model in name_models(self.models).items()}},
        )

    def _fit_core(self, interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
        named, config = name_models(self.models), self._config()
        weights = None if self.weights is None else self._weights(named)
        _core.require_memory(
            self._estimate_core(interactions, threads), limits, "fitting Blend", "fewer models need less"
        )

        def fit_on(part: Interactions) -> list[_core.Model]:
            return [model._fit_core(part, threads, limits, progress) for model in named.values()]

        if weights is None:
            weights = [1.0] * len(named)
            parts = None if len(named) == 1 else self._validation(interactions)
            if parts is not None:
                train, test = parts
                weights, _, _ = _core.learn_blend_weights(
                    fit_on(train),
                    test._core,
                    config,
                    check_flag("exclude_seen", self.exclude_seen),
                    check_seed(self.seed),
                    threads,
                    limits,
                    progress,
                )
        return _core.blend(fit_on(interactions), weights, config)

    def _validation(self, interactions: Interactions) -> tuple[Interactions, Interactions] | None:
        """Training and validation part, or nothing when there is too little for both."""
        if self.validation is not None:
            try:
                train, test = self.validation
            except (TypeError, ValueError):
                raise InvalidParameterError(
                    f"validation must be a pair of interactions; got {shown(self.validation)}"
                ) from None
            return as_interactions(train), as_interactions(test)
        fraction, seed = check_number("validation_fraction", self.validation_fraction), check_seed(self.seed)
        if not 0 < fraction < 1:
            raise InvalidParameterError(f"validation_fraction must be between 0 and 1; got {fraction!r}")
        try:
            return (
                by_time(interactions, fraction)
                if interactions.times is not None
                else random(interactions, fraction, seed)
            )
        except InvalidDataError:
            return None

    def _estimate_core(self, interactions: Interactions, threads: int) -> int:
        named, config = name_models(self.models), self._config()
        # While the last model is fitted the others are there.
        fits = sum(model._estimate_core(interactions, threads) for model in named.values())
        if self.weights is not None or len(named) == 1:
            return fits
        lists = _core.estimate_blend_weights_memory(interactions._core, len(named), config, threads)
        # The split is made of events, of which several may have become one interaction.
        events = max(len(interactions), interactions._core.report()["events"])
        return fits + lists + _BYTES_OF_AN_INTERACTION * events

    def _config(self) -> _core.BlendConfig:
        return _core.BlendConfig(method=check_text("method", self.method), depth=check_count("depth", self.depth))

    def _weights(self, named: Mapping[str, Recommender]) -> list[float]:
        given = self.weights
        if isinstance(given, Mapping):
            if set(given) != set(named):
                raise InvalidParameterError(
                    f"weights must name the models {', '.join(named)}; they name {', '.join(map(str, given))}"
                )
            given = [given[name] for name in named]
        if not isinstance(given, Iterable):
            raise InvalidParameterError(f"weights must be one number a model; got {given!r}")
        weights = [check_number(f"weight {number}", weight) for number, weight in enumerate(given)]
        if len(weights) != len(named) or min(weights) < 0 or max(weights) == 0:
            raise InvalidParameterError(
                f"weights must be one number a model ({', '.join(named)}), none below 0 and one above; got {weights}"
            )
        return weights

    def _attributes_of_native(self, native: _core.Model) -> dict[str, Any]:  # noqa: ARG002
        return {"_fitted_parts": name_models(self.models)}

    @property
    def weights_(self) -> dict[str, float]:
        """The weights by the names of the models; they add up to 1."""
        weights = _core.blend_weights(self._fitted())
        largest = max(weights)
        shares = [weight / largest for weight in weights]
        return {name: share / sum(shares) for name, share in zip(self._fitted_parts, shares, strict=True)}

    @property
    def parts_(self) -> dict[str, Recommender]:
        """The fitted models by their names."""
        natives = _core.blend_parts(self._fitted())
        parts = {}
        for (name, model), native in zip(self._fitted_parts.items(), natives, strict=True):
            part = unfitted(model)
            part.__dict__.update(
                interactions_=self.interactions_,
                model_=native,
                n_users_=self.n_users_,
                n_items_=self.n_items_,
                fit_seconds_=self.fit_seconds_,
            )
            if isinstance(part, Blend):
                part._fitted_parts = {inner: unfitted(one) for inner, one in name_models(part.models).items()}
            parts[name] = part
        return parts

    #: Copies of the models as they were when the Blend was fitted.
    _fitted_parts: dict[str, Recommender]


def name_models(models: object) -> dict[str, Recommender]:
    """Give models without a name that of their type, and "ItemKNN 2" if there was one."""
    if isinstance(models, Mapping):
        named = dict(models)
    elif isinstance(models, Iterable) and not isinstance(models, (str, bytes)):
        named = {}
        for model in models:
            kind = name = type(model).__name__
            number = 1
            while name in named:
                number += 1
                name = f"{kind} {number}"
            named[name] = model
    else:
        raise InvalidParameterError(f"models must be a dict or a list of models; got {models!r}")
    if not named:
        raise InvalidParameterError("at least one model is needed; got none")
    for name, model in named.items():
        if not isinstance(name, str):
            raise InvalidParameterError(f"the name of a model must be a str; got {name!r}")
        if not isinstance(model, Recommender):
            raise InvalidParameterError(f"{name!r} must be a model of recocore, such as ItemKNN(); got {model!r}")
    return named


def unfitted(model: Recommender) -> Recommender:
    """A copy with the same parameters, not fitted."""
    return type(model)(**model.get_params())
