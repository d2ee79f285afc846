"""What the figures show, in words: titles for those who do not see them, captions for all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from recocore.drift._wording import NOT_MEASURED, duration, listed, number, percent, percent_range, span, span_range
from recocore.drift.results import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recocore.drift.results import AgeCurve, DetectorResult, Flow, LossSplit, ScheduleResult, Stability

__all__ = [
    "age_caption",
    "alarm_caption",
    "detector_note",
    "flow_caption",
    "loss_caption",
    "pareto_caption",
    "stability_caption",
]


def _one_curve(curve: AgeCurve, period_name: str, *, brief: bool) -> str:
    if not len(curve.ages):
        return "not measured."
    at = curve.well_known
    band = Interval(float(curve.ratio[at]), float(curve.low[at]), float(curve.high[at]))
    after = span(float(curve.ages[at]), period_name)
    if not math.isfinite(band.value):
        text = f"after {after} nothing could be compared"
    else:
        text = f"after {after} " + ("" if brief else "an old model finds ")
        text += f"{percent_range(band)}" + ("" if brief else " of the hits of a fresh one")
    if not curve.falls:
        return f"{text}; these data do not show that it loses anything with age."
    if not math.isfinite(curve.half_life.value):
        return f"{text}."
    fit = "levelling off at" if brief else "the fitted curve (dashed) levels off at"
    return (
        f"{text}; {fit} {percent(curve.floor.value)}, with half of the loss there after "
        f"{span_range(curve.half_life, period_name)}."
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def age_caption(curves: Sequence[AgeCurve], period_name: str) -> str:
    """What the age curves of one model say."""
    parts: list[str] = []
    for curve in sorted(curves, key=lambda curve: curve.filtered):
        what = "only what is on offer: " if curve.filtered else ""
        parts.append(_sentence(what + _one_curve(curve, period_name, brief=bool(parts))))
    return " ".join(parts) or f"{_sentence(NOT_MEASURED)}."


def loss_caption(split: LossSplit, curve: AgeCurve | None, period_name: str) -> str:
    """Which part of the loss is largest at an old age, and which are too small to be told from nothing.

    `curve` is of the same model: how many models of each age there are.
    """
    if not len(split.ages):
        return f"{_sentence(NOT_MEASURED)}."
    oldest = float(split.ages[-1]) if curve is None or not len(curve.ages) else float(curve.ages[curve.well_known])
    column = max(int(np.searchsorted(split.ages, oldest, "right")) - 1, 0)
    shown: list[tuple[float, str]] = []
    unclear, gains = [], []
    for part, loss, low, high in zip(split.parts, split.loss, split.low, split.high, strict=True):
        name = "all the rest" if part == "warm" else part
        if low[column] > 0:
            shown.append((-float(loss[column]), name))
        elif high[column] < 0:
            gains.append(name)
        elif math.isfinite(loss[column]):
            unclear.append(name)
    text = f"After {span(float(split.ages[column]), period_name)}"
    if shown:
        parts = [
            f"{percent(-loss)} are lost to {name}" if at == 0 else f"{percent(-loss)} to {name}"
            for at, (loss, name) in enumerate(sorted(shown))
        ]
        text += f" {listed(parts)}."
    else:
        text += " no loss can be shown in any part."
    if shown and unclear:
        text += f" Not to be told from nothing: {listed(unclear)}."
    if gains:
        text += f" No loss but a gain: {listed(gains)}."
    return text


def pareto_caption(schedules: Sequence[ScheduleResult]) -> str:
    """The two ends of the front, and what knowing the future would add."""
    known = [one for one in schedules if math.isfinite(one.relative.value)]
    front = sorted((one for one in known if one.on_front and one.causal), key=lambda one: one.cpu_seconds_per_month)
    if not front:
        return "No schedule of this model is best for its cost." if known else f"{_sentence(NOT_MEASURED)}."
    cheap, dear = front[0], front[-1]
    text = (
        f"Cheapest: {cheap.title}, {percent(cheap.relative.value)} of the hits for "
        f"{duration(cheap.cpu_seconds_per_month)} of CPU time a month."
    )
    if dear is not cheap:
        text += (
            f" Most hits: {dear.title}, {percent(dear.relative.value)} for "
            f"{duration(dear.cpu_seconds_per_month)} a month."
        )
    oracle = max((one for one in known if one.kind == "oracle"), key=lambda one: one.relative.value, default=None)
    if oracle is not None:
        text += f" With the future known, {oracle.fits} fits would have kept {percent(oracle.relative.value)}."
    alarms = [one for one in known if one.kind == "triggered"]
    if alarms:
        best = max(alarms, key=lambda one: one.relative.value)
        text += f" Best of the alarms: {best.schedule.partition(':')[2]}, {percent(best.relative.value)}."
    chance = [one.relative.value for one in known if one.kind == "random"]
    if chance:
        low, high = percent(min(chance)), percent(max(chance))
        text += f" Refits at random moments keep {low if low == high else f'{low} to {high}'}."
    return text


def detector_note(detector: DetectorResult) -> str:
    """How often it asked, in a few words."""
    count = len(detector.alarms)
    return "no alarm" if count == 0 else "1 alarm" if count == 1 else f"{count} alarms"


def alarm_caption(detectors: Sequence[DetectorResult]) -> str:
    """Which detectors were worth their alarms."""
    if not detectors:
        return "No detectors were run."
    better = [one.detector for one in detectors if one.verdict == "better than chance"]
    silent = [one.detector for one in detectors if not one.alarms]
    always = [one.detector for one in detectors if one.verdict == "always triggered"]
    text = (
        f"Better than as many refits at random moments: {listed(better)}."
        if better
        else "No detector chose better moments than chance would have."
    )
    if always:
        text += f" Asked for a refit after every period: {listed(always)}."
    if silent:
        text += f" Never raised an alarm: {listed(silent)}."
    return text


def flow_caption(flow: Flow, period_name: str) -> str:
    """How many events, items and customers come in a usual period."""
    if not len(flow.events):
        return f"{_sentence(NOT_MEASURED)}."
    scored = slice(min(flow.served, len(flow.events) - 1), None)
    middle = [
        number(round(float(np.median(values[scored]))))
        for values in (flow.events, flow.born, flow.new_users, flow.items)
    ]
    return (
        f"In a usual {period_name} that is scored there are {middle[0]} events on {middle[3]} items; {middle[1]} "
        f"items and {middle[2]} customers are seen for the first time. Items last seen near the end need not be gone: "
        "they may still be bought later."
    )


def stability_caption(rows: Sequence[Stability]) -> str:
    """How much of the change is more than noise."""
    parts = []
    for row in rows:
        change, noise = 1 - row.jaccard.value, 1 - row.noise_jaccard.value
        if not (math.isfinite(change) and math.isfinite(noise)):
            parts.append(f"{row.model}: {NOT_MEASURED}.")
            continue
        clear = row.jaccard.high < row.noise_jaccard.low
        tail = "a refit changes more than noise does" if clear else "the change cannot be told from noise"
        parts.append(
            f"{row.model}: of the items in a list before or after a refit {percent(change)} are in one of the two "
            f"only. By chance alone it is {percent(noise)}: {tail}."
        )
    return " ".join(parts) or f"{_sentence(NOT_MEASURED)}."
