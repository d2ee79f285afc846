"""What a page of results says of a shop."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import recocore as rc

if TYPE_CHECKING:
    from recocore.drift import Advice, DriftResult, Interval

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def percent(interval: Interval) -> str:
    return f"{interval.value:.1%} [{interval.low:.1%}, {interval.high:.1%}]"


def section(name: str, result: DriftResult, advice: Advice) -> str:
    """Curves, where the loss comes from, schedules and detectors of a shop."""
    lines = [
        f"## {name}",
        "",
        f"{result.first:%Y-%m-%d} to {result.last:%Y-%m-%d}, periods of a {result.period_name}, "
        f"{result.scored_periods} scored; protocol `{result.protocol}`, lists of {result.n}"
        + ("." if result.complete else "; ended by its budget."),
        "",
        f"![age curves](drift/{name}.svg)",
        "",
        f"**{advice.headline}** [The report](drift/{name}.html).",
        "",
        "| model | age | of a fresh model's hits | permuted | half of the loss | long run | filtered | loss shown |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    curves = {(curve.model, curve.filtered): curve for curve in result.age_curves}
    for model in result.models:
        curve, filtered = curves[model, False], curves[model, True]
        at = curve.well_known
        half = f"{curve.half_life.value:.1f}" if math.isfinite(curve.half_life.value) else "never"
        ratio = rc.drift.Interval(float(curve.ratio[at]), float(curve.low[at]), float(curve.high[at]))
        falls = "yes" if curve.falls else "no"
        lines.append(
            f"| {model} | {curve.ages[at]} | {percent(ratio)} | {permuted(result, model, int(curve.ages[at]))} "
            f"| {half} | {curve.floor.value:.0%} | {filtered.ratio[at]:.1%} | {falls} |"
        )
    lines += ["", "| model | lost at that age to | " + " | ".join(result.loss_splits[0].parts) + " |"]
    lines.append("| --- " * (2 + len(result.loss_splits[0].parts)) + "|")
    for split in result.loss_splits:
        at = curves[split.model, False].well_known
        parts = " | ".join(f"{100 * value:.1f}" for value in split.loss[:, at])
        lines.append(f"| {split.model} | % of a fresh model's hits | {parts} |")
    lines += ["", "| schedule | " + " | ".join(f"{model}: hits kept | CPU s a month" for model in result.models) + " |"]
    lines.append("| --- " * (1 + 2 * len(result.models)) + "|")
    by_name: dict[str, dict[str, Any]] = {}
    for one in result.schedules:
        by_name.setdefault(one.schedule, {})[one.model] = one
    for schedule, found in by_name.items():
        cells = [
            f"{found[model].relative.value:.1%} | {found[model].cpu_seconds_per_month:.2g}"
            if model in found
            else "- | -"
            for model in result.models
        ]
        lines.append(f"| `{schedule}` | {' | '.join(cells)} |")
    lines += [
        "",
        "| model | detector | refits | hits kept | at random | false alarms a period | abrupt, gradual found after | |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in result.detectors:
        false = "-" if one.false_alarms is None else f"{one.false_alarms.value:.1%}"
        delays = ", ".join(delay(value) for value in (one.delay_abrupt, one.delay_gradual))
        lines.append(
            f"| {one.model} | {one.detector} | {one.fits - 1} | {one.relative.value:.1%} | {percent(one.random)} "
            f"| {false} | {delays} | {one.verdict} |"
        )
    lines += [
        "",
        "| model | lists kept at a refit (Jaccard) | of which noise alone changes (Jaccard) |",
        "| --- | --- | --- |",
    ]
    lines += [f"| {one.model} | {percent(one.jaccard)} | {percent(one.noise_jaccard)} |" for one in result.stability]
    failed = [title for title, passed, _ in result.controls if passed is False]
    done = sum(passed is True for _, passed, _ in result.controls)
    lines += ["", f"Controls: {done} hold" + (f"; not: {'; '.join(failed)}." if failed else ".")]
    return "\n".join(lines) + "\n"


def permuted(result: DriftResult, model: str, age: int) -> str:
    curve = next((one for one in result.no_drift if one.model == model), None)
    if curve is None:
        return "-"
    near = int(abs(curve.ages.astype(float) - age).argmin())
    return f"{curve.ratio[near]:.1%}" + ("" if curve.ages[near] == age else f" (age {curve.ages[near]})")


def delay(periods: float | None) -> str:
    if periods is None:
        return "-"
    return f"{periods:.0f}" if math.isfinite(periods) else "never"


def figure(result: DriftResult, path: Path) -> None:
    from recocore.drift._report import write_figure

    write_figure(path, result, "age_curves")


def update(page: Path, text: str, machine: str) -> None:
    """Put the measured part in a page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    today = datetime.now(timezone.utc).date()
    page.write_text(
        f"{before}{BEGIN}\n\n{today}, {machine}, recocore {rc.__version__}.\n\n{text}\n{END}{after}", encoding="utf-8"
    )
