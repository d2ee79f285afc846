"""When detectors raise alarms, how often for nothing, and what comes of refitting at each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from recocore import _core
from recocore.drift._controls import ABRUPT, FLAT, GRADUAL, PERMUTED
from recocore.drift._planning import relative_to
from recocore.drift._schedules import DETECTORS
from recocore.drift.results import DetectorResult, Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recocore.drift._matrix import Grid
    from recocore.drift._planning import Planning
    from recocore.drift._records import Measure
    from recocore.drift._work import Work

__all__ = ["Detecting"]

#: Random schedules a detector is compared with.
RANDOM = 500
LEVEL = 0.95
#: Models in the world of permuted times that a threshold is set by, at least.
LEAST_LIVES = 5


class Detecting:
    """The detectors of a run."""

    def __init__(self, work: Work, grid: Grid, planning: Planning) -> None:
        self.work = work
        self.grid = grid
        self.planning = planning
        self._thresholds: dict[tuple[str, str, int | None], float | None] = {}

    def names(self, model: str) -> list[str]:
        """Detectors that can be judged: those of lists need thresholds from permuted times."""
        return [
            name for name, watches in DETECTORS.items() if watches != "lists" or self.threshold(model, name) is not None
        ]

    def alarms(self, model: str) -> dict[str, list[int | None]]:
        """For each detector and each origin the block at whose end the first alarm is known."""
        found: dict[str, list[int | None]] = {}
        for name in self.names(model):
            ages = [self._age_of_alarm(model, name, "growing", origin) for origin in self.grid.origins]
            found[name] = [
                None if age is None else self.grid.block_of(origin + age)
                for origin, age in zip(self.grid.origins, ages, strict=True)
            ]
        return found

    def _measure(self, model: str, name: str, world: str, origin: int) -> Measure | None:
        inputs = DETECTORS[name] == "inputs"
        key = ("", "inputs" if world == "growing" else world) if inputs else (model, world)
        return self.work.records.measures.get(key, {}).get(origin)

    def _age_of_alarm(self, model: str, name: str, world: str, origin: int) -> int | None:
        """The age at whose end the detector that watches the model of an origin raises its first alarm."""
        measure = self._measure(model, name, world, origin)
        if measure is None:
            return None
        match DETECTORS[name]:
            case "inputs":
                above = np.flatnonzero(measure[f"p:{name}"] <= self.work.rate)
            case "lists":
                threshold = self.threshold(model, name, origin if world == PERMUTED else None)
                above = np.flatnonzero(statistic_of(measure, name) > (math.inf if threshold is None else threshold))
            case _:
                age = int(measure[f"alarm:{name}"][0])
                return None if age < 0 else age
        return int(above[0]) if len(above) else None

    def threshold(self, model: str, name: str, without: int | None = None) -> float | None:
        """What a statistic of lists stays below where times are permuted, but for the nominal rate.

        Models of n origins live in that world. One more is as likely as any of them to have the largest statistic of
        its life, or the second largest: the threshold is that of the rank k with k / (n + 1) at most the chance of a
        false alarm in a life at the nominal rate a period, and the largest of all where n is too small for that.

        Parameters
        ----------
        without
            An origin that is left out, because it is what the threshold is tried on.
        """
        key = model, name, without
        if key not in self._thresholds:
            measures = self.work.records.measures.get((model, PERMUTED), {})
            lives = [statistic_of(one, name)[1:] for origin, one in measures.items() if origin != without]
            largest = sorted((float(life.max()) for life in lives if len(life)), reverse=True)
            threshold = None
            if len(largest) >= LEAST_LIVES:
                usual = float(np.mean([len(life) for life in lives if len(life)]))
                rank = int((len(largest) + 1) * (1.0 - (1.0 - self.work.rate) ** usual))
                threshold = largest[max(rank, 1) - 1]
            self._thresholds[key] = threshold
        return self._thresholds[key]

    def results(self, model: str) -> list[DetectorResult]:
        """Each detector as the trigger of refits, beside as many refits at random."""
        planning, blocks = self.planning, self.grid.blocks
        alarms = self.alarms(model)
        baseline, _ = planning.follow(model, range(blocks))
        plans = {name: planning.triggered(alarms[name]) for name in alarms}
        followed = {name: planning.follow(model, plan)[0] for name, plan in plans.items()}
        if not followed or baseline.sum() == 0:
            return []
        compared = relative_to(list(followed.values()), baseline, self.work.plan.seed)
        results = []
        for (name, plan), relative in zip(plans.items(), compared, strict=True):
            at_random = self._at_random(model, len(plan), baseline.sum())
            watches = DETECTORS[name]
            results.append(
                DetectorResult(
                    model=model,
                    detector=name,
                    watches=watches,
                    alarms=tuple(self.grid.origins[block] - 1 for block in plan[1:]),
                    statistic=self._series(model, name, plan),
                    nominal=None if watches == "hits" else self.work.rate,
                    false_alarms=self.false_alarms(model, name),
                    delay_abrupt=self._delay(model, name, ABRUPT),
                    delay_gradual=self._delay(model, name, GRADUAL),
                    fits=len(plan),
                    relative=relative,
                    random=at_random,
                    verdict=_verdict(len(plan), blocks, relative.value, at_random),
                )
            )
        return results

    def _at_random(self, model: str, fits: int, whole: float) -> Interval:
        shares = []
        for seed in range(RANDOM):
            plan = _core.random_plan(self.grid.blocks, fits, seed)
            shares.append(self.planning.follow(model, plan)[0].sum() / max(whole, 1.0))
        low, high = np.quantile(shares, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return Interval(float(np.mean(shares)), float(low), float(high))

    def _series(self, model: str, name: str, plan: Sequence[int]) -> NDArray[np.float64]:
        """What the detector sees in each period, of the model that serves then; none where it had stopped looking."""
        series = np.full(self.work.scored, np.nan)
        origins = [self.grid.origins[block] for block in plan]
        for origin, until in zip(origins, [*origins[1:], self.grid.periods], strict=True):
            measure = self._measure(model, name, "growing", origin)
            if measure is not None:
                values = statistic_of(measure, name)[: until - origin]
                begin = origin - self.work.plan.first
                series[begin : begin + len(values)] = values
        return series

    def false_alarms(self, model: str, name: str) -> Interval | None:
        """The rate of alarms a period where times are permuted, with the interval of Clopper and Pearson."""
        # Where only drift is missing, hits fall all the same, because old models have learned from less.
        world = FLAT if DETECTORS[name] == "hits" else PERMUTED
        key = ("", world) if DETECTORS[name] == "inputs" else (model, world)
        measures = self.work.records.measures.get(key, {})
        raised = watched = 0
        for origin in sorted(measures):
            if DETECTORS[name] == "inputs":
                p = measures[origin][f"p:{name}"]
                raised += int((p <= self.work.rate).sum())
                watched += len(p)
                continue
            # Until its first alarm; then a shop would have refitted.
            age = self._age_of_alarm(model, name, world, origin)
            raised += age is not None
            watched += len(measures[origin]["lists"]) if age is None else age + 1
        return _exact(raised, watched) if watched else None

    def _delay(self, model: str, name: str, world: str) -> float | None:
        key = ("", world) if DETECTORS[name] == "inputs" else (model, world)
        measures = self.work.records.measures.get(key, {})
        if not measures:
            return None
        ((origin, _),) = measures.items()
        age = self._age_of_alarm(model, name, world, origin)
        return math.inf if age is None else age + 1.0

    def controls(self) -> list[tuple[str, bool | None, str]]:
        """Whether detectors keep what they promise."""
        rows: list[tuple[str, bool | None, str]] = []
        for model in self.work.models:
            for name in self.names(model):
                inputs = DETECTORS[name] == "inputs"
                if inputs and model != next(iter(self.work.models)):
                    continue
                who = name if inputs else f"{model}, {name}"
                if DETECTORS[name] != "hits":
                    rate = self.false_alarms(model, name)
                    rows.append(
                        (
                            f"{who}: with permuted times, false alarms are not above {self.work.rate:.1%} of periods",
                            None if rate is None else rate.low <= self.work.rate,
                            "not measured" if rate is None else f"{rate:.1%}",
                        )
                    )
        return rows


def statistic_of(measure: Measure, name: str) -> NDArray[np.float64]:
    """What a detector looks at, an entry an age. Larger is more change, but for the rank overlap and the hit rate."""
    values: NDArray[np.float64]
    match DETECTORS[name]:
        case "inputs":
            values = measure[name]
        case "hits":
            values = measure["hits"] / np.maximum(measure["relevant"], 1)
        case _ if name == "list-change":
            values = measure["divergence"]
        case _:
            values = np.abs(measure[name] - measure[name][0])
    return values


def _exact(raised: int, watched: int) -> Interval:
    """A share with its interval by Clopper and Pearson (1934): the shares at which as many, or as few, are not rare."""

    def at_most(count: int, share: float) -> float:
        """The chance of at most so many."""
        odds = math.log(share), math.log1p(-share)
        return sum(
            math.exp(
                math.lgamma(watched + 1)
                - math.lgamma(k + 1)
                - math.lgamma(watched - k + 1)
                + k * odds[0]
                + (watched - k) * odds[1]
            )
            for k in range(count + 1)
        )

    def share_where(count: int, chance: float) -> float:
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if at_most(count, middle) > chance else (low, middle)
        return (low + high) / 2

    tail = (1 - LEVEL) / 2
    return Interval(
        raised / watched,
        0.0 if raised == 0 else share_where(raised - 1, 1 - tail),
        1.0 if raised == watched else share_where(raised, tail),
    )


def _verdict(fits: int, blocks: int, relative: float, at_random: Interval) -> str:
    if fits == 1:
        return "never triggered"
    if fits == blocks:
        return "always triggered"
    return "better than chance" if relative > at_random.high else "no better than chance"
