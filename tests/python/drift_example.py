"""Made-up results of drift runs, plausible and awkward, for tests of the report."""

from __future__ import annotations

import dataclasses
import math
from datetime import datetime, timedelta, timezone
from functools import cache

import numpy as np
from recocore.drift._report import report_html
from recocore.drift.results import (
    Advice,
    AgeCurve,
    DetectorResult,
    DriftResult,
    Flow,
    Interval,
    LossSplit,
    ScheduleResult,
    Stability,
    Swap,
)

DETECTORS = {
    "jensen-shannon": "inputs",
    "rank-overlap": "inputs",
    "births": "inputs",
    "list-change": "lists",
    "gini": "lists",
    "adwin": "hits",
    "page-hinkley": "hits",
}
FIRST = datetime(2010, 12, 1, 8, 26, tzinfo=timezone.utc)


def around(value: float, half: float) -> Interval:
    return Interval(value, value - half, value + half)


def example_flow(random: np.random.Generator, periods: int, served: int, days: float) -> Flow:
    first = np.datetime64(FIRST.replace(tzinfo=None), "us")
    starts = first + (np.arange(periods) * days * 86_400e6).astype("timedelta64[us]")
    season = 1 + 0.4 * np.sin(np.arange(periods) / 52 * 7 * 2 * np.pi / max(days, 1))
    events = random.poisson(5200 * season)
    born = random.poisson(260 * np.exp(-np.arange(periods) / 8) + 22)
    return Flow(
        starts=starts,
        events=events,
        users=random.poisson(430 * season),
        items=random.poisson(1900 * season),
        born=born,
        last_seen=random.poisson(12 + 250 * np.exp((np.arange(periods) - periods) / 5)),
        new_users=random.poisson(45 * season),
        served=served,
    )


def example_curve(
    random: np.random.Generator, model: str, filtered: bool, ages: int, floor: float, rate: float
) -> AgeCurve:
    age = np.arange(ages)
    origins = ages - age
    true = floor + (1 - floor) * np.exp(-rate * age)
    noise = 0.05 / np.sqrt(origins) * (age > 0)
    ratio = true + random.normal(0, 1, ages) * noise * 0.6
    return AgeCurve(
        model=model,
        filtered=filtered,
        ages=age,
        origins=origins,
        ratio=ratio,
        low=ratio - 2 * noise,
        high=ratio + 2 * noise,
        floor=around(floor, 0.03),
        rate=around(rate, 0.04),
        half_life=Interval(math.log(2) / rate, math.log(2) / (rate * 1.4), math.log(2) / (rate * 0.7)),
        fitted=true,
        fitted_low=true - noise,
        fitted_high=true + noise,
        falls=True,
    )


def example_schedules(model: str, cost: float, loss: float, scored: int) -> list[ScheduleResult]:
    """`cost`: CPU seconds of a fit; `loss`: of a model that is never refitted."""

    def one(schedule: str, title: str, kind: str, fits: int, kept: float, seconds: float) -> ScheduleResult:
        return ScheduleResult(
            model=model,
            schedule=schedule,
            title=title,
            kind=kind,
            fits=fits,
            plan=tuple(range(0, scored, max(1, scored // max(fits, 1)))),
            hits=24 * cost**0.25 * 100 * kept,
            relative=around(kept, 0.004 + 0.1 * (1 - kept) * (kept < 1)),
            cpu_seconds=seconds * scored / 4.3,
            wall_seconds=seconds * scored / 8,
            cpu_seconds_per_month=seconds,
            peak_bytes=61_000_000 if kind != "oracle" else None,
            causal=kind != "oracle",
        )

    rows = [one("never", "never refit", "never", 1, 1 - loss, 0.0)]
    for step in (1, 2, 4, 8, 13):
        kept = 1 - loss * (1 - math.exp(-0.09 * (step - 1)))
        title = "refit every week" if step == 1 else f"refit every {step} weeks"
        rows.append(one(f"every:{step}", title, "every", -(-scored // step), kept, 4.3 * cost / step))
    rows += [
        one("sliding:22", "refit every week on the last 22 weeks", "sliding", scored, 0.985, 2.4 * cost),
        one("decay:22", "refit every week, half-life 22 weeks", "decay", scored, 1.008, 4.5 * cost),
        one("incremental", "update exactly every week", "incremental", 1, 1.0, 0.31 * cost),
        one("cost-aware", "refit when the expected loss exceeds the cost", "cost-aware", 6, 0.972, 0.6 * cost),
        one("oracle", "the best there could have been, knowing the future", "oracle", 7, 1.004, 0.7 * cost),
        one("random:7", "7 fits at random times", "random", 7, 0.962, 0.7 * cost),
    ]
    for at, detector in enumerate(DETECTORS):
        title = f"refit when {detector} raises an alarm"
        kept = 1 - loss * (0.15 + 0.08 * at)
        what = (1, 1 - loss, 0.0) if detector == "adwin" else (12 - at, kept, (1.2 - at / 8) * cost)
        rows.append(one(f"triggered:{detector}", title, "triggered", *what))
    able = [row for row in rows if row.causal and row.kind != "random"]

    def beaten(row: ScheduleResult) -> bool:
        worth = row.relative.value, -row.cpu_seconds
        others = [(other.relative.value, -other.cpu_seconds) for other in able]
        return any(other != worth and other[0] >= worth[0] and other[1] >= worth[1] for other in others)

    return [dataclasses.replace(row, on_front=row in able and not beaten(row)) for row in rows]


def example_detectors(random: np.random.Generator, model: str, first: int, scored: int) -> list[DetectorResult]:
    rows = []
    for at, (detector, watches) in enumerate(DETECTORS.items()):
        silent = detector == "adwin"
        always = detector == "gini"
        alarms = tuple(sorted(first + int(p) for p in random.choice(scored, min(scored, 9 - at), replace=False)))
        rows.append(
            DetectorResult(
                model=model,
                detector=detector,
                watches=watches,
                alarms=() if silent else tuple(range(first, first + scored - 1)) if always else alarms,
                statistic=np.cumsum(random.normal(0, 1, scored)) if detector != "births" else np.empty(0),
                nominal=None if watches == "hits" else 0.01,
                false_alarms=around(0.012, 0.008) if not silent else None,
                delay_abrupt=1.0 + at if not silent else math.inf,
                delay_gradual=None if detector == "gini" else math.inf if silent else 4.0 + at,
                fits=1 if silent else scored if always else len(alarms) + 1,
                relative=around(0.985 - 0.004 * at, 0.006),
                random=around(0.979, 0.009),
                verdict="never triggered"
                if silent
                else "always triggered"
                if always
                else "better than chance"
                if at == 0
                else "no better than chance",
            )
        )
    return rows


def example_split(random: np.random.Generator, model: str, ages: int) -> LossSplit:
    age = np.arange(ages)
    top = np.array([0.045, 0.11, 0.02, 0.0])[:, None]
    loss = top * (1 - np.exp(-0.09 * age)) + random.normal(0, 0.002, (4, ages)) * (age > 0)
    half = 0.02 / np.sqrt(ages - age) * (age > 0)
    return LossSplit(
        model=model,
        ages=age,
        parts=("retired items", "new items", "new users", "warm"),
        loss=loss,
        low=loss - half,
        high=loss + half,
    )


def example_result(
    models: tuple[str, ...] = ("ItemKNN", "Popularity"), periods: int = 56, days: float = 7.0, seed: int = 3
) -> DriftResult:
    random = np.random.default_rng(seed)
    served = periods // 4
    scored = periods - served
    curves, splits, schedules, detectors, stability, swaps = [], [], [], [], [], []
    for at, model in enumerate(models):
        curves.append(example_curve(random, model, False, scored, 0.83 + 0.04 * at, 0.09))
        curves.append(example_curve(random, model, True, scored, 0.88 + 0.04 * at, 0.07))
        splits.append(example_split(random, model, scored))
        schedules += example_schedules(model, 430 / (1 + 60 * at), 0.16 - 0.04 * at, scored)
        detectors += example_detectors(random, model, served, scored)
        stability.append(
            Stability(
                model=model,
                n=10,
                refits=scored - 1,
                jaccard=around(0.82 - 0.1 * at, 0.02),
                rbo=around(0.86 - 0.1 * at, 0.02),
                noise_jaccard=around(0.91 - 0.2 * at, 0.015),
                noise_rbo=around(0.93 - 0.2 * at, 0.015),
            )
        )
        swaps.append(Swap(model=model, idle_p50=21e-6, idle_p99=64e-6, swap_p50=23e-6, swap_p99=0.0041))
    return DriftResult(
        name="online-retail",
        models=models,
        n=10,
        protocol="period",
        histories="frozen",
        period_days=days,
        period_name={7.0: "week", 28.0: "4 weeks", 1.0: "day"}[days],
        first=FIRST,
        last=FIRST + timedelta(days=days * periods - 0.4),
        scored_periods=scored,
        flow=example_flow(random, periods, served, days),
        age_curves=tuple(curves),
        loss_splits=tuple(splits),
        schedules=tuple(schedules),
        detectors=tuple(detectors),
        stability=tuple(stability),
        swaps=tuple(swaps),
        controls=(
            ("Times dealt out anew: nothing ages", True, "ratio at the oldest ages 0.998 (0.991 to 1.006)"),
            ("Exact updates equal a refit", True, f"{scored} of {scored} models are equal, byte by byte"),
            ("A sudden change is found", False, "gini has not found it within 20 periods"),
            ("A slow change is found", None, "the budget was over"),
        ),
        notes=(
            "Users with no earlier event get the most popular items.",
            "Items last seen more than 9 weeks ago are taken for retired.",
        ),
        complete=True,
        seed=seed,
        digest="5f3a" * 16,
        versions={"recocore": "0.5.0", "numpy": "2.4.6", "python": "3.11.2"},
        settings={
            "models": "ItemKNN(k=50), Popularity()",
            "schedules": "never, every:1, every:2",
            "most_lists": "5000",
        },
    )


def example_advice() -> Advice:
    return Advice(
        headline="Refit ItemKNN every 8 weeks and update it every week: 98.7 % of the hits of weekly refits at 4 % of "
        "their cost; saves 31 CPU-minutes a month.",
        sentences=(
            "A model that is never refitted still finds 84.1 % of what a fresh one finds after 42 weeks.",
            "Between refits every 8 weeks and every week the difference is 1.3 % of the hits (0.7 to 1.9).",
        ),
        model="ItemKNN",
        schedule="every:8",
        title="refit every 8 weeks",
        relative=Interval(0.987, 0.981, 0.993),
        saved_cpu_seconds_per_month=31 * 60.0,
        net_per_month=Interval(12.31, 3.2, 20.7),
        break_even=0.31,
        difference_shown=True,
        cpu_hour_price=0.05,
        value_per_hit=0.2,
    )


def awkward_results() -> dict[str, tuple[DriftResult, Advice]]:
    """What may well happen and is easily forgotten."""
    advice = example_advice()
    script = '<script>alert("1")</script>'
    plain = example_result(("ItemKNN",), 60)
    none = example_curve(np.random.default_rng(1), "ItemKNN", False, 20, 0.9, 0.1)
    flat = dataclasses.replace(
        none,
        ratio=np.ones(20),
        low=np.full(20, np.nan),
        high=np.full(20, np.nan),
        fitted=np.ones(20),
        floor=around(1.0, 0.0),
        rate=around(0.0, 0.0),
        half_life=Interval(math.inf, 12.0, math.inf),
        falls=False,
    )
    no = np.empty(0)
    empty = dataclasses.replace(none, ages=no, origins=no, ratio=no, low=no, high=no, fitted=no, falls=False)
    close = [
        dataclasses.replace(
            one,
            title=f"refit every {at + 1} weeks",
            schedule=f"every:{at + 1}",
            kind="every",
            causal=True,
            on_front=at % 2 == 0,
            relative=around(0.99 + 0.0004 * at, 0.004),
            cpu_seconds_per_month=100.0 + 0.8 * at,
        )
        for at, one in enumerate(plain.schedules[:9])
    ]
    nothing = dataclasses.replace(
        plain,
        age_curves=(),
        loss_splits=(),
        schedules=(),
        detectors=(),
        stability=(),
        swaps=(),
        controls=(),
        notes=(),
        settings={},
        versions={},
        complete=False,
    )
    unknown = Interval(math.nan, math.nan, math.nan)
    unshown = dataclasses.replace(
        advice,
        headline="No difference can be shown: refit when it suits you.",
        relative=unknown,
        saved_cpu_seconds_per_month=0.0,
        net_per_month=None,
        break_even=math.inf,
        difference_shown=False,
    )
    long = "HybridOfItemKNNAndContentAndPopularityWithEverythingSwitchedOn(k=200, shrinkage=10.0)"
    return {
        "long run of three, days, long names": (example_result((long, "EASE", f"b-{long}"), 116, 1.0), advice),
        "months": (dataclasses.replace(example_result(("ItemKNN",), 30, 28.0), protocol="next"), advice),
        "script": (
            dataclasses.replace(example_result((script,), 60), name=script, notes=(script, "a\x00b\ud800\u202ec")),
            dataclasses.replace(advice, headline=f"{script} & more", model=script),
        ),
        "nine close together": (dataclasses.replace(plain, schedules=tuple(close)), advice),
        "nothing lost, one without curves": (
            dataclasses.replace(
                plain, models=("ItemKNN", "EASE"), age_curves=(flat, dataclasses.replace(empty, filtered=True))
            ),
            unshown,
        ),
        "nothing measured": (nothing, unshown),
    }


AWKWARD = awkward_results()


@cache
def page_of(name: str) -> str:
    """The report of an awkward result, or of a plausible one."""
    return report_html(*(AWKWARD.get(name) or (example_result(), example_advice())))


def contrast(one: str, other: str = "#ffffff") -> float:
    """WCAG 2.2's ratio of two colours."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
