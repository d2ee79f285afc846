"""How well a model foresees a test part."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from recocore import _core
from recocore._base import Recommender
from recocore._checks import check_count, check_flag, check_number, check_seed, check_threads
from recocore._progress import progress_bar
from recocore._tables import html_table, text_table
from recocore.errors import InvalidParameterError
from recocore.interactions import Interactions, as_interactions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd
    from numpy.typing import NDArray

T = TypeVar("T")

__all__ = ["Evaluation", "Interval", "evaluate"]

#: Metrics that every user has a value of.
USER_METRICS = ("recall", "ndcg", "mrr", "hit_rate", "map", "precision")
#: Metrics of all lists together.
LIST_METRICS = ("coverage", "novelty", "gini")


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float


class Evaluation:
    """What :func:`evaluate` found.

    Attributes
    ----------
    recall, ndcg, mrr, hit_rate, map, precision : float
        Means over the evaluated users, from 0 to 1; see :mod:`recocore.metrics` for the definitions.
    coverage : float
        Share of the catalogue, all items of the model, that is in at least one list, from 0 to 1 (Ge et al.
        2010).
    novelty : float
        Mean over all entries of all lists of -log2(users of the item / users), both counted in the training
        part, in bits (Zhou et al. 2010). An item without users counts as if it had one.
    gini : float
        How unequally the entries are spread over the catalogue: 0 when all items are recommended equally
        often, close to 1 when one item has everything (Fleder and Hosanagar 2009).
    per_user : dict of str to ndarray, shape (n_users,)
        Columns: ``user_id``, ascending, and one of float64 for each of the first six metrics.
    intervals : dict of str to Interval
        Of the first six metrics; see :meth:`interval`.
    model : str
        Name of the model's type.
    n : int
        Length of the lists.
    level : float
        Confidence level of the intervals.
    n_users : int
        Users evaluated: those with something to find.
    cold_users : int
        Of these, users of whom the model knows no item; they get what is popular.
    test_interactions : int
        Interactions of the test part.
    repeated : int
        Of these, how many were left out because the user had the item already (with ``exclude_seen``).
    unknown_items : int
        Of the others, how many are with an item the model does not know. They count as misses.
    """

    recall: float
    ndcg: float
    mrr: float
    hit_rate: float
    map: float
    precision: float

    def __init__(
        self,
        *,
        model: str,
        n: int,
        level: float,
        user_id: NDArray[Any],
        found: _core.EvaluationResult,
        intervals: Mapping[str, Interval],
        unit: str = "user",
    ) -> None:
        self._unit = unit
        self.model = model
        self.n = n
        self.level = level
        self.per_user: dict[str, NDArray[Any]] = {"user_id": user_id, **found["per_user"]}
        for metric in USER_METRICS:
            setattr(self, metric, found["mean"][metric])
        self.coverage = found["coverage"]
        self.novelty = found["novelty"]
        self.gini = found["gini"]
        self.n_users = len(user_id)
        self.cold_users = found["cold_users"]
        self.test_interactions = found["test_interactions"]
        self.repeated = found["repeated"]
        self.unknown_items = found["unknown_items"]
        self.intervals = dict(intervals)

    def interval(self, metric: str) -> Interval:
        """Confidence interval of the mean over users, by bootstrap.

        Parameters
        ----------
        metric : {"recall", "ndcg", "mrr", "hit_rate", "map", "precision"}

        Returns
        -------
        Interval
            ``(low, high)``. It says how far the mean would vary with other users of the same kind; it knows
            nothing of other times or other splits.
        """
        return pick(self.intervals, "metric", metric)

    def to_dict(self) -> dict[str, float]:
        """All numbers by name: metrics, bounds as ``ndcg_low`` and ``ndcg_high``, and counts."""
        result: dict[str, float] = {}
        for metric in USER_METRICS:
            low, high = self.intervals[metric]
            result |= {metric: getattr(self, metric), f"{metric}_low": low, f"{metric}_high": high}
        counts = ("n", "n_users", "cold_users", "test_interactions", "repeated", "unknown_items")
        return result | {name: getattr(self, name) for name in (*LIST_METRICS, *counts)}

    def to_pandas(self) -> pd.DataFrame:
        """:meth:`to_dict` as a table of one row, with the model's name as its index."""
        import pandas as pd

        return pd.DataFrame([self.to_dict()], index=pd.Index([self.model], name="model"))

    def __repr__(self) -> str:
        return "\n".join([self._title(), text_table(self._header(), self._rows()), *self.notes()])

    def _repr_html_(self) -> str:
        return html_table(". ".join([self._title(), *self.notes()]), self._header(), self._rows())

    def _title(self) -> str:
        return f"{self.model}: lists of {self.n} for {count(self.n_users, self._unit)}"

    def _header(self) -> list[str]:
        return ["metric", "value", level_name(self.level)]

    def _rows(self) -> list[list[str]]:
        rows = [
            [metric, f"{getattr(self, metric):.4f}", format_interval(self.intervals[metric])] for metric in USER_METRICS
        ]
        return rows + [[metric, f"{getattr(self, metric):.4f}", ""] for metric in LIST_METRICS]

    def notes(self) -> Iterator[str]:
        """What to know before believing the numbers: cold users, new items, repetitions, a sentence each."""
        if self.cold_users:
            yield f"{count(self.cold_users, self._unit)} unknown to the model"
        if self.unknown_items:
            total = count(self.test_interactions, "test interaction")
            yield f"{self.unknown_items:,} of {total} are with items unknown to the model: misses"
        if self.repeated:
            yield f"{count(self.repeated, 'test interaction')} left out: the user had the item before"


def evaluate(
    model: Recommender,
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
) -> Evaluation:
    """Make a list for each user of the test part and see whether what they did next is in it.

    What a user did before is their row in ``test.history``, else in ``train``, found by the user's id. Others
    get what the model recommends to strangers. Every item of a user's row in ``test`` is relevant, whatever
    its weight; with ``exclude_seen`` those the user had before cannot be recommended and are not relevant
    either. Users with nothing to find are left out of the means. Items the model does not know count as
    misses: to a shop a new product that nobody is shown is one.

    Lists are the best of *all* items the model knows. Rankings among sampled items order models differently
    (Krichene and Rendle 2020, "On sampled metrics for item recommendation").

    Parameters
    ----------
    model : Recommender
        When it is not fitted, a copy is fitted on ``train``; the model itself stays as it is.
    train, test : Interactions, table or sparse matrix
        Most simply from :mod:`recocore.split`.
    n : int, default 20
        Length of the lists.
    exclude_seen : bool, default True
        Recommend nothing the user had before. Choose False where people buy the same again.
    level : float, default 0.95
        Confidence level of the intervals, between 0 and 1.
    resamples : int, default 1000
        Samples of users, drawn with replacement, that the intervals are the percentiles of (Efron 1979).
    seed : int, default 0
        Of these draws.
    n_jobs : int or None, default -1
        Threads for the lists: -1 for all the machine has, None for one. No result depends on it.
    progress : bool, default False
        Show a bar; needs tqdm.

    Returns
    -------
    Evaluation

    Warns
    -----
    UserWarning
        When the model was fitted on other interactions than ``train``: it may have seen the test part.

    Raises
    ------
    InvalidParameterError
        A parameter that makes no sense.
    InvalidDataError
        When no user of ``test`` has anything to find.
    IdTypeError
        When ids are text in one part and integers in another.

    Examples
    --------
    >>> import recocore as rc
    >>> train = {"user_id": [1, 1, 2, 2, 3], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
    >>> test = {"user_id": [3], "item_id": ["pot"]}
    >>> rc.evaluate(rc.ItemKNN(), train, test, n=1).recall
    1.0
    """
    n = check_count("n", n)
    exclude_seen = check_flag("exclude_seen", exclude_seen)
    draws = Draws(check_count("resamples", resamples), check_number("level", level), check_seed(seed))
    threads = check_threads(n_jobs)
    train, test = as_interactions(train), as_interactions(test)
    fitted = _fitted_on(train, model)
    history = None if test.history is None else test.history._core
    with progress_bar(progress) as show:
        found = _core.evaluate(fitted._fitted(), train._core, test._core, history, n, exclude_seen, threads, show)
    return Evaluation(
        model=type(model).__name__,
        n=n,
        level=draws.level,
        user_id=test.users[found["users"]],
        found=found,
        intervals=draws.intervals(found["per_user"], threads),
    )


class Draws(NamedTuple):
    """How users are drawn for confidence intervals."""

    resamples: int
    level: float
    seed: int

    def intervals(self, columns: Mapping[str, NDArray[Any]], threads: int) -> dict[str, Interval]:
        """Find the intervals of the means of columns over the same users, from the same draws."""
        bounds = _core.bootstrap_means(list(columns.values()), *self, threads)
        return {name: Interval(*pair) for name, pair in zip(columns, bounds, strict=True)}


def _fitted_on(train: Interactions, model: object) -> Recommender:
    if not isinstance(model, Recommender):
        raise InvalidParameterError(f"model must be a model of recocore, such as ItemKNN(); got {model!r}")
    if not model.__sklearn_is_fitted__():
        return type(model)(**model.get_params()).fit(train)
    if model.interactions_ != train:
        warnings.warn(
            f"{model!r} was fitted on other interactions than train: the numbers may be too good, since it "
            "may have seen the test part. Give it unfitted to have a copy fitted on train.",
            UserWarning,
            stacklevel=3,
        )
    return model


def pick(known: Mapping[str, T], what: str, name: str) -> T:
    """Look a name up, or list the names there are in an error."""
    try:
        return known[name]
    except (KeyError, TypeError):
        raise InvalidParameterError(f"unknown {what} {name!r}; known are {', '.join(known)}") from None


def level_name(level: float) -> str:
    """Name a column of intervals."""
    return f"{100 * level:g} % interval"


def format_interval(interval: Interval, sign: str = "") -> str:
    """Write an interval for a table; ``sign="+"`` shows the sign always."""
    return f"[{interval.low:{sign}.4f}, {interval.high:{sign}.4f}]"


def count(number: int, noun: str) -> str:
    """Write a count such as "1 user" or "1,234 users"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
