"""Trials of models on a validation part."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from recocore import _core
from recocore import split as splits
from recocore._checks import check_number, check_threads
from recocore.errors import InvalidParameterError, RecocoreError
from recocore.evaluation import USER_METRICS
from recocore.interactions import Interactions, as_interactions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from recocore._base import Recommender

__all__ = ["Judge", "Metric", "Trial", "validation_parts", "with_parameters"]


@dataclass(frozen=True)
class Trial:
    """One set of parameters that was tried."""

    number: int
    #: Name of the model among those tuned.
    model: str
    #: All that the search chose; for the first trial of a model what it was given of these.
    parameters: dict[str, Any]
    #: The metric on the validation part; None for a trial that failed.
    value: float | None
    #: For the fit and the lists together.
    seconds: float
    #: Why it failed.
    error: str | None = None


class Metric(NamedTuple):
    """A metric of lists of n."""

    name: str
    n: int

    @classmethod
    def parse(cls, text: object) -> Metric:
        """Read "ndcg@20"."""
        if isinstance(text, str):
            name, _, length = text.partition("@")
            if name in USER_METRICS and (not length or (length.isdecimal() and len(length) <= 9 and int(length) > 0)):
                return cls(name, int(length or 20))
        raise InvalidParameterError(f"metric must be one of {', '.join(USER_METRICS)}, as in 'ndcg@20'; got {text!r}")

    def __str__(self) -> str:
        return f"{self.name}@{self.n}"


class Judge:
    """Fits on a training part, measures on a validation part, keeps account. Not for several threads."""

    def __init__(
        self,
        train: Interactions,
        test: Interactions,
        metric: Metric,
        *,
        exclude_seen: bool,
        n_jobs: int | None,
        memory_limit: int | None,
        deadline: float | None,
        callback: Callable[[Trial], object] | None = None,
    ) -> None:
        self.train = train
        self.test = test
        self.metric = metric
        self.exclude_seen = exclude_seen
        self.n_jobs = n_jobs
        self.memory_limit = memory_limit
        self.deadline = deadline
        self.callback = callback
        self.trials: list[Trial] = []
        self.first_error: RecocoreError | MemoryError | None = None
        #: The metric of each user in the best trial of each model.
        self.per_user: dict[str, NDArray[Any]] = {}
        #: The parameters of the trials as the models got them.
        self.made: list[Recommender] = []

    def left(self) -> float:
        """Seconds until the deadline."""
        return float("inf") if self.deadline is None else self.deadline - time.perf_counter()

    def best(self, model: str | None = None) -> Trial | None:
        """The best trial so far; of several the first."""
        done = [trial for trial in self.trials if trial.value is not None and model in (None, trial.model)]
        return max(done, key=lambda trial: trial.value or 0.0, default=None)

    def value_of(self, name: str, model: Recommender, shown: Mapping[str, Any], limit: float | None = None) -> Trial:
        """Try a model as it is; ``limit``: seconds for its fit, if that is less than what is left."""
        made = with_parameters(
            model,
            n_jobs=self.n_jobs,
            progress=False,
            memory_limit=self.memory_limit if model.memory_limit is None else model.memory_limit,
        )
        seconds = min(self.left(), float("inf") if limit is None else limit)
        if seconds < float("inf") and (model.time_limit is None or model.time_limit > seconds):
            made.time_limit = max(seconds, 1e-6)
        started = time.perf_counter()
        value, error = None, None
        try:
            value, users = self._measure(made.fit(self.train))
        except (RecocoreError, MemoryError) as failure:
            self.first_error = self.first_error or failure
            error = f"{type(failure).__name__}: {failure}"
        trial = Trial(len(self.trials), name, dict(shown), value, time.perf_counter() - started, error)
        best = self.best(name)
        if value is not None and (best is None or value > (best.value or 0.0)):
            self.per_user[name] = users
        self.trials.append(trial)
        self.made.append(with_parameters(model))
        if self.callback is not None:
            self.callback(trial)
        return trial

    def _measure(self, model: Recommender) -> tuple[float, NDArray[Any]]:
        history = None if self.test.history is None else self.test.history._core
        found = _core.evaluate(
            model._fitted(),
            self.train._core,
            self.test._core,
            history,
            self.metric.n,
            self.exclude_seen,
            check_threads(self.n_jobs),
            None,
        )
        return found["mean"][self.metric.name], found["per_user"][self.metric.name]


def validation_parts(
    data: Interactions, split: object, fraction: float, seed: int
) -> tuple[Interactions, Interactions, str]:
    """Training part, validation part, and in words how they were made."""
    if isinstance(split, (tuple, list)):
        if len(split) != 2:
            raise InvalidParameterError(f"split must be a name or (train, validation); got {len(split)} parts")
        return as_interactions(split[0]), as_interactions(split[1]), "the part given"
    fraction = check_number("validation_fraction", fraction)
    if split == "auto":
        split = "random" if data.times is None else "time"
    if split == "time":
        return *splits.by_time(data, fraction), "the latest events"
    if split == "random":
        return *splits.random(data, fraction, seed), "pairs drawn at random"
    if split == "user":
        return *splits.by_user(data, fraction, seed=seed), "users drawn at random"
    raise InvalidParameterError(f"split must be 'auto', 'time', 'random', 'user' or two parts; got {split!r}")


def with_parameters(model: Recommender, **parameters: Any) -> Recommender:
    """A copy, not fitted, with some parameters changed."""
    return type(model)(**{**model.get_params(), **parameters})
