"""Figures by age: what a model is worth as it grows old, and where the loss comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from recocore.drift._canvas import BARS, GRID, INK, MARKS, MUTED, TEXT_SIZE, WIDTH, dodge, new_sheet, panel
from recocore.drift._wording import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from recocore.drift.results import AgeCurve, LossSplit

__all__ = ["age_figure", "age_figures_together", "loss_figure"]

_LEFT, _RIGHT = 42.0, 66.0
_CURVE_HEIGHT, _STRIP_HEIGHT = 172.0, 30.0
_AGE_HEIGHT = 300.0
#: Colour, mark and name of a curve, by whether only what is on offer could be recommended.
_LOOK = {False: ("blue", "o", "all items"), True: ("vermilion", "s", "only what\nis on offer")}
_PARTS = {
    "retired items": ("vermilion", "s"),
    "new items": ("blue", "o"),
    "new users": ("green", "^"),
    "warm": ("black", "D"),
}


def _finite(*arrays: NDArray[Any]) -> NDArray[Any]:
    values = np.concatenate([np.asarray(array, dtype=float).ravel() for array in arrays] or [np.empty(0)])
    finite: NDArray[Any] = values[np.isfinite(values)]
    return finite


def _percent_axis(axes: Axes, low: float, high: float) -> None:
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g}\N{NO-BREAK SPACE}%"))
    axes.grid(axis="y")
    axes.tick_params(axis="y", pad=2)


def _age_axis(axes: Axes, last: float, period_name: str) -> None:
    axes.set_xlim(-0.02 * max(last, 1), max(last, 1) * 1.02)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    unit = period_name if period_name[:1].isdigit() else f"{period_name}s"
    unit = f"periods of {unit}" if period_name[:1].isdigit() else unit
    axes.set_xlabel(f"age of the model, in {unit}", loc="left", labelpad=3)


def _heading(figure: Figure, left: float, top: float, text: str, *, strong: bool = False) -> None:
    width, height = (float(size) * 72 for size in figure.get_size_inches())
    figure.text(
        left / width,
        1 - top / height,
        text,
        va="top",
        color=INK if strong else MUTED,
        weight="bold" if strong else "normal",
        size=TEXT_SIZE + (1 if strong else 0),
    )


def _end_labels(axes: Axes, ends: Sequence[tuple[float, str, str]], lines: int) -> None:
    """Names beside the right ends of lines, moved apart where they would touch."""
    low, high = axes.get_ylim()
    pixel = (high - low) / float(axes.bbox.height)  # at 72 dots an inch
    half = lines * TEXT_SIZE * 0.62
    places = dodge([end[0] / pixel for end in ends], lines * TEXT_SIZE * 1.25, low / pixel + half, high / pixel - half)
    for (_, name, colour), place in zip(ends, places, strict=True):
        axes.annotate(
            name,
            (1, place * pixel),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            linespacing=1.1,
            annotation_clip=False,
        )


def _markers(count: int, mark: str) -> dict[str, Any]:
    return {"marker": mark, "markersize": 3.6 if count <= 30 else 1.8, "markeredgewidth": 0}


def _bounds(curves: Sequence[AgeCurve]) -> tuple[float, float]:
    # Bands of ages of which there are hardly any models would press all else together.
    parts = [part for curve in curves for part in (curve.ratio, curve.fitted)]
    parts += [np.asarray(part)[np.asarray(curve.origins) >= 3] for curve in curves for part in (curve.low, curve.high)]
    values = _finite(*parts)
    if not len(values):
        return 0.0, 1.05
    low = max(0.0, float(values.min()))
    # A curve that hardly falls must look so: at least ten points of the scale are shown.
    return min(np.floor(low * 20 - 0.2) / 20, 0.9), min(max(float(values.max()) + 0.01, 1.02), 2.5)


def _draw_age(figure: Figure, left: float, top: float, curves: Sequence[AgeCurve], unit: str, limits: Any) -> None:
    width = WIDTH - _LEFT - _RIGHT
    main = panel(figure, left + _LEFT, top + 42, width, _CURVE_HEIGHT)
    strip = panel(figure, left + _LEFT, top + 42 + _CURVE_HEIGHT + 14, width, _STRIP_HEIGHT, main)
    _heading(figure, left, top + 2, shortened(curves[0].model, 44), strong=True)
    _heading(figure, left, top + 20, "hits of the old model, as a share of a fresh one's")
    _percent_axis(main, *limits)
    main.tick_params(axis="x", labelbottom=False, length=0)
    main.spines["bottom"].set_visible(False)
    main.axhline(1, color=MUTED, linewidth=0.8)
    ends, last, most = [], 1.0, 1.0
    for curve in sorted(curves, key=lambda curve: curve.filtered):
        colour, mark, name = _LOOK[curve.filtered]
        shade = MARKS[colour]
        if not len(curve.ages):
            continue
        main.fill_between(curve.ages, curve.low, curve.high, color=shade, alpha=0.14, linewidth=0)
        main.plot(curve.ages, curve.ratio, color=shade, linewidth=1.1, **_markers(len(curve.ages), mark))
        main.plot(curve.ages, curve.fitted, color=INK, linewidth=1.2, linestyle=(0, (4, 2.5)))
        last, most = max(last, float(curve.ages[-1])), max(most, float(np.max(curve.origins)))
        seen = _finite(curve.ratio[-max(1, len(curve.ratio) // 6) :])
        ends.append((float(seen.mean()) if len(seen) else 1.0, name, shade))
    _end_labels(main, ends, 2 if len(ends) > 1 else 1) if len(ends) > 1 else None
    shown = max(curves, key=lambda curve: len(curve.ages))
    if len(shown.ages):
        strip.bar(shown.ages, shown.origins, width=0.8, color=BARS, linewidth=0)
    else:
        main.text(0.5, 0.5, "not measured", transform=main.transAxes, ha="center", color=MUTED)
    strip.set_ylim(0, most)
    strip.set_yticks([0, most])
    strip.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    strip.tick_params(axis="y", pad=2)
    strip.annotate(
        "models\nmeasured",
        (1, 0.5),
        xycoords="axes fraction",
        xytext=(3, 0),
        textcoords="offset points",
        va="center",
        color=MUTED,
        linespacing=1.1,
        annotation_clip=False,
    )
    _age_axis(strip, last, unit)


def age_figure(curves: Sequence[AgeCurve], everyone: Sequence[AgeCurve], unit: str) -> Figure:
    """The curves of one model, on the scale of all models."""
    figure = new_sheet(_AGE_HEIGHT)
    _draw_age(figure, 0, 0, curves, unit, _bounds(everyone))
    return figure


def age_figures_together(models: Sequence[Sequence[AgeCurve]], unit: str) -> Figure:
    """The curves of all models in one figure, two beside each other."""
    columns = min(2, len(models))
    rows = -(-len(models) // columns)
    figure = new_sheet(rows * (_AGE_HEIGHT + 12) - 12, columns * (WIDTH + 24) - 24)
    limits = _bounds([curve for curves in models for curve in curves])
    for index, curves in enumerate(models):
        row, column = divmod(index, columns)
        _draw_age(figure, column * (WIDTH + 24), row * (_AGE_HEIGHT + 12), curves, unit, limits)
    return figure


def loss_figure(split: LossSplit, everyone: Sequence[LossSplit], unit: str) -> Figure:
    """What of a model's loss is due to what, by age; one line a part."""
    figure = new_sheet(262)
    axes = panel(figure, _LEFT, 42, WIDTH - _LEFT - _RIGHT - 8, 180)
    _heading(figure, 0, 2, shortened(split.model, 44), strong=True)
    _heading(figure, 0, 20, "lost, as a share of the hits of a fresh model")
    values = _finite(*(part for one in everyone for part in (one.loss, one.low, one.high)))
    high = max(float(values.max()) if len(values) else 0.0, 0.02)
    low = min(float(values.min()) if len(values) else 0.0, 0.0)
    _percent_axis(axes, low - 0.03 * (high - low), high + 0.03 * (high - low))
    axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.spines["bottom"].set_color(GRID)
    ends: list[tuple[float, str, str]] = []
    for index, part in enumerate(split.parts):
        colour, mark = _PARTS.get(part, ("purple", "v"))
        if not len(split.ages):
            break
        loss = np.asarray(split.loss[index], dtype=float)
        axes.fill_between(split.ages, split.low[index], split.high[index], color=MARKS[colour], alpha=0.14, linewidth=0)
        axes.plot(split.ages, loss, color=MARKS[colour], linewidth=1.3, **_markers(len(split.ages), mark))
        seen = _finite(loss[-max(1, len(loss) // 8) :])
        name = "all the rest" if part == "warm" else shortened(part, 13)
        ends.append((float(seen.mean()) if len(seen) else 0.0, name, MARKS[colour]))
    if not ends:
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", color=MUTED)
    _end_labels(axes, ends, 1)
    _age_axis(axes, float(split.ages[-1]) if len(split.ages) else 1.0, unit)
    return figure
