"""The run: what to measure, in which order, until when."""

from __future__ import annotations

import copy
import hashlib
import inspect
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore._base import Recommender
from recocore._checks import check_count, check_flag, check_number, check_seed, check_text, check_threads
from recocore.catalogue import Catalogue, as_catalogue
from recocore.drift._analysis import analyse
from recocore.drift._measuring import Plan, World
from recocore.drift._offers import offers_of
from recocore.drift._periods import Period, choose_period, parse_period
from recocore.drift._records import Records
from recocore.drift._schedules import Schedule, default_schedules, parse_schedule
from recocore.drift._work import COARSE, Work
from recocore.errors import InvalidDataError, InvalidParameterError
from recocore.hybrid import Hybrid
from recocore.interactions import Interactions, as_interactions
from recocore.item_knn import ItemKNN
from recocore.popularity import Popularity
from recocore.session_knn import SessionKNN

if TYPE_CHECKING:
    import os
    from datetime import timedelta

    from recocore.drift.results import DriftResult

__all__ = ["require_report_packages", "run"]

MEASURES = "measures.jsonl"


def run(
    events: Any,
    catalogue: Any = None,
    models: Sequence[Recommender] | Mapping[str, Recommender] | None = None,
    schedules: Sequence[str] | None = None,
    *,
    out: str | os.PathLike[str] | None = None,
    period: str | float | timedelta | None = None,
    first: int | None = None,
    n: int = 10,
    protocol: str = "auto",
    histories: str = "frozen",
    exclude_seen: bool = True,
    most_lists: int = 5000,
    detector_rate: float = 0.01,
    controls: bool = True,
    budget: float | None = None,
    resume: bool = True,
    report: bool = True,
    name: str = "events",
    seed: int = 0,
    n_jobs: int | None = -1,
    progress: bool = False,
) -> DriftResult:
    """Find out how fast models age on these events, and what each way of keeping them fresh brings and costs.

    Time is cut into periods. At the beginning of each a model is fitted on what came before, and scored on all periods
    that come after: nothing a fit sees is later than anything it is scored on. What a schedule of refits would have
    brought and cost is read from these measures.

    Parameters
    ----------
    events : Interactions or table
        With times: a table has the columns ``user_id``, ``item_id`` and ``timestamp``. For sessions the session is the
        user.
    catalogue : Catalogue or table, optional
        What items are, with a column ``item_id``: for models with a catalogue, such as :class:`~recocore.Hybrid`.
        Columns ``available_from`` and ``available_until`` (dates) say what is on offer when; without them an item is
        recommended only after the period of its first event.
    models : sequence of models, or mapping of names to them, optional
        Not fitted. Default: :class:`~recocore.Popularity` and :class:`~recocore.ItemKNN`
        (:class:`~recocore.SessionKNN` for sessions), with a catalogue :class:`~recocore.Hybrid` as well.
    schedules : sequence of str, optional
        ``never``, ``every:K`` (periods), ``sliding:W/every:K`` (a fit on the last W periods), ``decay:H/every:K``
        (half-life H), ``incremental`` (:meth:`update` at each period), ``triggered:DETECTOR``, ``cost-aware``,
        ``oracle`` (the best there could have been), ``random:N`` (N fits). A reasonable set is the default.
    out : path, optional
        Folder for ``measures.jsonl`` and ``report.html``. A run that was stopped goes on from what is there.
    period : str, float or timedelta, optional
        Such as ``"12h"``, ``"1d"``, ``"4w"``, or days. Default: the longest of 4 weeks, a week, a day, 6 hours and an
        hour of which there are 28.
    first : int, optional
        How many periods are only learned from. Default: a quarter.
    n : int, default 10
        Length of the lists.
    protocol : {"auto", "period", "next"}
        ``period``: a list for each user at the beginning of a period, whose purchases in it are to be found. ``next``:
        a list before each event, from what the user (session) did before. ``auto``: ``next`` where most users of the
        periods that are scored did nothing in an earlier one.
    histories : {"frozen", "live"}
        With ``period``: whether an old model knows of its users what it was fitted on, as lists from a file do, or is
        given all they did since as a history. How much of the ageing is due to that is the difference.
    exclude_seen : bool, default True
        Recommend and expect only what is new to the user.
    most_lists : int, default 5000
        Of a period with more lists as many are drawn, the same for all models. 0: all.
    detector_rate : float, default 0.01
        Rate of false alarms a period that detectors with a calibrated threshold are set to.
    controls : bool, default True
        Also measure time-permuted events, on which nothing may age, and events with a change that was put there.
    budget : float, optional
        Seconds that the measuring may take. What is most important is measured first; the result says whether it is
        complete, and the same call goes on.
    resume : bool, default True
        Go on from ``out``; False begins anew.
    report : bool, default True
        Write ``report.html`` (with ``out``).
    name : str
        Of the data, for the report.
    seed : int, default 0
    n_jobs : int, optional
        Threads; default all.
    progress : bool, default False
        Show a bar with the time left.

    Returns
    -------
    DriftResult

    Raises
    ------
    InvalidDataError
        Events without times, too short a time, or a folder with measures of another run.
    InvalidParameterError
    DeadlineExceededError
        The budget was over before there was anything to say; what was measured is kept in ``out``.
    """
    if out is not None and check_flag("report", report):
        require_report_packages()
    interactions = _timed(events)
    given = None if catalogue is None else as_catalogue(catalogue, "item_id")
    timeline, length = _timeline(interactions, period)
    start = _first(first, timeline.periods)
    how = _protocol(protocol, timeline, start)
    named = _named_models(models, how, given)
    tried = _schedules(schedules, timeline.periods - start)
    threads = check_threads(n_jobs)
    for model in named.values():
        if hasattr(model, "n_jobs") and model.n_jobs is None:
            model.set_params(n_jobs=n_jobs)
    if check_text("histories", histories) not in {"frozen", "live"}:
        raise InvalidParameterError(f"histories must be 'frozen' or 'live'; got {histories!r}")
    plan = Plan(
        n=check_count("n", n),
        exclude_seen=check_flag("exclude_seen", exclude_seen),
        protocol=how,
        histories="live" if how == "next" else histories,
        first=start,
        most_lists=check_count("most_lists", most_lists, at_least=0),
        seed=check_seed(seed),
        threads=threads,
        catalogue=given,
        offers=None if given is None else offers_of(given),
    )
    rate = check_number("detector_rate", detector_rate)
    if not 0.005 <= rate <= 0.5:
        raise InvalidParameterError(f"detector_rate must be from .005 to .5; got {detector_rate!r}")
    header = {
        "name": check_text("name", name),
        "digest": hashlib.sha256(interactions._core.to_bytes()).hexdigest()[:16],
        "seed": plan.seed,
        "version": _core.__version__,
        "models": {key: _described(model) for key, model in named.items()},
        "period_seconds": length.microseconds / 1e6,
        "periods": timeline.periods,
        "first": start,
        "n": plan.n,
        "protocol": how,
        "histories": plan.histories,
        "exclude_seen": plan.exclude_seen,
        "most_lists": plan.most_lists,
        "detector_rate": rate,
        "catalogue": None if given is None else hashlib.sha256(given._core.to_bytes()).hexdigest()[:16],
    }
    folder = None if out is None else _folder(out)
    records = Records(None if folder is None else folder / MEASURES, header, check_flag("resume", resume))
    work = Work(named, tried, World.of(timeline, plan), plan, records, rate, check_flag("controls", controls))
    try:
        complete = work.measure(None if budget is None else _positive("budget", budget), progress)
    finally:
        records.close()
    result = analyse(work, length, header, complete=complete)
    if folder is not None and report:
        result.to_html(folder / "report.html")
    return result


def require_report_packages() -> None:
    """Before the measuring, not after it.

    Raises
    ------
    InvalidParameterError
        A package that reports are made with is not there.
    """
    for package in ("jinja2", "matplotlib"):
        if find_spec(package) is None:
            raise InvalidParameterError(
                f"the report needs the package {package}: pip install 'recocore[report]', or report=False"
            )


def _described(model: Recommender) -> str:
    """A model by what its results depend on."""
    plain = copy.copy(model)
    for name in ("n_jobs", "progress", "time_limit", "memory_limit"):
        if hasattr(plain, name):
            plain.set_params(**{name: inspect.signature(type(model)).parameters[name].default})
    return repr(plain)


def _timed(events: Any) -> Interactions:
    interactions = events if isinstance(events, Interactions) else _read(events)
    if interactions.times is None:
        raise InvalidDataError(
            "the events have no times, and a model ages in time; read them with Interactions.from_table(table, "
            "timestamp=...)"
        )
    return interactions


def _read(events: Any) -> Interactions:
    try:
        return Interactions.from_table(events, timestamp="timestamp")
    except InvalidParameterError:
        return as_interactions(events)


def _timeline(interactions: Interactions, period: str | float | timedelta | None) -> tuple[_core.Timeline, Period]:
    times = interactions.times
    assert times is not None
    span = int((times.max() - times.min()) / np.timedelta64(1, "us")) if len(times) else 0
    length = choose_period(span) if period is None else parse_period(period)
    return _core.Timeline(interactions._core, length.microseconds), length


def _first(first: int | None, periods: int) -> int:
    start = max(1, periods // 4) if first is None else check_count("first", first)
    if periods - start < COARSE:
        raise InvalidDataError(
            f"{periods} periods, of which {start} are only learned from, leave too few to score: at least {COARSE} are "
            "needed; take a shorter period, or a smaller first"
        )
    return start


def _protocol(protocol: str, timeline: _core.Timeline, first: int) -> str:
    if check_text("protocol", protocol) not in {"auto", "period", "next"}:
        raise InvalidParameterError(f"protocol must be 'auto', 'period' or 'next'; got {protocol!r}")
    if protocol != "auto":
        return protocol
    offsets, users = timeline.offsets, timeline.event_users()
    births = timeline.user_births
    visits = known = 0
    for period in range(first, timeline.periods):
        seen = np.unique(users[offsets[period] : offsets[period + 1]])
        visits += len(seen)
        known += int((births[seen] < period).sum())
    return "period" if 2 * known >= visits else "next"


def _named_models(
    models: Sequence[Recommender] | Mapping[str, Recommender] | None, protocol: str, catalogue: Catalogue | None
) -> dict[str, Recommender]:
    if models is None:
        models = [Popularity(), SessionKNN() if protocol == "next" else ItemKNN()]
        if catalogue is not None:
            models.append(Hybrid())
    if isinstance(models, Recommender):
        models = [models]
    pairs = list(models.items()) if isinstance(models, Mapping) else [(type(one).__name__, one) for one in models]
    named: dict[str, Recommender] = {}
    for name, model in pairs:
        if not isinstance(model, Recommender):
            raise InvalidParameterError(f"models must be models that are not fitted, such as ItemKNN(); got {model!r}")
        tries = (name if again == 1 else f"{name} {again}" for again in range(1, len(pairs) + 1))
        free = next(one for one in tries if one not in named)
        # A copy: the caller's model keeps its parameters and stays as it is.
        named[free] = type(model)(**model.get_params())
    if not named:
        raise InvalidParameterError("there are no models to run")
    return named


def _schedules(schedules: Sequence[str] | None, scored: int) -> list[Schedule]:
    if schedules is None:
        return default_schedules(scored)
    if isinstance(schedules, str):
        schedules = [schedules]
    parsed = [parse_schedule(text) for text in schedules]
    return list({schedule.text: schedule for schedule in parsed}.values())


def _positive(name: str, value: float) -> float:
    number = check_number(name, value)
    if number <= 0:
        raise InvalidParameterError(f"{name} must be above 0; got {value!r}")
    return number


def _folder(out: str | os.PathLike[str]) -> Path:
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
