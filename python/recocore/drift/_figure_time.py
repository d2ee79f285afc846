"""Figures over the calendar, and of how much lists change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from recocore.drift._canvas import BARS, GRID, INK, MARKS, MUTED, TEXT_SIZE, WIDTH, new_sheet, panel
from recocore.drift._wording import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from recocore.drift.results import DetectorResult, Flow, Interval, Stability

__all__ = ["alarm_figure", "flow_figure", "stability_figure"]

_DAY = np.timedelta64(1, "D") / np.timedelta64(1, "us")


def _edges(flow: Flow, period_days: float) -> NDArray[Any]:
    """Where each period begins, and where the last one ends, in days since 1970."""
    starts = np.asarray(flow.starts).astype("datetime64[us]").astype(np.int64) / _DAY
    return np.append(starts, starts[-1] + period_days) if len(starts) else np.array([0.0, period_days])


def _ticks(first: float, last: float) -> tuple[list[float], bool]:
    """Round dates, five at most, and whether they are months."""
    begin, end = (np.datetime64(0, "D") + np.timedelta64(int(np.ceil(day)), "D") for day in (first, last))
    for months in (1, 2, 3, 6, 12, 24, 60, 120):
        dates = np.arange(begin.astype("M8[M]"), end.astype("M8[M]") + np.timedelta64(1, "M"))
        dates = dates[dates.astype(np.int64) % months == 0].astype("M8[D]")
        dates = dates[(dates >= begin) & (dates <= end)]
        if len(dates) <= 5:
            break
    if len(dates) >= 3:
        return [float(day) for day in dates.astype(np.int64)], True
    days = int(end.astype(np.int64) - begin.astype(np.int64))
    step = next((step for step in (1, 2, 7, 14, 28) if days / step <= 3.6), 56)
    return [float(begin.astype(np.int64) + at) for at in range(0, days + 1, step)], False


def _calendar(axes: Axes, first: float, last: float, margin: float) -> None:
    axes.set_xlim(first, last)
    ticks, months = _ticks(first, last)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    letters = 7 if months else 10

    def iso(value: float, _: int | None) -> str:
        return str(np.datetime64(0, "D") + np.timedelta64(int(value), "D"))[:letters]

    axes.xaxis.set_major_formatter(FuncFormatter(iso))
    width = WIDTH - margin - 4
    for label, tick in zip(axes.get_xticklabels(), ticks, strict=False):
        place, half = (tick - first) / max(last - first, 1e-9) * width, letters * TEXT_SIZE * 0.33
        label.set_horizontalalignment(
            "left" if place + margin < half else "right" if place + half > width + 4 else "center"
        )


def alarm_figure(
    detectors: Sequence[DetectorResult], model: str, flow: Flow, period_days: float, notes: Sequence[str]
) -> Figure:
    """One row a detector: what it watches as a grey line, a tick where it asked for a refit."""
    row, top = 44.0, 26.0
    height = top + max(len(detectors), 1) * row + 24
    figure = new_sheet(height)
    figure.text(0, 1 - 2 / height, shortened(model, 44), va="top", weight="bold", size=TEXT_SIZE + 1)
    edges = _edges(flow, period_days)
    scored = edges[min(flow.served, len(edges) - 2) :]
    axes = panel(figure, 4, top, WIDTH - 8, height - top - 24)
    axes.set_ylim(max(len(detectors), 1) * row, 0)
    axes.set_yticks([])
    for at, detector in enumerate(detectors):
        base, text = (at + 1) * row - 5, at * row + 9
        name = shortened(f"{detector.detector} ({detector.watches})", 34)
        axes.annotate(name, (0, text), xycoords=("axes fraction", "data"), va="center_baseline", annotation_clip=False)
        axes.annotate(
            shortened(notes[at], 22),
            (1, text),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="center_baseline",
            color=MUTED,
            annotation_clip=False,
        )
        axes.axhline(base, color=GRID, linewidth=0.8)
        statistic = np.asarray(detector.statistic, dtype=float)[: len(scored) - 1]
        seen = statistic[np.isfinite(statistic)]
        if len(seen) > 1 and seen.max() > seen.min():
            share = (statistic - seen.min()) / (seen.max() - seen.min())
            middles = (scored[:-1] + scored[1:])[: len(share)] / 2
            axes.plot(middles, base - 1 - share * (row - 24), color=BARS, linewidth=1)
        alarms = [edges[min(alarm + 1, len(edges) - 1)] for alarm in detector.alarms]  # at the end of the period
        axes.vlines(alarms, base - row + 24, base, color=MARKS["vermilion"], linewidth=1.6, clip_on=False)
        axes.plot(
            alarms, [base] * len(alarms), "^", color=MARKS["vermilion"], markersize=4, markeredgewidth=0, clip_on=False
        )
    if not detectors:
        axes.text(0.5, 0.5, "no detectors were run", transform=axes.transAxes, ha="center", va="center", color=MUTED)
    _calendar(axes, float(scored[0]), float(scored[-1]), 4)
    return figure


def flow_figure(flow: Flow, period_days: float, unit: str) -> Figure:
    """Events, items and customers, period by period."""
    parts: list[tuple[str, list[tuple[NDArray[Any], str, str, str]]]] = [
        ("events", [(flow.events, "black", "", "-")]),
        (
            "items",
            [(flow.born, "blue", "first seen", "-"), (flow.last_seen, "vermilion", "last seen", "--")],
        ),
        ("new customers", [(flow.new_users, "green", "", "-")]),
    ]
    each, gap, height = 70.0, 26.0, 336.0
    figure = new_sheet(height)
    edges = _edges(flow, period_days)
    served = edges[min(flow.served, len(edges) - 1)]
    left = 40.0
    for at, (name, lines) in enumerate(parts):
        top = 22 + at * (each + gap)
        axes = panel(figure, left, top, WIDTH - left - 4, each)
        figure.text(0, 1 - (top - 18) / height, f"{name}, each {unit}", va="top", color=INK)
        axes.axvspan(edges[0], served, color="#f2f4f6", linewidth=0)
        top_value = 0.0
        for counts, colour, _, style in lines:
            values = np.asarray(counts, dtype=float)
            axes.stairs(
                values, edges[: len(values) + 1], color=MARKS[colour], linestyle=style, linewidth=1.3, baseline=None
            )
            top_value = max(top_value, float(np.nanmax(values, initial=0.0)))
        axes.set_ylim(0, max(top_value, 1) * 1.05)
        axes.yaxis.set_major_locator(MaxNLocator(2, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(_short))
        axes.grid(axis="y")
        axes.tick_params(axis="y", pad=2)
        if len(lines) > 1:
            place = WIDTH - 4
            for _, colour, word, style in reversed(lines):
                figure.text(place / WIDTH, 1 - (top - 18) / height, word, va="top", ha="right", color=MARKS[colour])
                place -= 58
                figure.add_artist(_dash(place, top - 11, height, MARKS[colour], style))
                place -= 30
        _calendar(axes, float(edges[0]), float(edges[-1]), left)
        axes.tick_params(axis="x", labelbottom=at == len(parts) - 1, length=3)
    figure.text(left / WIDTH, 8 / height, "grey: only learned from, not scored", color=MUTED, va="bottom")
    return figure


def _dash(x: float, y: float, height: float, colour: str, style: Any) -> Line2D:
    return Line2D([(x - 18) / WIDTH, x / WIDTH], [1 - y / height] * 2, color=colour, linestyle=style, linewidth=1.3)


def _short(value: float, _: int | None) -> str:
    """12,000 as 12k."""
    if value >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1e3:g}k" if value >= 1e4 else f"{value:,.0f}"


def stability_figure(rows: Sequence[Stability]) -> Figure:
    """How much lists change at a refit, beside what chance alone does."""
    each, top = 74.0, 44.0
    height = top + len(rows) * each + 38
    figure = new_sheet(height)
    figure.text(0, 1 - 2 / height, "how much the lists of the same customers change", va="top", color=MUTED)
    for place, mark, colour, word in (
        (4, "o", MARKS["blue"], "at a refit"),
        (82, "s", MUTED, "by chance alone (noise)"),
    ):
        figure.add_artist(
            Line2D(
                [place / WIDTH],
                [1 - 25 / height],
                marker=mark,
                markersize=6,
                markerfacecolor=colour if mark == "o" else "white",
                markeredgecolor=colour,
                markeredgewidth=1.4,
                linestyle="none",
            )
        )
        figure.text((place + 9) / WIDTH, 1 - 25 / height, word, va="center_baseline", color=colour)
    left = 92.0
    axes = panel(figure, left, top, WIDTH - left - 22, len(rows) * each)
    axes.set_ylim(len(rows) * each, 0)
    axes.set_yticks([])
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}\N{NO-BREAK SPACE}%"))
    axes.grid(axis="x")
    axes.set_xlabel("0 %: the same lists; 100 %: nothing in common", loc="left", labelpad=3)
    for at, row in enumerate(rows):
        figure.text(0, 1 - (top + at * each + 2) / height, shortened(row.model, 44), va="top", weight="bold")
        for line, (name, refit, noise) in enumerate(
            (("which items", row.jaccard, row.noise_jaccard), ("in which order", row.rbo, row.noise_rbo))
        ):
            y = at * each + 30 + 22 * line
            figure.text(0, 1 - (top + y) / height, name, va="center_baseline", color=MUTED)
            axes.axhline(y, color=GRID, linewidth=0.8)
            _change(axes, noise, y + 3.5, MUTED, "s", hollow=True)
            _change(axes, refit, y - 3.5, MARKS["blue"], "o", hollow=False)
    return figure


def _change(axes: Axes, alike: Interval, y: float, colour: str, mark: str, *, hollow: bool) -> None:
    if not np.isfinite(alike.value):
        return
    axes.plot([1 - alike.high, 1 - alike.low], [y, y], color=colour, linewidth=1.4, solid_capstyle="butt")
    axes.plot(
        [1 - alike.value],
        [y],
        mark,
        markersize=6,
        markerfacecolor="white" if hollow else colour,
        markeredgecolor=colour,
        markeredgewidth=1.4,
        clip_on=False,
    )
