"""From measures to findings."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore.drift._controls import FLAT, PERMUTED
from recocore.drift._detecting import Detecting
from recocore.drift._matrix import Grid, points_of
from recocore.drift._planning import CPU_HOUR_PRICE, VALUE_PER_HIT, Planning
from recocore.drift.results import (
    AgeCurve,
    DriftResult,
    Flow,
    Interval,
    LossSplit,
    ScheduleResult,
    Stability,
    Swap,
)
from recocore.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recocore.drift._periods import Period
    from recocore.drift._records import Measure
    from recocore.drift._work import Work

__all__ = ["analyse", "curve_of"]

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
RESAMPLES = 1000
LEVEL = 0.95
#: What old models lose, by the metric of each part: of the old model, of the fresh one.
PARTS = {"new items": "new_items", "new users": "new_users", "warm": "warm"}


#: What holds of every run.
_LIMITS = (
    (
        "Only what people did is known, with the lists of the shop as it was: an item that nobody was shown could not "
        "be bought, and hits of a list that was never shown are hits of foresight, not of influence."
    ),
    (
        "Bands of age curves are by a bootstrap over origins, those of the fitted curve over origins and periods. "
        "Intervals of schedules are by a bootstrap of blocks of periods; with few periods they are a little too narrow."
    ),
    (
        "An item counts as new until its first event, and as retired after a silence longer than 99 % of the gaps "
        "between events of an item before the first period that is scored, unless the catalogue has available_from and "
        "available_until."
    ),
    (
        "A fit costs what it cost on this machine; reading the data from a database is not included. Watching the "
        "inputs is charged to the schedules that it triggers; scoring lists and hits for other detectors is not."
    ),
    (
        "Many schedules and detectors are compared on the same data, and each interval is for one of them: the best of "
        "many looks a little better than it is. Thresholds of detectors that watch lists are from all events in random "
        "order, so also from later ones."
    ),
    (
        f"The schedules cost-aware and oracle take a processor hour to cost {CPU_HOUR_PRICE:g} and a hit to be worth "
        f"{VALUE_PER_HIT:g}."
    ),
)


def analyse(work: Work, length: Period, header: dict[str, Any], *, complete: bool) -> DriftResult:
    """All that can be said with what was measured."""
    timeline = work.world.timeline
    grid = Grid(work.plan.first, timeline.periods, work.stride())
    records = work.records
    planning = Planning(work, grid, length)
    detecting = Detecting(work, grid, planning)
    schedules: list[ScheduleResult] = []
    for name in work.models:
        schedules += planning.schedules(name, detecting.alarms(name))
    curves, splits = [], []
    hitless = [name for name in work.models if planning.matrix(name).diagonal().sum() == 0]
    if len(hitless) == len(work.models):
        raise InvalidDataError(
            f"no model found anything: of what was bought in {work.scored} periods nothing was among the "
            f"{work.plan.n} items recommended; perhaps all users are new in each period (protocol='next' is for "
            "sessions), or n is too small"
        )
    for name in work.models:
        if name in hitless:
            continue
        measures = records.measures[name, "growing"]
        curves += [
            curve_of(name, measures, grid.origins, filtered=filtered, seed=work.plan.seed) for filtered in (False, True)
        ]
        splits.append(_split_of(name, measures, grid.origins, work.plan.seed))
    begin = EPOCH + timedelta(microseconds=int(timeline.start_of(0)))
    times = timeline.event_times()
    return DriftResult(
        name=header["name"],
        models=tuple(work.models),
        n=work.plan.n,
        protocol=work.plan.protocol,
        histories=work.plan.histories,
        period_days=length.days,
        period_name=length.name,
        first=begin,
        last=EPOCH + timedelta(microseconds=int(times[-1])),
        scored_periods=work.scored,
        flow=_flow(timeline, work.plan.first),
        age_curves=tuple(curves),
        no_drift=tuple(_no_drift(work)),
        loss_splits=tuple(splits),
        schedules=tuple(schedules),
        detectors=tuple(one for name in work.models for one in detecting.results(name)),
        stability=tuple(_stability(work)),
        swaps=tuple(_swaps(work)),
        controls=tuple(_controls(work, detecting)),
        notes=tuple(_notes(work, grid, schedules, complete=complete)),
        complete=complete,
        seed=work.plan.seed,
        digest=header["digest"],
        versions={"recocore": _core.__version__, "numpy": np.__version__},
        settings={key: str(value) for key, value in header.items() if key not in {"digest", "seed", "name"}},
    )


def curve_of(
    name: str, measures: Mapping[int, Measure], origins: Sequence[int], *, filtered: bool, seed: int
) -> AgeCurve:
    """The age curve of a model."""
    metric = "hits_on_offer" if filtered else "hits"
    points = points_of(measures, origins, metric)
    found = _core.age_curve(*points, RESAMPLES, LEVEL, seed)
    return AgeCurve(
        model=name,
        filtered=filtered,
        ages=found["ages"],
        origins=found["origins"],
        ratio=found["ratio"],
        low=found["band"][:, 0],
        high=found["band"][:, 1],
        floor=Interval(found["floor"], *found["floor_band"]),
        rate=Interval(found["rate"], *found["rate_band"]),
        half_life=Interval(math.inf if found["half_life"] is None else found["half_life"], *found["half_life_band"]),
        fitted=found["decay"],
        fitted_low=found["decay_band"][:, 0],
        fitted_high=found["decay_band"][:, 1],
        falls=found["falls"],
    )


def _no_drift(work: Work) -> list[AgeCurve]:
    known = [(name, work.records.measures.get((name, PERMUTED), {})) for name in work.models]
    return [
        curve_of(name, measures, sorted(measures), filtered=False, seed=work.plan.seed)
        for name, measures in known
        if len(measures) >= 2 and any(one["hits"][0] for one in measures.values())
    ]


def _split_of(name: str, measures: Mapping[int, Measure], origins: Sequence[int], seed: int) -> LossSplit:
    origin, age, hits, fresh = points_of(measures, origins, "hits")
    *_, offered, fresh_offered = points_of(measures, origins, "hits_on_offer")
    # What the filter brings is what items that are no longer on offer took away.
    values, freshes = [hits - offered], [fresh - fresh_offered]
    for part in PARTS.values():
        *_, value, new = points_of(measures, origins, "hits_on_offer", part, "fresh_hits_on_offer")
        values.append(value)
        freshes.append(new)
    found = _core.loss_parts(origin, age, np.stack(values, axis=1), np.stack(freshes, axis=1), RESAMPLES, LEVEL, seed)
    return LossSplit(
        model=name,
        ages=found["ages"],
        parts=("retired items", *PARTS),
        loss=found["loss"].T,
        low=found["band"][..., 0].T,
        high=found["band"][..., 1].T,
    )


def _flow(timeline: _core.Timeline, first: int) -> Flow:
    offsets, users, items = timeline.offsets, timeline.event_users(), timeline.event_items()
    periods = timeline.periods
    distinct = [
        [len(np.unique(column[offsets[period] : offsets[period + 1]])) for period in range(periods)]
        for column in (users, items)
    ]
    starts = np.array([timeline.start_of(period) for period in range(periods)], dtype="datetime64[us]")
    return Flow(
        starts=starts,
        events=np.diff(offsets.astype(np.int64)),
        users=np.array(distinct[0]),
        items=np.array(distinct[1]),
        born=np.bincount(timeline.item_births, minlength=periods),
        last_seen=np.bincount(timeline.item_deaths, minlength=periods),
        new_users=np.bincount(timeline.user_births, minlength=periods),
        served=first,
    )


def _found(work: Work, name: str) -> Any:
    return work.records.findings.get(name)


def _swaps(work: Work) -> list[Swap]:
    known = [(name, _found(work, f"swap:{name}")) for name in work.models]
    parts = ("idle_p50", "idle_p99", "swap_p50", "swap_p99")
    return [Swap(model=name, **{part: found[part] for part in parts}) for name, found in known if found]


def _mean(values: Sequence[float], seed: int) -> Interval:
    column = np.asarray(values, dtype=float)
    draws = np.random.default_rng(seed).integers(0, len(column), (RESAMPLES, len(column)))
    low, high = np.quantile(column[draws].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(column.mean()), float(low), float(high))


def _stability(work: Work) -> list[Stability]:
    results = []
    for name in work.models:
        found = _found(work, f"stability:{name}")
        if found and all(found.values()):
            means = {key: _mean(values, work.plan.seed) for key, values in found.items()}
            results.append(Stability(model=name, n=work.plan.n, refits=len(found["jaccard"]), **means))
    return results


def _controls(work: Work, detecting: Detecting) -> list[tuple[str, bool | None, str]]:
    rows: list[tuple[str, bool | None, str]] = []
    for name in work.models:
        measures = work.records.measures.get((name, FLAT), {})
        title = f"{name}: with permuted times, and windows of one length, age does not matter"
        if len(measures) < 2 or not any(one["hits"][0] for one in measures.values()):
            rows.append((title, None, "not measured"))
            continue
        curve = curve_of(name, measures, sorted(measures), filtered=False, seed=work.plan.seed)
        old = curve.well_known
        rows.append(
            (
                title,
                not curve.falls,
                (
                    f"at the age of {curve.ages[old]} periods {curve.ratio[old]:.1%} of a fresh model's hits "
                    f"[{curve.low[old]:.1%}, {curve.high[old]:.1%}]"
                ),
            )
        )
    for name in work.models:
        found = _found(work, f"incremental:{name}")
        if found is not None:
            rows.append(
                (
                    f"{name}: a model that is updated equals one that is fitted, to the byte"
                    + (f", with its {', '.join(found['kept'])}" if found["kept"] else ""),
                    found["equal"],
                    (
                        f"{found['compared']} compared; {found['repaired']} of {found['updates']} updates repaired the "
                        "model, the others fitted it again"
                    ),
                )
            )
    rows += detecting.controls()
    return rows


def _notes(work: Work, grid: Grid, schedules: Sequence[ScheduleResult], *, complete: bool) -> list[str]:
    notes = list(_LIMITS)
    if work.plan.protocol == "period" and work.plan.histories == "frozen":
        notes.append(
            "Old models know of their users what they were fitted on. With histories='live' they are given all that "
            "users did since, and less is lost."
        )
    for name in work.models:
        found = _found(work, f"incremental:{name}")
        if found and found["kept"]:
            notes.append(
                f"{name}: an update keeps what a fit would learn anew ({', '.join(found['kept'])}), so the schedule "
                "incremental is not judged."
            )
    done = {one.schedule for one in schedules}
    left_out = [one.text for one in work.schedules if one.text not in done]
    if left_out:
        notes.append(f"Not judged, for want of measures: {', '.join(left_out)}.")
    if grid.stride > 1 or not complete:
        notes.append(
            f"The budget ended the measuring: schedules are compared in steps of {grid.stride} periods. The same call "
            "with a larger budget goes on."
        )
    return notes
