"""What follows from a run, for the owner of a shop."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from recocore._checks import check_number, check_text
from recocore.drift._planning import CPU_HOUR_PRICE, DAYS_PER_MONTH
from recocore.drift._wording import duration, percent, percent_range, span
from recocore.drift.results import Advice, DriftResult, Interval, ScheduleResult
from recocore.errors import InvalidDataError, InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["advise", "check_prices"]

#: What a shop cannot do, or would do by chance.
_NOT_ADVISED = {"oracle", "random"}


def advise(
    result: DriftResult,
    *,
    cpu_hour_price: float | None = None,
    value_per_hit: float | None = None,
    model: str | None = None,
    tolerance: float = 0.01,
) -> Advice:
    """Say which schedule to take, what it loses and what it saves.

    With both prices: the schedule with the greatest value of its hits less the cost of its fits. Without: the cheapest
    that surely keeps all but ``tolerance`` of the hits of refitting each period (the lower bound of its interval
    counts); where the data cannot show that of any, the cheapest of which no loss can be shown. When not even never
    refitting can be told from refitting each period, that is what is said.

    Parameters
    ----------
    result : DriftResult
    cpu_hour_price : float, optional
        What an hour of one processor costs, in any currency.
    value_per_hit : float, optional
        What a recommended item that is then taken is worth, in the same.
    model : str, optional
        One of the models of the run. Default: the one with the most hits when it is refitted each period.
    tolerance : float, default 0.01
        Share of the hits that may be lost.

    Returns
    -------
    Advice
        ``print`` it.

    Raises
    ------
    InvalidParameterError
        A price below 0, only one of them, or an unknown model.
    InvalidDataError
        A result without schedules.
    """
    prices = check_prices(cpu_hour_price, value_per_hit)
    tolerance = check_number("tolerance", tolerance)
    if not 0.0 <= tolerance < 1.0:
        raise InvalidParameterError(f"tolerance must be at least 0 and below 1; got {tolerance!r}")
    name = _model(result, model)
    tried = [one for one in result.schedules if one.model == name]
    usual = _continuous(tried)
    open_to_all = [one for one in tried if one.kind not in _NOT_ADVISED]
    never = next((one for one in tried if one.kind == "never"), None)
    shown = never is not None and never.relative.high < 1.0
    months = result.scored_periods * result.period_days / DAYS_PER_MONTH
    if prices is not None:
        chosen = _simplest(open_to_all, max(_net(one, *prices) for one in open_to_all), *prices, months=months)
    elif not shown and never is not None:
        chosen = never
    else:
        chosen = _cheapest_that_keeps(open_to_all, tolerance)
    net = None
    if prices is not None:
        price, value = prices
        whole = usual.hits / months * value
        saved = (usual.cpu_seconds_per_month - chosen.cpu_seconds_per_month) / 3600 * price
        net = Interval(*(whole * (share - 1.0) + saved for share in _parts(chosen.relative)))
    saved_seconds = usual.cpu_seconds_per_month - chosen.cpu_seconds_per_month
    return Advice(
        headline=_headline(chosen, usual, name, shown=shown),
        sentences=tuple(_sentences(result, chosen, usual, never, net, prices, shown=shown)),
        model=name,
        schedule=chosen.schedule,
        title=chosen.title,
        relative=chosen.relative,
        saved_cpu_seconds_per_month=saved_seconds,
        net_per_month=net,
        break_even=_break_even(chosen, usual),
        difference_shown=shown,
        cpu_hour_price=cpu_hour_price,
        value_per_hit=value_per_hit,
    )


def check_prices(cpu_hour_price: float | None, value_per_hit: float | None) -> tuple[float, float] | None:
    """Both prices, or none.

    Raises
    ------
    InvalidParameterError
        Only one of them, or one below 0.
    """
    if cpu_hour_price is None and value_per_hit is None:
        return None
    if cpu_hour_price is None or value_per_hit is None:
        raise InvalidParameterError(
            "cpu_hour_price and value_per_hit are compared with each other: give both, or neither"
        )
    prices = check_number("cpu_hour_price", cpu_hour_price), check_number("value_per_hit", value_per_hit)
    if min(prices) < 0:
        raise InvalidParameterError(f"prices must be at least 0; got {cpu_hour_price!r} and {value_per_hit!r}")
    return prices


def _model(result: DriftResult, model: str | None) -> str:
    names = dict.fromkeys(one.model for one in result.schedules)
    hits = {name: _continuous([one for one in result.schedules if one.model == name]).hits for name in names}
    if not hits:
        raise InvalidDataError(
            "the result has no schedules to choose from; run with schedules=['never', 'every:1', ...]"
        )
    if model is None:
        return max(hits, key=lambda name: hits[name])
    if check_text("model", model) not in hits:
        raise InvalidParameterError(f"there is no model {model!r} in the result; it has {', '.join(map(repr, hits))}")
    return model


def _continuous(tried: Sequence[ScheduleResult]) -> ScheduleResult:
    """Refitting each period, or what comes nearest."""
    growing = [one for one in tried if one.kind == "every"]
    return max(growing or tried, key=lambda one: one.fits)


def _net(one: ScheduleResult, price: float, value: float) -> float:
    return one.hits * value - one.cpu_seconds / 3600 * price


def _simplest(
    tried: Sequence[ScheduleResult], best: float, price: float, value: float, *, months: float
) -> ScheduleResult:
    """Of schedules that are worth the same, but for what a second of a processor a month costs, the simplest."""
    noise = months * price / 3600
    return min((one for one in tried if _net(one, price, value) >= best - noise), key=_complexity)


def _complexity(one: ScheduleResult) -> tuple[int, int]:
    kinds = ("never", "every", "incremental", "sliding", "decay", "triggered", "cost-aware")
    return kinds.index(one.kind) if one.kind in kinds else len(kinds), one.fits


def _cheapest_that_keeps(tried: Sequence[ScheduleResult], tolerance: float) -> ScheduleResult:
    sure = [one for one in tried if one.relative.low >= 1.0 - tolerance]
    # No loss can be shown of these.
    possible = [one for one in tried if one.relative.high >= 1.0]
    best = max(one.relative.value for one in tried)
    rest = [one for one in tried if one.relative.value == best]
    found = sure or possible or rest
    least = min(one.cpu_seconds_per_month for one in found)
    # What costs differ by less than by chance.
    near = [one for one in found if one.cpu_seconds_per_month <= max(1.1 * least, least + 0.1)]
    return min(near, key=lambda one: (one.fits, _complexity(one)))


def _break_even(chosen: ScheduleResult, usual: ScheduleResult) -> float | None:
    """The price of a CPU hour, in values of a hit, above which the chosen schedule is better than the usual one."""
    hours = (usual.cpu_seconds - chosen.cpu_seconds) / 3600
    if hours <= 0:
        return None
    return max(0.0, (usual.hits - chosen.hits) / hours)


def _parts(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high


def _refitting(usual: ScheduleResult) -> str:
    return usual.title.replace("refit ", "refitting ", 1)


def _headline(chosen: ScheduleResult, usual: ScheduleResult, name: str, *, shown: bool) -> str:
    do = chosen.title[0].upper() + chosen.title[1:]
    kept = percent(chosen.relative.value)
    if not shown and chosen.kind == "never":
        return (
            f"No difference can be shown: {name} that was never refitted found {kept} of what one "
            f"{usual.title.replace('refit', 'refitted', 1)} found, and that may be chance."
        )
    if not shown:
        return f"{do}; that it brings more than never refitting cannot be shown with these data."
    cost = duration(usual.cpu_seconds_per_month)
    if chosen.schedule == usual.schedule:
        return f"{do}: {name} loses by its age, and refitting costs {cost} of processor time a month."
    share = f"{chosen.cpu_seconds / usual.cpu_seconds:.0%} of the cost" if usual.cpu_seconds > 0 else "no more cost"
    saved = usual.cpu_seconds_per_month - chosen.cpu_seconds_per_month
    change = f"saves {duration(saved)}" if saved >= 0 else f"{duration(-saved)} more"
    return f"{do}: {kept} of the hits of {_refitting(usual)}, at {share}; {change} of processor time a month."


def _sentences(
    result: DriftResult,
    chosen: ScheduleResult,
    usual: ScheduleResult,
    never: ScheduleResult | None,
    net: Interval | None,
    prices: tuple[float, float] | None,
    *,
    shown: bool,
) -> list[str]:
    scored = span(float(result.scored_periods), result.period_name)
    said = [
        (
            f"{chosen.model}, {chosen.title}: {percent_range(chosen.relative)} of the hits of {_refitting(usual)} "
            f"({usual.hits:,.0f} hits in {scored}), with {chosen.fits - 1:,} refits instead of {usual.fits - 1:,}."
        )
    ]
    if never is not None and chosen.kind != "never":
        verdict = "a loss that can be shown" if shown else "no difference can be shown"
        said.append(f"Never refitting: {percent_range(never.relative)}: {verdict}.")
    if net is not None and prices is not None:
        said.append(
            f"At {prices[0]:g} a processor hour and {prices[1]:g} a hit: {net:+.2f} a month beside {_refitting(usual)}."
        )
    else:
        cost = usual.cpu_seconds_per_month / 3600 * CPU_HOUR_PRICE
        said.append(
            f"A month of {_refitting(usual)} costs {duration(usual.cpu_seconds_per_month)} of processor time: "
            f"{cost:.2g} at {CPU_HOUR_PRICE:g} an hour."
        )
    curve = next((one for one in result.age_curves if one.model == chosen.model and not one.filtered), None)
    if curve is not None and len(curve.ages) > 1:
        at, half = curve.well_known, curve.half_life.value
        kept = Interval(float(curve.ratio[at]), float(curve.low[at]), float(curve.high[at]))
        age = span(float(curve.ages[at]), result.period_name)
        text = f"After {age} a model finds {percent_range(kept)} of what a fresh one finds"
        said.append(
            f"{text}; half of what is lost is lost after {span(half, result.period_name)}."
            if math.isfinite(half) and curve.falls
            else f"{text}."
        )
        permuted = next((one for one in result.no_drift if one.model == chosen.model), None)
        if permuted is not None:
            near = int(abs(permuted.ages.astype(float) - float(curve.ages[at])).argmin())
            said.append(
                f"With the same events in random order, where nothing drifts, it finds "
                f"{percent(float(permuted.ratio[near]))} after {span(float(permuted.ages[near]), result.period_name)}: "
                "the rest is lost by having learned from less, not by drift."
            )
    if not result.complete:
        said.append("The measuring was ended by its budget: a longer run may say more.")
    return said
