"""Whether one model foresees a test part better than another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore._checks import check_threads
from recocore._tables import html_table, text_table
from recocore.errors import InvalidParameterError
from recocore.evaluation import (
    LIST_METRICS,
    USER_METRICS,
    Draws,
    Evaluation,
    Interval,
    count,
    evaluate,
    format_interval,
    level_name,
    pick,
)
from recocore.interactions import as_interactions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from recocore._base import Recommender

__all__ = ["Comparison", "compare"]


class Comparison:
    """What :func:`compare` found.

    Attributes
    ----------
    evaluations : dict of str to Evaluation
        By the names of the models, in their order.
    baseline : str
        Name of the first model, which the others are compared with.
    """

    def __init__(
        self,
        evaluations: Mapping[str, Evaluation],
        differences: Mapping[str, Mapping[str, Interval]],
        level: float,
    ) -> None:
        self.evaluations = dict(evaluations)
        self.baseline = next(iter(self.evaluations))
        self.level = level
        self._differences = {model: dict(intervals) for model, intervals in differences.items()}

    def __getitem__(self, model: str) -> Evaluation:
        return pick(self.evaluations, "model", model)

    def difference(self, metric: str, model: str) -> float:
        """How much a model is above the baseline."""
        return float(getattr(self[model], metric) - getattr(self[self.baseline], metric))

    def difference_interval(self, metric: str, model: str) -> Interval:
        """Confidence interval of the difference between a model and the baseline over the same users.

        Narrower than the intervals of the two let expect, since a user who is hard for one is hard for the
        other. Where it does not contain 0 the models differ.

        Parameters
        ----------
        metric : {"recall", "ndcg", "mrr", "hit_rate", "map", "precision"}
        model : str
            Any but the baseline.
        """
        return pick(pick(self._differences, "model", model), "metric", metric)

    def to_pandas(self) -> pd.DataFrame:
        """One row a metric and model.

        Columns ``metric, model, value, low, high, difference, difference_low, difference_high``. NaN where
        there is nothing: intervals of ``coverage``, ``novelty`` and ``gini``, differences of the baseline.
        """
        import pandas as pd

        nothing = Interval(np.nan, np.nan)
        rows = []
        for metric, name, evaluation in self._cells():
            is_baseline = name == self.baseline
            low, high = evaluation.intervals.get(metric, nothing)
            difference_low, difference_high = self._differences.get(name, {}).get(metric, nothing)
            rows.append(
                {
                    "metric": metric,
                    "model": name,
                    "value": getattr(evaluation, metric),
                    "low": low,
                    "high": high,
                    "difference": np.nan if is_baseline else self.difference(metric, name),
                    "difference_low": difference_low,
                    "difference_high": difference_high,
                }
            )
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        return "\n".join([self._title(), text_table(self._header(), self._rows()), *self._notes()])

    def _repr_html_(self) -> str:
        return html_table(". ".join([self._title(), *self._notes()]), self._header(), self._rows())

    def _notes(self) -> Iterator[str]:
        return self.evaluations[self.baseline].notes()

    def _cells(self) -> Iterator[tuple[str, str, Evaluation]]:
        for metric in (*USER_METRICS, *LIST_METRICS):
            for name, evaluation in self.evaluations.items():
                yield metric, name, evaluation

    def _title(self) -> str:
        first = self.evaluations[self.baseline]
        models = count(len(self.evaluations), "model")
        return f"{models}: lists of {first.n} for {count(first.n_users, 'user')}"

    def _header(self) -> list[str]:
        interval = level_name(self.level)
        return ["metric", "model", "value", interval, f"minus {self.baseline}", interval]

    def _rows(self) -> list[list[str]]:
        rows = []
        for metric, name, evaluation in self._cells():
            is_baseline = name == self.baseline
            interval = evaluation.intervals.get(metric)
            difference_interval = self._differences.get(name, {}).get(metric)
            rows.append(
                [
                    metric if is_baseline else "",
                    name,
                    f"{getattr(evaluation, metric):.4f}",
                    format_interval(interval) if interval else "",
                    "" if is_baseline else f"{self.difference(metric, name):+.4f}",
                    format_interval(difference_interval, "+") if difference_interval else "",
                ]
            )
        return rows


def compare(
    models: Mapping[str, Recommender] | Sequence[Recommender],
    train: Any,
    test: Any,
    n: int = 20,
    *,
    exclude_seen: bool = True,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    n_jobs: int | None = -1,
    progress: bool = False,
) -> Comparison:
    """Evaluate models on the same users, and say how sure the differences to the first are.

    Parameters
    ----------
    models : dict of str to Recommender, or sequence of Recommender
        The first is the baseline. Without names they are called by their type, and "ItemKNN 2" if there was
        one.
    train, test, n, exclude_seen, level, resamples, seed, n_jobs, progress
        As in :func:`evaluate`.

    Returns
    -------
    Comparison

    Raises
    ------
    InvalidParameterError, InvalidDataError, IdTypeError
        As :func:`evaluate` does.

    Examples
    --------
    >>> import recocore as rc
    >>> items = ["tea", "pot", "tea", "pot", "mug", "jar", "mug"]
    >>> train = {"user_id": [1, 1, 2, 2, 3, 3, 4], "item_id": items}
    >>> test = {"user_id": [4], "item_id": ["jar"]}
    >>> rc.compare([rc.Popularity(), rc.ItemKNN()], train, test, n=1).difference("recall", "ItemKNN")
    1.0
    """
    if not isinstance(models, Iterable):
        raise InvalidParameterError(f"models must be a dict or a list of models; got {models!r}; for one use evaluate")
    named = dict(models) if isinstance(models, Mapping) else _name(models)
    if not named:
        raise InvalidParameterError("compare needs at least one model; got none")
    train, test = as_interactions(train), as_interactions(test)
    evaluations = {
        name: evaluate(
            model,
            train,
            test,
            n,
            exclude_seen=exclude_seen,
            level=level,
            resamples=resamples,
            seed=seed,
            n_jobs=n_jobs,
            progress=progress,
        )
        for name, model in named.items()
    }
    first, *others = evaluations
    draws = Draws(resamples, level, seed)
    differences = {
        name: draws.intervals(
            {
                metric: evaluations[name].per_user[metric] - evaluations[first].per_user[metric]
                for metric in USER_METRICS
            },
            check_threads(n_jobs),
        )
        for name in others
    }
    return Comparison(evaluations, differences, level)


def _name(models: Sequence[Recommender]) -> dict[str, Recommender]:
    named: dict[str, Recommender] = {}
    for model in models:
        kind = name = type(model).__name__
        number = 1
        while name in named:
            number += 1
            name = f"{kind} {number}"
        named[name] = model
    return named
