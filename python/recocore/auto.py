"""The model that foresees best, found within a time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import recocore
from recocore._checks import check_count, check_flag, check_number, check_seed, check_threads
from recocore._trials import Judge, Metric, validation_parts, with_parameters
from recocore.blend import Blend
from recocore.errors import InvalidDataError, InvalidParameterError, RecocoreError
from recocore.evaluation import Draws, Interval, count
from recocore.interactions import as_interactions
from recocore.popularity import Popularity
from recocore.tuning import Tuning, prepare, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recocore._base import Recommender
    from recocore._trials import Trial
    from recocore.interactions import Interactions

__all__ = ["AutoResult", "auto"]

#: The family by name, what costs least first, with a start that is good on most data.
FAMILY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Popularity", {}),
    (
        "ItemKNN",
        {"similarity": "asymmetric_cosine", "alpha": 0.7, "weighting": "tf_idf", "shrinkage": 3.0},
    ),
    ("SessionKNN", {}),
    ("NextBasket", {}),
    ("RP3beta", {}),
    ("UserKNN", {}),
    ("GraphFilter", {}),
    ("EASE", {}),
    ("SparseEASE", {}),
    ("ALS", {}),
    ("SLIM", {}),
)
#: Models that look at times, and models for people who buy the same again.
NEED_TIMES = frozenset({"SessionKNN", "NextBasket"})
NEED_REPETITION = frozenset({"NextBasket"})

#: Shares of the time, or of the trials beyond one a model: the rest is for tuning.
FIRST_LOOK = 0.4
BLENDING = 0.3
#: Of this many of the best models parameters are searched, and so many at most are blended.
MOST_TUNED = 2
MOST_BLENDED = 3
#: Items each of them ranks: on MovieLens-1M 100 were as good as 2000, and a list costs less.
BLENDED_DEPTH = 200
#: Trials for tuning when neither a number nor a time is given.
DEFAULT_TRIALS = 20


class AutoResult:
    """What :func:`auto` found.

    Attributes
    ----------
    model : Recommender
        The winner, fitted on all interactions.
    report : str
        What was tried, what won by how much, what it costs, what to do next.
    tuning : Tuning
        All trials: ``tuning.to_pandas()``, ``tuning.plot()``. Without any when there was too little data.
    """

    def __init__(self, model: Recommender, report: str, tuning: Tuning) -> None:
        self.model = model
        self.report = report
        self.tuning = tuning
        tuning._best_model = model

    def __repr__(self) -> str:
        return self.report


@dataclass
class Contest:
    """The work of :func:`auto` on a validation part."""

    judge: Judge
    draws: Draws
    seconds: float | None
    #: What every trial tried, by the names of the trials.
    models: dict[str, Recommender]

    def first_look(self, candidates: dict[str, Recommender], budget: float) -> None:
        """Each model once: the cheap ones first, each with a fair share of the time that is left of the budget."""
        until = time.perf_counter() + budget
        for number, (name, model) in enumerate(candidates.items()):
            if number == 0:
                self.models[name] = model
                # There must be something to fall back to.
                limit = float("inf")
                deadline, self.judge.deadline = self.judge.deadline, None
                self.judge.value_of(name, model, changed(model), limit)
                self.judge.deadline = deadline
                continue
            left = min(until - time.perf_counter(), self.judge.left())
            if left <= 0:
                return
            self.models[name] = model
            waiting = len(candidates) - number
            self.judge.value_of(name, model, changed(model), max(left / waiting * 2, left / 4))

    def tune_best(self, trials: int | None, budget: float, seed: int) -> None:
        """Search the parameters of the most promising models."""
        promising = [name for name in self.ranking() if self.models[name].search_space()][:MOST_TUNED]
        if not promising or budget <= 0:
            return
        tuned = prepare({name: self.models[name] for name in promising}, None, "auto", seed)
        for one in tuned:
            given = one.given()
            best = self.judge.best(one.name)
            one.tried[repr(given)] = None if best is None else best.value
            one.search.tell(given, None if best is None else best.value)
        deadline = self.judge.deadline
        if deadline is not None:
            self.judge.deadline = min(deadline, time.perf_counter() + budget)
        run(tuned, self.judge, trials)
        self.judge.deadline = deadline

    def blend_best(self, seed: int) -> None:
        """A Blend of the best, each as it did best."""
        names = self.ranking()[:MOST_BLENDED]
        for size in range(2, len(names) + 1):
            if self.judge.left() <= 0:
                return
            parts = {name: self.best_of(name) for name in names[:size]}
            name = "Blend of " + " and ".join(parts)
            blend = Blend(parts, depth=BLENDED_DEPTH, exclude_seen=self.judge.exclude_seen, seed=seed)
            self.models[name] = blend
            self.judge.value_of(name, blend, {})

    def ranking(self) -> list[str]:
        """Names by the best value; of equals the cheaper."""
        values = {name: self.judge.best(name) for name in self.models}
        known = [(name, trial.value or 0.0) for name, trial in values.items() if trial is not None]
        return [name for name, _ in sorted(known, key=lambda pair: -pair[1])]

    def best_of(self, name: str) -> Recommender:
        """A copy of a model as it did best, not fitted."""
        best = self.judge.best(name)
        assert best is not None  # ranked, so tried
        return with_parameters(self.judge.made[best.number])

    def lead(self, winner: str, other: str) -> tuple[float, Interval]:
        """How much better the first is for the same users, and how sure that is."""
        differences = self.judge.per_user[winner] - self.judge.per_user[other]
        interval = self.draws.intervals({"lead": differences}, check_threads(self.judge.n_jobs))["lead"]
        return float(differences.mean()), interval


def auto(
    interactions: Any,
    *,
    seconds: float | None = 600,
    trials: int | None = None,
    metric: str = "ndcg@20",
    split: str | tuple[Any, Any] = "auto",
    validation_fraction: float = 0.1,
    exclude_seen: bool = True,
    seed: int = 0,
    n_jobs: int | None = -1,
    memory_limit: int | None = None,
    progress: bool = False,
) -> AutoResult:
    """Find the model that foresees best, within a time.

    A validation part is put aside. Then every model of the family is tried once, what costs least first; models that
    would take more memory or time than there is are passed over. The parameters of the most promising are searched
    (:func:`recocore.tune`), the best are blended (:class:`~recocore.Blend`), and the winner is fitted on all
    interactions.

    Parameters
    ----------
    interactions : Interactions, table or sparse matrix
    seconds : float or None, default 600
        For all trials: about 40 % for the first look at each model, 30 % for tuning, the rest for blends.
        The last fit, on everything, comes on top. None: no limit.
    trials : int, optional
        Trials for tuning, besides one a model and those of blends. Default: as many as the time allows, 20 without a
        time. With ``trials`` and ``seconds=None`` the result is the same every time.
    metric, split, validation_fraction, exclude_seen, n_jobs
        As in :func:`recocore.tune`.
    seed : int, default 0
        Of split, searches and intervals.
    memory_limit : int, optional
        Bytes a fit may use beside the interactions. Models that need more by their estimate are passed over.
    progress : bool, default False
        Show a bar while the winner is fitted; needs tqdm.

    Returns
    -------
    AutoResult
        ``model`` is ready for use; ``report`` says in plain words how it came to be.

    Raises
    ------
    InvalidParameterError, InvalidDataError
    KeyboardInterrupt
        After Ctrl-C. Its attribute ``tuning`` is a :class:`Tuning` of the trials so far.

    Examples
    --------
    >>> import recocore as rc
    >>> events = {"user_id": [1, 1, 2, 2, 3], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
    >>> result = rc.auto(events, seconds=None, trials=1)
    >>> result.model.recommend(3, n=1).item_id.tolist()
    ['pot']
    """
    data = as_interactions(interactions)
    limit = None if memory_limit is None else check_count("memory_limit, in bytes,", memory_limit, at_most=2**64 - 1)
    if seconds is not None and check_number("seconds", seconds) <= 0:
        raise InvalidParameterError(f"seconds must be above 0, or None; got {seconds!r}")
    if trials is not None:
        check_count("trials", trials, at_least=0)
    elif seconds is None:
        trials = DEFAULT_TRIALS
    judged = Metric.parse(metric)
    started = time.perf_counter()
    candidates = family(data, exclude_seen=check_flag("exclude_seen", exclude_seen))
    try:
        train, test, how = validation_parts(data, split, validation_fraction, check_seed(seed))
    except InvalidDataError as error:
        if not isinstance(split, str):  # parts of the caller's own
            raise
        return _untested(
            data,
            candidates,
            Tuning([], str(judged), f"no trial: {error}"),
            f"could not be split ({error})",
            n_jobs,
            limit,
        )
    judge = Judge(
        train,
        test,
        judged,
        exclude_seen=exclude_seen,
        n_jobs=n_jobs,
        memory_limit=limit,
        deadline=None if seconds is None else started + seconds,
    )
    contest = Contest(judge, Draws(1000, 0.95, seed), seconds, {})
    budget = float("inf") if seconds is None else seconds
    note = f"validated on {how}: {count(len(test), 'interaction')} of {len(data):,}"
    try:
        contest.first_look(candidates, FIRST_LOOK * budget)
        contest.tune_best(trials, judge.left() - BLENDING * budget if seconds else float("inf"), seed)
        contest.blend_best(seed)
        if judge.best() is None:
            reason = judge.first_error or "no model was finished"
            return _untested(
                data,
                candidates,
                Tuning(judge.trials, str(judged), note),
                f"left nothing to measure ({reason})",
                n_jobs,
                limit,
            )
        tried = time.perf_counter() - started
        fitted, model = _fit_winner(contest, data, n_jobs, limit, progress=progress)
    except KeyboardInterrupt as interrupt:
        interrupt.tuning = Tuning(judge.trials, str(judged), note)  # type: ignore[attr-defined]
        raise
    tuning = Tuning(judge.trials, str(judged), note)
    return AutoResult(model, "\n".join(_report(contest, data, fitted, model, how, tried)), tuning)


def family(data: Interactions, *, exclude_seen: bool) -> dict[str, Recommender]:
    """The models that make sense for the data, the cheapest first."""
    models = {}
    for name, parameters in FAMILY:
        kind = getattr(recocore, name, None)
        if kind is None or (name in NEED_TIMES and data.times is None) or (name in NEED_REPETITION and exclude_seen):
            continue
        models[name] = kind(**parameters)
    return models


def changed(model: Recommender) -> dict[str, Any]:
    """What a model was given of the parameters of its space."""
    return {name: getattr(model, name) for name in model.search_space()}


def _fit_winner(
    contest: Contest, data: Interactions, n_jobs: int | None, memory_limit: int | None, *, progress: bool
) -> tuple[str, Recommender]:
    """Name and model of the best model that can be fitted on everything: more data may need more memory."""
    failure: Exception | None = None
    for name in contest.ranking():
        model = contest.best_of(name).set_params(n_jobs=n_jobs, memory_limit=memory_limit, progress=progress)
        try:
            return name, model.fit(data)
        except (RecocoreError, MemoryError) as error:
            failure = error
    assert failure is not None  # something was ranked
    raise failure


def _untested(
    data: Interactions,
    candidates: dict[str, Recommender],
    tuning: Tuning,
    reason: str,
    n_jobs: int | None,
    memory_limit: int | None,
) -> AutoResult:
    """What to use when nothing can be measured."""
    wanted = ("ItemKNN", "Popularity")
    for model in (candidates[name] for name in wanted if name in candidates):
        try:
            model.set_params(n_jobs=n_jobs, memory_limit=memory_limit).fit(data)
        except (RecocoreError, MemoryError):
            if isinstance(model, Popularity):
                raise
            continue
        report = (
            f"Nothing was compared: the {count(len(data), 'interaction')} {reason}.\n"
            f"The model is {model!r}, a choice that is seldom bad.\n"
            "Next: come back with more data."
        )
        return AutoResult(model, report, tuning)
    raise AssertionError("the family has these")


def _report(
    contest: Contest, data: Interactions, fitted: str, model: Recommender, how: str, tried: float
) -> Iterator[str]:
    judge = contest.judge
    ranking = contest.ranking()
    winner = ranking[0]
    best = judge.best(winner)
    assert best is not None  # ranked
    yield f"The best is {winner}: {judge.metric} {best.value:.4f} on a validation part of {how}."
    yield (
        f"{count(len(judge.trials), 'trial')} in {tried:.3g} s on {count(len(data), 'interaction')} of "
        f"{count(data.n_users, 'user')} with {count(data.n_items, 'item')}; measured on "
        f"{count(len(judge.per_user[winner]), 'user')}."
    )
    yield ""
    yield "What was tried, best first:"
    for name in ranking:
        trial = judge.best(name)
        assert trial is not None  # ranked
        tries = sum(one.model == name for one in judge.trials)
        yield f"  {name}: {trial.value:.4f}, {trial.seconds:.3g} s a trial, {count(tries, 'trial')}"
    failed = [trial for trial in judge.trials if trial.value is None]
    for trial in _first_of_each(failed, ranking):
        yield f"  {trial.model}: not finished. {trial.error}"
    skipped = [name for name in family(data, exclude_seen=judge.exclude_seen) if name not in contest.models]
    if skipped:
        yield f"  no time was left for {', '.join(skipped)}"
    yield ""
    yield from _leads(contest, ranking)
    memory = model.estimate_fit_memory(data)
    yield (
        f"Fitting it on everything took {model.fit_seconds_:.3g} s and at most {memory / 1e6:,.0f} MB beside the "
        "interactions."
    )
    if fitted != winner:
        yield f"{winner} could not be fitted on everything; the model is {fitted}, the best that could."
    yield f"It is {model!r}."
    yield ""
    yield "Next:"
    if skipped or failed:
        yield "- More seconds (or a larger memory_limit) let more models and parameters be tried."
    if how != "the latest events":
        yield "- Without times nothing says how it does on what comes next: read the column of times if there is one."
    yield "- The value above decided, so it is a little too good; a test part that nobody looked at says how much."
    yield "- Look at lists of people you know before you show them to everybody."


def _first_of_each(failed: Sequence[Trial], ranking: Sequence[str]) -> Iterator[Trial]:
    seen = set(ranking)
    for trial in failed:
        if trial.model not in seen:
            seen.add(trial.model)
            yield trial


def _leads(contest: Contest, ranking: Sequence[str]) -> Iterator[str]:
    winner = ranking[0]
    others = list(dict.fromkeys([*ranking[1:2], *(name for name in ranking if name == "Popularity")]))
    for other in others:
        if other == winner:
            continue
        lead, (low, high) = contest.lead(winner, other)
        sure = "more than chance" if low > 0 else "which may be chance: the simpler of the two does as well"
        yield f"It leads {other} by {lead:.4f} (95 % interval {low:+.4f} to {high:+.4f}), {sure}."
