"""The figure of what each schedule keeps and costs."""

from __future__ import annotations

import math
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from recocore.drift._canvas import FAINT, INK, MARKS, MUTED, TEXT_SIZE, WIDTH, new_sheet, panel, text_width
from recocore.drift._wording import duration, shortened

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from recocore.drift.results import ScheduleResult

__all__ = ["pareto_figures"]

_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 8.0, 62.0, 40.0
_NICE = tuple(
    digit * unit
    for unit, digits in (
        (1e-3, (1, 10, 100)),
        (1.0, (1, 2, 5, 10, 20, 30)),
        (60.0, (1, 2, 5, 10, 20, 30)),
        (3600.0, (1, 2, 5, 10, 100)),
    )
    for digit in digits
)
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18000, 36000)


_Spot = tuple[float, float]
#: From, to, and how bad it is to write over it.
_Line = tuple[_Spot, _Spot, float]


class _Box(NamedTuple):
    left: float
    low: float
    right: float
    high: float

    def meets(self, other: _Box) -> bool:
        return self.left < other.right and other.left < self.right and self.low < other.high and other.low < self.high

    def crossed(self, start: _Spot, end: _Spot) -> bool:
        """Whether a line goes through (Liang and Barsky 1984)."""
        enter, leave = 0.0, 1.0
        for at, least, most in ((0, self.left, self.right), (1, self.low, self.high)):
            step = end[at] - start[at]
            if abs(step) < 1e-9:
                if not least < start[at] < most:
                    return False
                continue
            near, far = sorted(((least - start[at]) / step, (most - start[at]) / step))
            enter, leave = max(enter, near), min(leave, far)
        return enter < leave


class _Label(NamedTuple):
    box: _Box
    end: tuple[float, float]  # of the leader, at the label
    far: bool


def _candidates(x: float, y: float, width: float, height: float, area: _Box) -> list[tuple[float, _Label]]:
    """Places near a mark, with what is against them: how far they are."""
    found = []
    for distance in (8, 16, 26, 38, 52, 68, 86, 106, 130):
        # The nearer to a level line on the right, the better; an upright line looks like an interval.
        for extra, turn in enumerate((0, 180, 25, -25, 45, -45, 155, -155, 135, -135, 90, -90)):
            dx, dy = distance * math.cos(math.radians(turn)), distance * math.sin(math.radians(turn))
            left = x + dx - (0.5 if abs(dx) < 1 else dx < 0) * width
            if abs(turn) == 90:  # moved aside where it would not fit: some place there must be
                left = min(max(left, area.left), area.right - width)
            low = y + dy - 0.5 * height + 0.5 * math.copysign(height, dy) * (abs(dy) > 1)
            box = _Box(left, low, left + width, low + height)
            if box.left < area.left or box.right > area.right or box.low < area.low or box.high > area.high:
                continue
            end = (min(max(x, box.left), box.right), min(max(y, box.low), box.high))
            far = distance > 12
            found.append((distance + extra / 5 + 30 * (far and abs(turn) == 90), _Label(box, end, far)))
    return found


#: More than any sum of lesser evils.
_TOUCHING = 1e4


def _between(spot: _Spot, label: _Label, other: _Spot, second: _Label) -> float:
    """How much two labels are in each other's way."""
    cost = _TOUCHING * label.box.meets(second.box)
    cost += 80 * (label.far and second.box.crossed(spot, label.end))
    cost += 80 * (second.far and label.box.crossed(other, second.end))
    if label.far and second.far:
        cost += 40 * _cross(spot, label.end, other, second.end)
    return cost


def _place(
    points: Sequence[_Spot], widths: Mapping[int, float], order: Sequence[int], area: _Box, lines: Sequence[_Line]
) -> tuple[dict[int, _Label], float]:
    """Find a place for each label where it touches no other, and as little else as may be.

    One after the other; then again in view of all others, until none moves. Returns how bad it is, too.
    """
    height = TEXT_SIZE * 1.25
    marks = [_Box(x - 5, y - 5, x + 5, y + 5) for x, y in points]
    surroundings = [_Box(x - 14, y - 5, x + 14, y + 5) for x, y in points]
    placed: dict[int, _Label] = {}

    def own(at: int, label: _Label) -> float:
        cost = 200.0 * sum(label.box.meets(mark) for other, mark in enumerate(marks) if other != at)
        # Beside a mark it would be taken for that one's name.
        cost += 60.0 * sum(label.box.meets(mark) for other, mark in enumerate(surroundings) if other != at)
        cost += sum(weight * label.box.crossed(start, end) for start, end, weight in lines)
        if label.far:
            cost += 15 * sum(mark.crossed(points[at], label.end) for other, mark in enumerate(marks) if other != at)
            cost += sum(weight * _cross(points[at], label.end, start, end) for start, end, weight in lines) / 4
        return cost

    choices = {
        at: sorted(
            ((far + own(at, label), label) for far, label in _candidates(*points[at], width, height, area)),
            key=lambda choice: choice[0],
        )
        for at, width in widths.items()
    }
    for _ in range(8):
        before = dict(placed)
        for at in order:
            others = [(points[other], label) for other, label in placed.items() if other != at]
            least = math.inf
            for cost, label in choices[at]:
                if cost >= least:
                    break  # none that follows can be better
                whole = cost + sum(_between(points[at], label, spot, second) for spot, second in others)
                if whole < least:
                    least, placed[at] = whole, label
        if placed == before:
            break
    bad = sum(own(at, label) for at, label in placed.items())
    spots = [(points[at], label) for at, label in placed.items()]
    bad += sum(_between(*one, *other) for one, other in combinations(spots, 2))
    return placed, bad


def _cross(start: _Spot, end: _Spot, other: _Spot, until: _Spot) -> bool:
    """Whether two lines cross."""

    def side(one: _Spot, two: _Spot, three: _Spot) -> float:
        return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])

    return (
        side(start, end, other) * side(start, end, until) < 0
        and side(other, until, start) * side(other, until, end) < 0
    )


def _cost_axis(axes: Axes, costs: Sequence[float]) -> None:
    most = max(costs, default=0.0)
    positive = [cost for cost in costs if cost > 0]
    room = 0.04
    if positive and most > 6 * min(positive):
        # Equal distances are equal factors, but for a short way from nothing to the least.
        least = min(positive)
        decades = math.log10(most / least)
        short = 0.25 * decades
        axes.set_xscale("symlog", linthresh=least, linscale=short)
        axes.set_xlim(-least * room * (decades + short) / short, most * 10 ** (room * (decades + short)))
        ticks = [0.0]
        for tick in _NICE:
            at = [float(axes.transData.transform((value, 0))[0]) for value in (tick, ticks[-1])]
            if least <= tick <= most * 1.1 and at[0] - at[1] >= 46:
                ticks.append(tick)
    elif positive:
        axes.set_xlim(-room * most, (1 + room) * most)
        step = next((step for step in _STEPS if most / step <= 4.5), most / 4)
        ticks = [step * at for at in range(int(most * (1 + room) / step) + 1)]
    else:
        axes.set_xlim(-1, 1)
        ticks = [0.0]
    label = "CPU time a month"
    if axes.get_xscale() != "linear":
        label += ", on a scale of factors"
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: "0" if value == 0 else duration(value).replace(".0", ""))
    )
    axes.set_xlabel(label, loc="left", labelpad=3)


def _name(schedule: ScheduleResult) -> str:
    """A short name, beside a mark."""
    every, _, data = schedule.title.removeprefix("refit ").replace(" on the last ", ", last ").partition(", ")
    often = schedule.schedule.endswith("/every:1") or "/every:" not in schedule.schedule
    return {
        "sliding": data if often else f"{data}, {every}",
        "decay": data if often else f"{data}, {every}",
        "never": "never",
        "incremental": "exact updates",
        "cost-aware": "when it pays",
        "oracle": f"best {schedule.fits} fits" if schedule.fits > 1 else "best single fit",
        "random": f"{schedule.fits} at random",
        "triggered": shortened(schedule.schedule.partition(":")[2] or schedule.title, 22),
    }.get(schedule.kind) or shortened(schedule.title.removeprefix("refit "), 34)


def _named(schedules: Sequence[ScheduleResult]) -> list[int]:
    """Which marks get a name: of alarms those only that were raised and are best for their cost."""
    return [at for at, one in enumerate(schedules) if one.kind != "triggered" or (one.on_front and one.fits > 1)]


_BLUE: dict[str, Any] = {"marker": "o", "markeredgecolor": MARKS["blue"], "markeredgewidth": 1.4}
#: Marks by what a schedule is, with the width of the words that explain them.
_LOOKS: dict[str, tuple[dict[str, Any], float]] = {
    "best for cost": ({**_BLUE, "markerfacecolor": MARKS["blue"], "markersize": 6}, 87.0),
    "other": ({**_BLUE, "markerfacecolor": "white", "markersize": 6}, 47.0),
    "alarms": ({"marker": "D", "color": MARKS["purple"], "markersize": 4.2, "markeredgewidth": 0}, 53.0),
    "oracle": ({"marker": "*", "color": MARKS["vermilion"], "markersize": 11, "markeredgewidth": 0}, 51.0),
    "random": ({"marker": "x", "color": MUTED, "markersize": 6, "markeredgewidth": 1.6}, 0.0),
}


def _sort(schedule: ScheduleResult) -> str:
    if schedule.kind == "random":
        return "random"
    if not schedule.causal:
        return "oracle"
    return "best for cost" if schedule.on_front else "alarms" if schedule.kind == "triggered" else "other"


def _key(figure: Figure, sorts: Container[str]) -> None:
    """What the marks mean, in one row above the plot."""
    axes = panel(figure, 0, 38, WIDTH, 14)
    axes.set_axis_off()
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(-1, 1)
    at = 5.0
    for word, (look, width) in _LOOKS.items():
        if word in sorts:
            axes.plot([at], [0], linestyle="none", clip_on=False, **look)
            axes.text(at + 8, 0, word, va="center_baseline", color=MUTED, size=TEXT_SIZE - 0.5)
            at += width


def _attempt(schedules: Sequence[ScheduleResult], model: str, height: float) -> tuple[Figure, float]:
    figure = new_sheet(height)
    figure.text(0, 1 - 2 / height, shortened(model, 44), va="top", weight="bold", size=TEXT_SIZE + 1)
    figure.text(0, 1 - 20 / height, "share of the hits kept (thin bars: 95 % intervals)", va="top", color=MUTED)
    _key(figure, {_sort(schedule) for schedule in schedules})
    plot_height = height - _TOP - _BOTTOM
    axes = panel(figure, _LEFT, _TOP, WIDTH - _LEFT - _RIGHT, plot_height)
    if not schedules:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", color=MUTED)
        return figure, 0.0
    _cost_axis(axes, [schedule.cpu_seconds_per_month for schedule in schedules])
    bounds = np.array([(one.relative.low, one.relative.value, one.relative.high) for one in schedules], dtype=float)
    low, high = float(np.nanmin(bounds)), max(float(np.nanmax(bounds)), 1.0)
    spread = max(high - low, 0.02)
    axes.set_ylim(low - 0.06 * spread, high + 0.12 * spread)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g}\N{NO-BREAK SPACE}%"))
    axes.grid(axis="y")
    axes.tick_params(axis="y", pad=2)
    for schedule in schedules:
        x, interval = schedule.cpu_seconds_per_month, schedule.relative
        axes.plot([x, x], [interval.low, interval.high], color=FAINT, linewidth=1, solid_capstyle="butt")
    front = sorted((one.cpu_seconds_per_month, one.relative.value) for one in schedules if one.on_front and one.causal)
    # So much can be kept for as much: steps, since there is nothing between two schedules.
    axes.step([x for x, _ in front], [y for _, y in front], where="post", color=MARKS["blue"], linewidth=1.2)
    for schedule in schedules:
        axes.plot(
            [schedule.cpu_seconds_per_month], [schedule.relative.value], linestyle="none", **_LOOKS[_sort(schedule)][0]
        )
    points = [
        (float(x), float(y))
        for x, y in (axes.transData.transform((one.cpu_seconds_per_month, one.relative.value)) for one in schedules)
    ]
    steps = [spot for before, after in pairwise(front) for spot in (before, (after[0], before[1]))]
    corners = [(float(x), float(y)) for x, y in axes.transData.transform([*steps, *front[-1:]])] if front else []
    named = _named(schedules)
    texts = [figure.text(0, 0, _name(schedules[at]), size=TEXT_SIZE, va="center_baseline") for at in named]
    # A reader's font may be a little wider than the one that is measured here.
    widths = [text_width(text) * 1.04 + 2 for text in texts]
    area = _Box(_LEFT + 1, _BOTTOM + 2, WIDTH - 1, height - _TOP + 8)
    lines = [(start, end, 120.0) for start, end in pairwise(corners)]
    for schedule in schedules:
        ends = [(schedule.cpu_seconds_per_month, end) for end in (schedule.relative.low, schedule.relative.high)]
        (x, low_end), (_, high_end) = axes.transData.transform(ends).tolist()
        if math.isfinite(low_end) and math.isfinite(high_end):
            lines.append(((x, low_end), (x, high_end), 8.0))
    first = sorted(named, key=lambda at: (not schedules[at].on_front, -points[at][1], at))
    room = dict(zip(named, widths, strict=True))
    # What is found depends on who chooses first.
    orders = (first, first[::-1], sorted(named, key=lambda at: (points[at], at)))
    labels, bad = min((_place(points, room, order, area, lines) for order in orders), key=lambda found: found[1])
    for text, at in zip(texts, named, strict=True):
        label, point, schedule = labels[at], points[at], schedules[at]
        text.set_position(((label.box.left + 1) / WIDTH, (label.box.low + label.box.high) / 2 / height))
        text.set_color(INK if schedule.on_front else MUTED)
        if label.far:
            (start, end) = (axes.transData.inverted().transform(spot) for spot in (point, label.end))
            axes.plot([start[0], end[0]], [start[1], end[1]], color=MUTED, linewidth=0.6, zorder=1.5, clip_on=False)
    return figure, bad


def pareto_figures(models: Mapping[str, Sequence[ScheduleResult]]) -> list[Figure]:
    """What the schedules of each model keep, against what they cost; taller where more names must find room."""
    known = {
        model: [one for one in own if math.isfinite(one.relative.value) and math.isfinite(one.cpu_seconds_per_month)]
        for model, own in models.items()
    }
    best: tuple[float, list[Figure]] = (math.inf, [])
    for height in (330, 370, 410, 510, 660, 860):
        if best[0] < (_TOUCHING if height > 410 else 150):
            break
        attempts = [_attempt(own, model, height) for model, own in known.items()]
        best = min(best, (max((bad for _, bad in attempts), default=0.0), [one for one, _ in attempts]), key=_first)
    return best[1]


def _first(pair: tuple[float, list[Figure]]) -> float:
    return pair[0]
