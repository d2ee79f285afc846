"""The report of a drift run: one HTML page that needs no other file, no script and no network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recocore.drift._plots import KINDS, drawings, figure_svg, write_figure
from recocore.drift._wording import (
    NEVER,
    NOT_MEASURED,
    bytes_of,
    day,
    duration,
    number,
    percent,
    percent_range,
    plain,
    share_range,
    span,
    span_range,
)
from recocore.errors import FileError, InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from os import PathLike

    from recocore.drift.results import Advice, DriftResult, ScheduleResult

__all__ = ["figure_svg", "report_html", "write_figure", "write_report"]

#: What each detector compares, for readers who do not know its name.
_DETECTORS = {
    "jensen-shannon": "how differently events are spread over items than before the fit (Jensen-Shannon divergence)",
    "rank-overlap": "how far the ranking of the items by popularity is from that just before the fit",
    "population-stability": "how far the shares of best sellers and of the rest have moved since just before the fit",
    "births": "which share of the events is of items that are newer than the fit",
    "deaths": "which share of the events just before the fit was of items that are bought no more",
    "unknown-users": "which share of the events is by customers whom the model does not know",
    "list-change": "how differently recommendations are spread over the items than just after the fit",
    "coverage": "by how much the number of different items in the lists has changed",
    "gini": "by how much the unevenness of recommendations over the items has changed (Gini coefficient)",
    "adwin": "whether the share of hits has changed (adaptive windowing)",
    "page-hinkley": "whether the share of hits has fallen below its mean for long (Page-Hinkley test)",
}


@dataclass(frozen=True)
class _Table:
    """Rows by model: below its name, or beside it. The columns of `texts` are text, the others numbers."""

    key: str
    title: str
    about: str
    header: tuple[str, ...]
    groups: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]
    texts: tuple[int, ...] = (0,)
    beside: bool = False


def _grouped(result: DriftResult, rows: Iterable[Any], cells: Callable[[Any], tuple[str, ...]]) -> Any:
    by_model: dict[str, list[tuple[str, ...]]] = {model: [] for model in result.models}
    for row in rows:
        by_model.setdefault(row.model, []).append(cells(row))
    return tuple((model, tuple(own)) for model, own in by_model.items() if own)


def _remark(schedule: Any) -> str:
    if not schedule.causal:
        return "a bound: knows the future"
    if schedule.kind == "random":
        return "a control"
    if schedule.kind == "triggered" and schedule.fits == 1:
        return "no alarm: as never"
    return "best for its cost" if schedule.on_front else ""


def _model_table(result: DriftResult) -> _Table:
    def one(model: str, *names: str) -> ScheduleResult | None:
        own = {schedule.schedule: schedule for schedule in result.schedules if schedule.model == model}
        return next((own[name] for name in names if name in own), None)

    fresh = {model: one(model, "every:1", "incremental") for model in result.models}
    most = max((schedule.hits for schedule in fresh.values() if schedule), default=0.0)
    rows = []
    for model, always in fresh.items():
        if always is None:
            continue
        never = one(model, "never")
        rows.append(
            (
                model,
                (
                    (
                        number(round(always.hits)),
                        percent(always.hits / most if most else None),
                        duration(always.cpu_seconds_per_month),
                        NOT_MEASURED if never is None else percent_range(never.relative),
                    ),
                ),
            )
        )
    return _Table(
        key="table-models",
        title="Models",
        about=f"How the models compare when each is always fresh: fitted before each {result.period_name}.",
        header=("hits", "beside the best model", "CPU time a month", "never refitted it keeps"),
        groups=tuple(rows) if len(rows) > 1 else (),
        beside=True,
    )


def _schedule_table(result: DriftResult) -> _Table:
    return _Table(
        key="table-schedules",
        title="Schedules",
        about="Hits kept: beside a fit before each period, with the 95 % interval. CPU time is that of all fits and "
        "updates but the first. Memory is the most that a fit held.",
        header=("schedule", "hits kept", "CPU time a month", "fits", "CPU time", "wall time", "memory", "remark"),
        groups=_grouped(
            result,
            result.schedules,
            lambda one: (
                one.title,
                percent_range(one.relative),
                duration(one.cpu_seconds_per_month),
                number(one.fits),
                duration(one.cpu_seconds),
                duration(one.wall_seconds),
                bytes_of(one.peak_bytes),
                _remark(one),
            ),
        ),
        texts=(0, 7),
    )


def _detector_table(result: DriftResult) -> _Table:
    def cells(one: Any) -> tuple[str, ...]:
        return (
            one.detector,
            one.verdict,
            number(one.fits),
            percent_range(one.relative),
            percent_range(one.random),
            percent_range(one.false_alarms),
            "nothing" if one.nominal is None else percent(one.nominal),
            span(one.delay_abrupt, result.period_name),
            span(one.delay_gradual, result.period_name),
        )

    return _Table(
        key="table-detectors",
        title="Detectors",
        about="A detector is worth its alarms when it keeps more hits than as many refits at random moments (in "
        "parentheses the middle 95 % of those). False alarms, the share of periods with one, are counted on the same "
        "events with their times dealt out anew, where nothing changes. The delays are those until a change was found "
        "that was put into the events: one at a stroke, one little by little.",
        header=(
            "detector",
            "verdict",
            "fits",
            "hits kept",
            "random refits keep",
            "false alarms",
            "promised",
            "sudden change, found after",
            "slow change, found after",
        ),
        groups=_grouped(result, result.detectors, cells),
        texts=(0, 1),
    )


def _curve_table(result: DriftResult) -> _Table:
    return _Table(
        key="table-curves",
        title="Age curves",
        about="What is fitted is floor + (1 - floor) · exp(-rate · age). The floor is the share of hits that a model "
        "keeps however old it is. After the half-life half of what will be lost is lost.",
        header=(
            "recommended from",
            "can a loss be shown?",
            "oldest age",
            "floor",
            f"rate, a {result.period_name}",
            "half-life",
        ),
        groups=_grouped(
            result,
            result.age_curves,
            lambda one: (
                "what is on offer" if one.filtered else "all items",
                "yes" if one.falls else "no",
                span(float(one.ages[-1]), result.period_name) if len(one.ages) else NOT_MEASURED,
                percent_range(one.floor),
                share_range(one.rate),
                span_range(one.half_life, result.period_name),
            ),
        ),
        texts=(0, 1),
    )


def _stability_table(result: DriftResult) -> _Table:
    return _Table(
        key="table-stability",
        title="Likeness of lists",
        about="Before and after a refit, and between fits that differ by chance alone. 1: the same lists. Items in "
        "common: those in both lists, of those in either (Jaccard). Order: overlap of the two rankings from the top, "
        "the first places counting most (rank-biased overlap).",
        header=("refits", "items in common", "items, by chance", "order", "order, by chance"),
        groups=_grouped(
            result,
            result.stability,
            lambda one: (
                number(one.refits),
                share_range(one.jaccard),
                share_range(one.noise_jaccard),
                share_range(one.rbo),
                share_range(one.noise_rbo),
            ),
        ),
        beside=True,
    )


def _swap_table(result: DriftResult) -> _Table:
    return _Table(
        key="table-swaps",
        title="Time for a list",
        about="As the machine idles, and while the next model is fitted and put in place. 1 of 100 lists takes longer "
        "than the slow time.",
        header=("usual, idle", "slow, idle", "usual, in a swap", "slow, in a swap"),
        groups=_grouped(
            result,
            result.swaps,
            lambda one: tuple(map(duration, (one.idle_p50, one.idle_p99, one.swap_p50, one.swap_p99))),
        ),
        beside=True,
    )


def _facts(advice: Advice) -> list[tuple[str, str, str]]:
    """What is advised, in a few numbers: what, how much, and what that means."""
    keeps = advice.relative
    facts = [
        ("Schedule", advice.title, f"with {advice.model}"),
        (
            "Hits kept",
            percent(keeps.value),
            f"between {percent(keeps.low)} and {percent(keeps.high)} of what a fit before each period brings "
            "(95 % interval)"
            if math.isfinite(keeps.low) and math.isfinite(keeps.high)
            else "of what a fit before each period brings"
            if math.isfinite(keeps.value)
            else "",
        ),
        ("CPU time saved a month", duration(advice.saved_cpu_seconds_per_month), "beside a fit before each period"),
    ]
    if advice.net_per_month is not None:
        net = advice.net_per_month
        facts.append(
            (
                "Gain a month",
                number(net.value),
                f"between {number(net.low)} and {number(net.high)}, in your currency: cost saved less hits lost",
            )
        )
    if advice.break_even is not None:
        if advice.break_even == 0:
            facts.append(("Pays when", "always", "it costs less and keeps no fewer hits"))
        elif math.isinf(advice.break_even):
            facts.append(("Pays when", NEVER, "whatever a CPU hour costs"))
        elif not math.isnan(advice.break_even):
            facts.append(
                ("Pays when", f"a CPU hour costs over {number(advice.break_even)}", "times the value of one hit")
            )
    return facts


def _environment() -> Any:
    try:
        import jinja2
    except ImportError:
        raise InvalidParameterError("the report needs the package jinja2: pip install 'recocore[report]'") from None
    from markupsafe import Markup

    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )
    environment.filters["svg"] = Markup
    return environment


def report_html(result: DriftResult, advice: Advice) -> str:
    """The page as text: the same result and the same versions of matplotlib and jinja2 give the same bytes."""
    environment = _environment()
    figures = {kind: drawings(result, kind) for kind in KINDS}
    template = environment.from_string(
        resources.files("recocore.drift").joinpath("report.html.j2").read_text(encoding="utf-8")
    )
    known = {detector.detector: detector.watches for detector in result.detectors}
    page: str = template.render(
        result=result,
        advice=advice,
        facts=_facts(advice),
        figures=figures,
        tables=_shown(
            [
                _model_table(result),
                _schedule_table(result),
                _detector_table(result),
                _curve_table(result),
                _stability_table(result),
                _swap_table(result),
            ]
        ),
        glossary=[(name, watches, _DETECTORS[name]) for name, watches in known.items() if name in _DETECTORS],
        first=day(result.first),
        last=day(result.last),
        verdicts={True: ("passed", "✓"), False: ("failed", "✗"), None: ("not run", "\N{EN DASH}")},
    )
    return page


def _shown(tables: Sequence[_Table]) -> list[_Table]:
    return [table for table in tables if table.groups]


def write_report(path: str | PathLike[str], result: DriftResult, advice: Advice) -> None:
    """Write the report to a file.

    Raises
    ------
    InvalidParameterError
        Without matplotlib and jinja2: ``pip install 'recocore[report]'``.
    FileError
        The file cannot be written.
    """
    page = report_html(result, advice).encode("utf-8")
    try:
        Path(path).write_bytes(page)
    except OSError as error:
        raise FileError(f"{path}: the report cannot be written: {error.strerror or error}") from error
