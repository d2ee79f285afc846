"""How parameters are proposed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, Protocol

from recocore.errors import InvalidParameterError
from recocore.spaces import Choice, Float, Int, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from recocore.spaces import Space

__all__ = ["RandomSearch", "Search", "TpeSearch", "choose_sampler"]


class Search(Protocol):
    """Proposes parameters of one model."""

    def ask(self) -> dict[str, Any]:
        """What to try next."""

    def tell(self, chosen: dict[str, Any], value: float | None) -> None:
        """What came of the last proposal, or of another set of parameters."""


class RandomSearch:
    """Draws from a space."""

    def __init__(self, space: Space, seed: int) -> None:
        self._space = space
        self._random = Random(seed)

    def ask(self) -> dict[str, Any]:
        """Draw."""
        return walk(self._space, lambda _, dimension: dimension.sample(self._random))

    def tell(self, chosen: dict[str, Any], value: float | None) -> None:
        """Learn nothing."""


class TpeSearch:
    """Tree-structured Parzen estimator of Optuna (Bergstra et al. 2011; Akiba et al. 2019)."""

    def __init__(self, space: Space, seed: int) -> None:
        import optuna

        self._optuna = optuna
        self._space = space
        verbosity = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        try:
            sampler = optuna.samplers.TPESampler(seed=seed % 2**32, n_startup_trials=8)
            self._study = optuna.create_study(direction="maximize", sampler=sampler)
        finally:
            optuna.logging.set_verbosity(verbosity)
        self._asked: Any = None

    def ask(self) -> dict[str, Any]:
        """Propose what is likely to be good."""
        self._asked = self._study.ask()
        return walk(self._space, self._suggest)

    def tell(self, chosen: dict[str, Any], value: float | None) -> None:
        """Learn what came of it."""
        states = self._optuna.trial.TrialState
        if self._asked is not None:
            asked, self._asked = self._asked, None
            if value is None:
                self._study.tell(asked, state=states.FAIL)
            else:
                self._study.tell(asked, value)
            return
        # Parameters that were not proposed: only where they lie in the space.
        distributions: dict[str, Any] = {}

        def look_up(name: str, dimension: Float | Int | Choice) -> Any:
            if chosen.get(name) not in dimension:
                raise KeyError(name)
            distributions[name] = self._distribution(dimension)
            return chosen[name]

        try:
            parameters = walk(self._space, look_up)
        except KeyError:
            return
        if value is not None and parameters:
            self._study.add_trial(
                self._optuna.trial.create_trial(params=parameters, distributions=distributions, value=value)
            )

    def _suggest(self, name: str, dimension: Float | Int | Choice) -> Any:
        if isinstance(dimension, Choice):
            return self._asked.suggest_categorical(name, dimension.values)
        if isinstance(dimension, Int):
            return self._asked.suggest_int(name, dimension.low, dimension.high, log=dimension.log)
        return self._asked.suggest_float(name, dimension.low, dimension.high, log=dimension.log)

    def _distribution(self, dimension: Float | Int | Choice) -> Any:
        known = self._optuna.distributions
        if isinstance(dimension, Choice):
            return known.CategoricalDistribution(dimension.values)
        kind = known.IntDistribution if isinstance(dimension, Int) else known.FloatDistribution
        return kind(dimension.low, dimension.high, log=dimension.log)


def choose_sampler(sampler: object) -> Callable[[Space, int], Search]:
    """What makes a search from a space and a seed."""
    if sampler == "random":
        return RandomSearch
    if sampler in ("auto", "tpe"):
        try:
            import optuna  # noqa: F401
        except ImportError:
            if sampler == "auto":
                return RandomSearch
            raise InvalidParameterError(
                "sampler='tpe' needs the package optuna: pip install 'recocore[tune]', or sampler='random'"
            ) from None
        return TpeSearch
    raise InvalidParameterError(f"sampler must be 'auto', 'random' or 'tpe'; got {sampler!r}")
