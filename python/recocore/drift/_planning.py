"""What each schedule would have brought and cost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore.drift._schedules import DETECTORS, parse_schedule
from recocore.drift.results import Interval, ScheduleResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from recocore.drift._matrix import Grid
    from recocore.drift._periods import Period
    from recocore.drift._schedules import Schedule
    from recocore.drift._work import Work

__all__ = ["CPU_HOUR_PRICE", "DAYS_PER_MONTH", "VALUE_PER_HIT", "Planning", "price_of", "relative_to"]

DAYS_PER_MONTH = 30.4375
#: Where no prices are given: of a small machine in the cloud, and a hundredth of a sale.
CPU_HOUR_PRICE = 0.05
VALUE_PER_HIT = 0.10
RESAMPLES = 1000
LEVEL = 0.95


def relative_to(plans: Sequence[NDArray[np.float64]], baseline: NDArray[np.float64], seed: int) -> list[Interval]:
    """What plans bring, each as a share of the baseline, from the values of each block."""
    found = _core.compare_plans(np.stack(plans), baseline, 0, RESAMPLES, LEVEL, seed)
    return [
        Interval(value, *band) for value, band in zip(found["relative"].tolist(), found["band"].tolist(), strict=True)
    ]


def price_of(cpu_hour_price: float, value_per_hit: float) -> float:
    """How many hits a CPU second costs."""
    return cpu_hour_price / 3600.0 / value_per_hit


class Planning:
    """The tables of a run, and walks through them."""

    def __init__(self, work: Work, grid: Grid, length: Period) -> None:
        self.work = work
        self.grid = grid
        self.length = length
        self._matrices: dict[tuple[str, str], NDArray[np.float64]] = {}

    def matrix(self, model: str, regime: str = "growing") -> NDArray[np.float64]:
        """Hits of the model of each origin (row) in each block."""
        key = model, regime
        if key not in self._matrices:
            self._matrices[key] = self.grid.matrix(self.work.records.measures[key], "hits")
        return self._matrices[key]

    def costs(self, model: str, regime: str = "growing") -> NDArray[np.float64]:
        """CPU seconds of each fit."""
        return self.grid.costs(self.work.records.measures[model, regime])

    def follow(self, model: str, plan: Sequence[int], regime: str = "growing") -> tuple[NDArray[np.float64], float]:
        """Hits of each block and CPU seconds, those of the first fit left out."""
        values = self.grid.flat(self.matrix(model, regime))
        found = _core.follow(values, self.costs(model, regime), list(plan))
        return found["value"], found["cost"]

    def schedules(self, model: str, alarms: Mapping[str, Sequence[int | None]]) -> list[ScheduleResult]:
        """All that were asked for and can be judged with what was measured, and refitting as often as that allows."""
        done: list[tuple[Schedule, list[int], NDArray[np.float64], float]] = []
        # What all others are compared with is always there.
        needed = [parse_schedule("never"), parse_schedule(f"every:{self.grid.stride}")]
        tried = self.work.schedules
        for schedule in [*tried, *(one for one in needed if one not in tried)]:
            plan = self._plan(model, schedule, alarms)
            if plan is not None:
                done.append((schedule, plan, *self._outcome(model, schedule, plan)))
        baseline, _ = self.follow(model, range(self.grid.blocks))
        if baseline.sum() == 0:
            return []
        relative = relative_to([values for _, _, values, _ in done], baseline, self.work.plan.seed)
        results = [
            self._result(model, schedule, plan, values, cost, interval)
            for (schedule, plan, values, cost), interval in zip(done, relative, strict=True)
        ]
        return _with_front(results)

    def _plan(self, model: str, schedule: Schedule, alarms: Mapping[str, Sequence[int | None]]) -> list[int] | None:
        blocks, stride = self.grid.blocks, self.grid.stride
        match schedule.kind:
            case "never":
                return [0]
            case "every" | "sliding" | "decay":
                if schedule.number % stride:
                    return None
                return _core.every_plan(blocks, schedule.number // stride)
            case "incremental":
                known = self.work.records.findings.get(f"incremental:{model}")
                # What keeps settings that fits would learn anew is not the model of the table.
                return list(range(blocks)) if known and stride == 1 and not known["kept"] else None
            case "random":
                return _core.random_plan(blocks, min(schedule.number, blocks), self.work.plan.seed)
            case "triggered":
                found = alarms.get(schedule.detector)
                return None if found is None else self.triggered(found)
        values, costs = self.grid.flat(self.matrix(model)), self.costs(model)
        price = price_of(CPU_HOUR_PRICE, VALUE_PER_HIT)
        if schedule.kind == "cost-aware":
            return _core.cost_aware_plan(values, costs, price)
        if schedule.number:
            return _core.oracle_plans(values, costs, min(schedule.number, blocks))[-1]
        return _core.oracle_plan(values, costs, price)

    @staticmethod
    def triggered(alarms: Sequence[int | None]) -> list[int]:
        """The plan of a detector from the first alarm of each origin, in blocks."""
        return _core.triggered_plan(np.array([-1 if alarm is None else alarm for alarm in alarms]))

    def _outcome(self, model: str, schedule: Schedule, plan: list[int]) -> tuple[NDArray[np.float64], float]:
        values, cost = self.follow(model, plan, schedule.regime.name)
        updates = self._updates(model, schedule)
        if schedule.kind == "triggered" and DETECTORS[schedule.detector] == "inputs":
            cost += self._watching(plan)
        return values, sum(updates["cpu_seconds"]) if updates else cost

    def _watching(self, plan: list[int]) -> float:
        """CPU seconds of looking at the inputs of each period, all detectors together."""
        seen = self.work.records.measures.get(("", "inputs"), {})
        ends = [*plan[1:], self.grid.blocks]
        return sum(
            seen[self.grid.origins[begin]].cpu_seconds * (end - begin) * self.grid.stride
            for begin, end in zip(plan, ends, strict=True)
            if self.grid.origins[begin] in seen
        )

    def _updates(self, model: str, schedule: Schedule) -> dict[str, Any] | None:
        """What updates cost, where they are not the fits of the table."""
        found = self.work.records.findings.get(f"incremental:{model}")
        return found if schedule.kind == "incremental" and found and found["repaired"] else None

    def _result(
        self,
        model: str,
        schedule: Schedule,
        plan: list[int],
        values: NDArray[np.float64],
        cost: float,
        relative: Interval,
    ) -> ScheduleResult:
        measures = self.work.records.measures[model, schedule.regime.name]
        fits = [measures[self.grid.origins[block]] for block in plan]
        wall = sum(fit.wall_seconds for fit in fits[1:])
        if updates := self._updates(model, schedule):
            wall = sum(updates["wall_seconds"])
        months = self.work.scored * self.length.days / DAYS_PER_MONTH
        peaks = [fit.peak_bytes for fit in fits if fit.peak_bytes is not None]
        return ScheduleResult(
            model=model,
            schedule=schedule.text,
            title=schedule.title(self.length.name),
            kind=schedule.kind,
            fits=len(plan),
            plan=tuple(self.grid.origins[block] for block in plan),
            hits=float(values.sum()),
            relative=relative,
            cpu_seconds=cost,
            wall_seconds=wall,
            cpu_seconds_per_month=cost / months,
            peak_bytes=max(peaks) if peaks else None,
            causal=schedule.kind != "oracle",
        )


def _with_front(results: list[ScheduleResult]) -> list[ScheduleResult]:
    """Marked where nothing that a shop could do brings as much for less."""
    real = [result for result in results if result.causal and result.kind != "random"]

    def dominated(one: ScheduleResult) -> bool:
        return any(
            other.hits >= one.hits
            and other.cpu_seconds <= one.cpu_seconds
            # Of equals the first is on the front.
            and ((other.hits, other.cpu_seconds) != (one.hits, one.cpu_seconds) or place < real.index(one))
            for place, other in enumerate(real)
            if other is not one
        )

    return [replace(one, on_front=one in real and not dominated(one)) for one in results]
