"""The figures of a drift run, as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recocore.drift import _captions
from recocore.errors import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from matplotlib.figure import Figure

    from recocore.drift.results import DriftResult

__all__ = ["KINDS", "Drawing", "drawings", "figure_svg", "write_figure"]

#: The kinds of figures; all but the last two are of one model each.
KINDS = ("age_curves", "pareto", "loss", "alarms", "flow", "stability")


@dataclass(frozen=True)
class Drawing:
    """A figure of a page: SVG that can stand in HTML, and what it shows in words."""

    key: str
    svg: str
    caption: str


@dataclass(frozen=True)
class _Plan:
    model: str | None
    figure: Figure
    title: str
    caption: str


def _age_curves(result: DriftResult) -> Iterator[_Plan]:
    from recocore.drift._figure_age import age_figure

    for model in result.models:
        curves = [curve for curve in result.age_curves if curve.model == model]
        if curves:
            figure = age_figure(curves, result.age_curves, result.period_name)
            yield _Plan(model, figure, f"Worth of {model} by age", _captions.age_caption(curves, result.period_name))


def _pareto(result: DriftResult) -> Iterator[_Plan]:
    from recocore.drift._figure_pareto import pareto_figures

    models = {model: [one for one in result.schedules if one.model == model] for model in result.models}
    models = {model: own for model, own in models.items() if own}
    for (model, own), figure in zip(models.items(), pareto_figures(models), strict=True):
        title = f"Hits kept by {model} against CPU time a month, one mark a schedule"
        yield _Plan(model, figure, title, _captions.pareto_caption(own))


def _loss(result: DriftResult) -> Iterator[_Plan]:
    from recocore.drift._figure_age import loss_figure

    for split in result.loss_splits:
        own = (one for one in result.age_curves if one.model == split.model and not one.filtered)
        curve = next(own, None)
        yield _Plan(
            split.model,
            loss_figure(split, result.loss_splits, result.period_name),
            f"Where the loss of {split.model} comes from, by age",
            _captions.loss_caption(split, curve, result.period_name),
        )


def _alarms(result: DriftResult) -> Iterator[_Plan]:
    from recocore.drift._figure_time import alarm_figure

    for model in result.models:
        own = [detector for detector in result.detectors if detector.model == model]
        if own:
            notes = [_captions.detector_note(detector) for detector in own]
            figure = alarm_figure(own, model, result.flow, result.period_days, notes)
            yield _Plan(model, figure, f"Alarms of {model} over the calendar", _captions.alarm_caption(own))


def _flow(result: DriftResult) -> Iterator[_Plan]:
    from recocore.drift._figure_time import flow_figure

    figure = flow_figure(result.flow, result.period_days, result.period_name)
    title = "Events, items and new customers over the calendar"
    yield _Plan(None, figure, title, _captions.flow_caption(result.flow, result.period_name))


def _stability(result: DriftResult) -> Iterator[_Plan]:
    from recocore.drift._figure_time import stability_figure

    if result.stability:
        title = "How much lists change at a refit, beside noise"
        yield _Plan(None, stability_figure(result.stability), title, _captions.stability_caption(result.stability))


_PLANS = {
    "age_curves": _age_curves,
    "pareto": _pareto,
    "loss": _loss,
    "alarms": _alarms,
    "flow": _flow,
    "stability": _stability,
}


def _need_matplotlib() -> None:
    try:
        import matplotlib as mpl
    except ImportError:
        raise InvalidParameterError("figures need the package matplotlib: pip install 'recocore[report]'") from None
    _ = mpl


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise InvalidParameterError(f"kind is one of {', '.join(KINDS)}, not {kind!r}")


def drawings(result: DriftResult, kind: str) -> list[Drawing]:
    """All figures of a kind, for a page. Their ids differ from those of all others of the same result."""
    _check_kind(kind)
    _need_matplotlib()
    from recocore.drift._canvas import styled, to_svg

    with styled():
        return [
            Drawing(key, to_svg(plan.figure, plan.title, key, inline=True), plan.caption)
            for at, plan in enumerate(_PLANS[kind](result))
            for key in [f"{kind.replace('_', '-')}-{at + 1}"]
        ]


def figure_svg(result: DriftResult, kind: str, model: str | None = None) -> str:
    """One figure as an SVG file that needs nothing else.

    Parameters
    ----------
    result : DriftResult
    kind : str
        age_curves, pareto, loss, alarms, flow or stability.
    model : str, optional
        Whose figure, by default that of the first model; of "age_curves" by default one with all models.

    Returns
    -------
    str
        The same result and the same matplotlib give the same bytes.

    Raises
    ------
    InvalidParameterError
        An unknown kind; a model without such a figure; matplotlib is missing.
    """
    _check_kind(kind)
    _need_matplotlib()
    from recocore.drift._canvas import styled, to_svg

    with styled():
        plans = [plan for plan in _PLANS[kind](result) if model in (None, plan.model)]
        if not plans:
            whose = "" if model is None else f" of {model!r}"
            raise InvalidParameterError(f"this result has no figure {kind!r}{whose}")
        figure, title = plans[0].figure, plans[0].title
        if kind == "age_curves" and model is None:
            from recocore.drift._figure_age import age_figures_together

            own = [[curve for curve in result.age_curves if curve.model == plan.model] for plan in plans]
            figure = age_figures_together(own, result.period_name)
            title = "Worth of models by age"
        return to_svg(figure, title, kind.replace("_", "-"), inline=False)


def write_figure(path: str | PathLike[str], result: DriftResult, kind: str, model: str | None = None) -> None:
    """Write :func:`figure_svg` to a file."""
    Path(path).write_text(figure_svg(result, kind, model), encoding="utf-8")
