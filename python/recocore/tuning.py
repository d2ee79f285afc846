"""Which parameters a model does best with."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recocore._base import Recommender, _parameters_of
from recocore._checks import check_count, check_flag, check_limits, check_number, check_seed, check_threads
from recocore._progress import progress_bar
from recocore._search import choose_sampler
from recocore._tables import html_table, text_table
from recocore._trials import Judge, Metric, Trial, validation_parts, with_parameters
from recocore.blend import name_models
from recocore.errors import DeadlineExceededError, InvalidParameterError, NotFittedError
from recocore.evaluation import count
from recocore.interactions import as_interactions

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from recocore._search import Search
    from recocore.spaces import Space

__all__ = ["Trial", "Tuning", "tune"]

#: Trials when neither a number nor a time is given.
DEFAULT_TRIALS = 30
#: So often a search may propose what was tried before until there is nothing new.
MOST_REPETITIONS = 50


@dataclass
class Tuned:
    """A model that is being tuned."""

    name: str
    model: Recommender
    space: Space
    search: Search
    #: What came of the parameters that were tried.
    tried: dict[str, float | None] = field(default_factory=dict)
    exhausted: bool = False

    def given(self) -> dict[str, Any]:
        """What the model was given of the parameters of its space."""
        return {name: getattr(self.model, name) for name in self.space}

    def try_given(self, judge: Judge) -> Trial:
        """Try the model as it was given."""
        given = self.given()
        trial = judge.value_of(self.name, self.model, given)
        self.tried[repr(given)] = trial.value
        self.search.tell(given, trial.value)
        return trial

    def try_next(self, judge: Judge) -> Trial | None:
        """Try what the search proposes, unless it has nothing new."""
        for _ in range(MOST_REPETITIONS):
            chosen = self.search.ask()
            # What does not matter is as if it had not been given.
            idle = {name: _parameters_of(type(self.model))[name].default for name in self.space if name not in chosen}
            parameters = {name: {**idle, **chosen}[name] for name in self.space}
            if repr(parameters) in self.tried:
                self.search.tell(chosen, self.tried[repr(parameters)])
                continue
            trial = judge.value_of(self.name, with_parameters(self.model, **parameters), parameters)
            self.tried[repr(parameters)] = trial.value
            self.search.tell(chosen, trial.value)
            return trial
        self.exhausted = True
        return None


class Tuning:
    """What :func:`tune` found.

    Attributes
    ----------
    best_model : Recommender
        With the best parameters, fitted on all interactions.
    best_params : dict
        What of them was searched.
    best_value : float
        The metric they reach on the validation part. Slightly too good to be true: the best of many is also the
        luckiest.
    best_trial : Trial
    trials : list of Trial
        In their order.
    metric : str
    """

    def __init__(self, trials: Sequence[Trial], metric: str, note: str = "") -> None:
        self.trials = list(trials)
        self.metric = metric
        self._note = note
        self._best_model: Recommender | None = None

    @property
    def best_trial(self) -> Trial:
        """The trial with the largest value; of several the first."""
        done = [trial for trial in self.trials if trial.value is not None]
        if not done:
            raise NotFittedError("no trial has been finished")
        return max(done, key=lambda trial: trial.value or 0.0)

    @property
    def best_params(self) -> dict[str, Any]:
        """The parameters of the best trial."""
        return dict(self.best_trial.parameters)

    @property
    def best_value(self) -> float:
        """The metric of the best trial."""
        return self.best_trial.value or 0.0

    @property
    def best_model(self) -> Recommender:
        """The model of the best trial, fitted on all interactions."""
        if self._best_model is None:
            raise NotFittedError("the tuning was interrupted, or refit=False: no model was fitted on everything")
        return self._best_model

    def to_pandas(self) -> pd.DataFrame:
        """One row a trial: its number, the model, a column for each parameter, the metric, seconds, error."""
        import pandas as pd

        names = list(dict.fromkeys(name for trial in self.trials for name in trial.parameters))
        rows = [
            {
                "trial": trial.number,
                "model": trial.model,
                **{name: trial.parameters.get(name) for name in names},
                self.metric: float("nan") if trial.value is None else trial.value,
                "seconds": trial.seconds,
                "error": trial.error,
            }
            for trial in self.trials
        ]
        return pd.DataFrame(rows, columns=["trial", "model", *names, self.metric, "seconds", "error"])

    def plot(self, ax: Any = None) -> Any:
        """Show the trials in their order, and the best so far; needs matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            To draw on. Default: a new one.

        Returns
        -------
        matplotlib.axes.Axes
        """
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            raise InvalidParameterError(
                "plot needs the package matplotlib: pip install 'recocore[plot]'; to_pandas has the same numbers"
            ) from None
        if ax is None:
            _, ax = plt.subplots()
        done = [trial for trial in self.trials if trial.value is not None]
        for model in dict.fromkeys(trial.model for trial in done):
            own = [trial for trial in done if trial.model == model]
            ax.plot([trial.number for trial in own], [trial.value for trial in own], "o", label=model)
        best, values = 0.0, []
        for trial in done:
            best = max(best, trial.value or 0.0)
            values.append(best)
        ax.step([trial.number for trial in done], values, where="post", color="grey", label="best so far")
        ax.set_xlabel("trial")
        ax.set_ylabel(self.metric)
        ax.legend()
        return ax

    def __repr__(self) -> str:
        return "\n".join([self._title(), text_table(self._header(), self._rows()), *self._notes()])

    def _repr_html_(self) -> str:
        return html_table(". ".join([self._title(), *self._notes()]), self._header(), self._rows())

    def _title(self) -> str:
        return f"{count(len(self.trials), 'trial')} by {self.metric}, the best first"

    def _header(self) -> list[str]:
        return ["model", "trial", self.metric, "seconds", "parameters"]

    def _ranked(self) -> list[Trial]:
        done = [trial for trial in self.trials if trial.value is not None]
        return sorted(done, key=lambda trial: -(trial.value or 0.0))

    def _rows(self) -> list[list[str]]:
        return [
            [
                trial.model,
                str(trial.number),
                f"{trial.value:.4f}",
                f"{trial.seconds:.2f}",
                ", ".join(f"{name}={_short(value)}" for name, value in trial.parameters.items()),
            ]
            for trial in self._ranked()[:10]
        ]

    def _notes(self) -> list[str]:
        failed = [trial for trial in self.trials if trial.value is None]
        notes = [self._note] if self._note else []
        if len(self.trials) - len(failed) > 10:
            notes.append("the 10 best are shown; to_pandas() has all")
        if failed:
            notes.append(f"{count(len(failed), 'trial')} failed, the first with {failed[0].error}")
        return notes


def tune(
    models: Recommender | Sequence[Recommender] | Mapping[str, Recommender],
    interactions: Any,
    *,
    trials: int | None = None,
    seconds: float | None = None,
    metric: str = "ndcg@20",
    split: str | tuple[Any, Any] = "auto",
    validation_fraction: float = 0.1,
    exclude_seen: bool = True,
    spaces: Space | Mapping[str, Space] | None = None,
    sampler: str = "auto",
    refit: bool = True,
    seed: int = 0,
    n_jobs: int | None = -1,
    memory_limit: int | None = None,
    progress: bool = False,
    callback: Callable[[Trial], object] | None = None,
) -> Tuning:
    """Search the parameters with which a model, or the best of several, foresees best.

    A validation part of the interactions is put aside. Each trial fits a copy of a model on the rest and measures its
    lists as :func:`recocore.evaluate` does. The first trial of each model is the model as it was given, so the result
    is never worse on the validation part. Several models take turns. At the end the best is fitted on all
    interactions.

    Give only training data: what a test part decides is no test any more.

    Parameters
    ----------
    models : Recommender, sequence of Recommender, or dict of str to Recommender
        They stay as they are. Their own limits hold for each trial.
    interactions : Interactions, table or sparse matrix
    trials : int, optional
        How many, all models together. Default: 30 when ``seconds`` is not given either.
    seconds : float, optional
        No trial begins after so long, and a fit that has begun is cut short. The last fit, on everything, comes on
        top.
    metric : str, default "ndcg@20"
        One of ``recall, ndcg, mrr, hit_rate, map, precision`` and the length of the lists.
    split : {"auto", "time", "random", "user"} or (train, validation), default "auto"
        How the validation part is made: the latest events, pairs drawn at random, whole users; see
        :mod:`recocore.split`. "auto": by time when there are times, else at random. Two parts of one's own may be
        given instead.
    validation_fraction : float, default 0.1
        Share of the validation part, between 0 and 1.
    exclude_seen : bool, default True
        Recommend nothing the user had before. Choose False where people buy the same again.
    spaces : space, or dict of str to space, optional
        What to try instead of the model's ``search_space()``; for several models by their names. See
        :mod:`recocore.spaces`.
    sampler : {"auto", "random", "tpe"}
        "tpe" proposes what is likely to be good, by the trials so far; needs Optuna. "auto": "tpe" when Optuna is
        there, else "random".
    refit : bool, default True
        Fit the best on all interactions at the end.
    seed : int, default 0
        Of split and search. With the same seed and the same number of trials the result is the same.
    n_jobs : int or None, default -1
        Threads of a trial: -1 for all the machine has, None for one. No result depends on it.
    memory_limit : int, optional
        Bytes a trial may use beside the interactions, for models without a limit of their own.
    progress : bool, default False
        Show a bar; needs tqdm.
    callback : callable, optional
        Called with each :class:`Trial` when it is over.

    Returns
    -------
    Tuning

    Raises
    ------
    InvalidParameterError, InvalidDataError
        For parameters and data that make no sense. A trial that fails (too much memory, too much time, parameters
        that do not go together) is recorded with its error and passed over; when all did, the first error is raised.
    KeyboardInterrupt
        After Ctrl-C. Its attribute ``tuning`` is a :class:`Tuning` of the trials so far, without a fitted model.

    Examples
    --------
    >>> import recocore as rc
    >>> items = ["tea", "pot", "tea", "pot", "tea", "pot", "tea", "mug"]
    >>> events = {"user_id": [1, 1, 2, 2, 3, 3, 4, 4], "item_id": items}
    >>> tuning = rc.tune(rc.ItemKNN(), events, trials=3, validation_fraction=0.3, sampler="random")
    >>> len(tuning.trials)
    3
    """
    named = name_models([models] if isinstance(models, Recommender) else models)
    most = None if trials is None else check_count("trials", trials)
    if seconds is None and most is None:
        most = DEFAULT_TRIALS
    if seconds is not None and check_number("seconds", seconds) <= 0:
        raise InvalidParameterError(f"seconds must be above 0; got {seconds!r}")
    refit = check_flag("refit", refit)
    check_threads(n_jobs)
    check_limits(None, memory_limit)
    deadline = None if seconds is None else time.perf_counter() + seconds
    data = as_interactions(interactions)
    train, test, how = validation_parts(data, split, validation_fraction, check_seed(seed))
    judge = Judge(
        train,
        test,
        Metric.parse(metric),
        exclude_seen=check_flag("exclude_seen", exclude_seen),
        n_jobs=n_jobs,
        memory_limit=memory_limit,
        deadline=deadline,
        callback=callback,
    )
    tuned = prepare(named, spaces, sampler, seed)
    note = f"validated on {how}: {count(len(test), 'interaction')} of {len(data):,}"
    try:
        run(tuned, judge, most, progress=progress)
        if judge.best() is None:
            raise judge.first_error or DeadlineExceededError(f"no trial was finished within seconds={seconds!r}")
        tuning = Tuning(judge.trials, str(judge.metric), note)
        if refit:
            tuning._best_model = judge.made[tuning.best_trial.number].fit(data)
    except KeyboardInterrupt as interrupt:
        interrupt.tuning = Tuning(judge.trials, str(judge.metric), note)  # type: ignore[attr-defined]
        raise
    return tuning


def prepare(
    named: Mapping[str, Recommender], spaces: Space | Mapping[str, Space] | None, sampler: str, seed: int
) -> list[Tuned]:
    """A search for each model."""
    make = choose_sampler(sampler)
    chosen: dict[str, Any] = {name: model.search_space() for name, model in named.items()}
    if spaces is not None:
        if not isinstance(spaces, Mapping):
            raise InvalidParameterError(f"spaces must be a space or a dict of spaces by model; got {spaces!r}")
        by_name = (
            bool(spaces) and set(spaces) <= set(named) and all(isinstance(space, Mapping) for space in spaces.values())
        )
        if not by_name and len(named) > 1:
            raise InvalidParameterError(f"spaces must be given by the names of the models: {', '.join(named)}")
        chosen |= spaces if by_name else {next(iter(named)): spaces}
    tuned = []
    for number, (name, model) in enumerate(named.items()):
        for parameter in chosen[name]:
            if parameter not in model.get_params():
                raise InvalidParameterError(
                    f"the space of {name} has the parameter {parameter!r}, which {type(model).__name__} does not"
                )
        tuned.append(Tuned(name, model, chosen[name], make(chosen[name], seed + number)))
    return tuned


def run(tuned: Sequence[Tuned], judge: Judge, most: int | None, *, progress: bool = False) -> None:
    """Trials of all models in turns, the given parameters first, until the budget is spent."""
    tries: list[Callable[[Judge], Trial | None]] = [one.try_given for one in tuned if not one.tried]
    begun = len(judge.trials)
    with progress_bar(progress) as show:
        while judge.left() > 0 and (most is None or len(judge.trials) - begun < most):
            if not tries:
                tries = [one.try_next for one in tuned if one.space and not one.exhausted]
                if not tries:
                    break
            tries.pop(0)(judge)
            if show is not None:
                done = len(judge.trials) - begun
                show("trials", done, done if most is None else most)


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
