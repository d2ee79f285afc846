"""What is to be measured, and in which order."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore._progress import progress_bar
from recocore.drift._measuring import Plan, World, measure_origin
from recocore.drift._records import Measure, Records
from recocore.drift._schedules import DETECTORS, Regime, Schedule
from recocore.errors import DeadlineExceededError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from recocore._base import Recommender

__all__ = ["COARSE", "Work", "inputs_of"]

GROWING = Regime()
#: Origins of the first, coarse look; at least.
COARSE = 10


@dataclass
class Work:
    """What is to be measured."""

    models: dict[str, Recommender]
    schedules: list[Schedule]
    world: World
    plan: Plan
    records: Records
    rate: float
    controls: bool

    @property
    def regimes(self) -> list[Regime]:
        """Without the growing one."""
        return sorted({schedule.regime for schedule in self.schedules} - {GROWING}, key=lambda regime: regime.name)

    @property
    def scored(self) -> int:
        """Number of periods that are scored."""
        return self.world.timeline.periods - self.plan.first

    def origins(self) -> list[list[int]]:
        """All origins, the coarse grid first; each grid contains those before."""
        stride = 1
        while self.scored // (2 * stride) >= COARSE:
            stride *= 2
        grids: list[list[int]] = []
        seen: set[int] = set()
        while stride >= 1:
            grid = range(self.plan.first, self.world.timeline.periods, stride)
            grids.append([origin for origin in grid if origin not in seen])
            seen.update(grid)
            stride //= 2
        return grids

    def stride(self) -> int:
        """Between origins that were all measured, of all models and regimes; 0 when not even the coarse grid was."""
        stride = 1
        while True:
            grid = range(self.plan.first, self.world.timeline.periods, stride)
            if all(
                self.records.has((name, regime.name), origin)
                for name in self.models
                for regime in (GROWING, *self.regimes)
                for origin in grid
            ):
                return stride
            if self.scored // (2 * stride) < COARSE:
                return 0
            stride *= 2

    def tasks(self) -> Iterator[Callable[[], None]]:
        """Steps, what matters most first."""
        coarse, *finer = self.origins()
        yield from self._grid(coarse, [GROWING])
        yield from self._inputs(coarse)
        yield from self._grid(coarse, self.regimes)
        from recocore.drift._controls import Controls

        yield from Controls(self).tasks()
        for grid in finer:
            yield from self._grid(grid, [GROWING, *self.regimes])
            yield from self._inputs(grid)

    def _grid(self, grid: list[int], regimes: list[Regime]) -> Iterator[Callable[[], None]]:
        for name in self.models:
            for regime in regimes:
                for origin in grid:
                    if not self.records.has((name, regime.name), origin):
                        yield partial(self._measure, name, regime, origin)

    def _measure(self, name: str, regime: Regime, origin: int) -> None:
        measure = measure_origin(self.models[name], self.world, origin, regime, self.plan, whole=regime == GROWING)
        self.records.add((name, regime.name), origin, measure)

    def _inputs(self, grid: list[int]) -> Iterator[Callable[[], None]]:
        for origin in grid:
            if not self.records.has(("", "inputs"), origin):
                yield partial(self._measure_inputs, origin)

    def _measure_inputs(self, origin: int) -> None:
        measure = inputs_of(self.world.timeline, origin, self.plan, self.rate)
        self.records.add(("", "inputs"), origin, measure)

    def measure(self, budget: float | None, progress: bool) -> bool:
        """Do the steps until the budget is over; whether all were done."""
        begun = time.monotonic()
        longest = 0.0
        steps = list(self.tasks())
        with progress_bar(progress) as show:
            for done, step in enumerate(steps):
                if show is not None:
                    show("drift", done, len(steps))
                now = time.monotonic()
                if budget is not None and now - begun + longest > budget:
                    if self.stride() == 0:
                        raise DeadlineExceededError(
                            f"budget={budget!r} seconds were over after {done} of {len(steps)} steps, before there was "
                            "anything to say; with out= the same call goes on from there"
                        )
                    return False
                step()
                longest = max(longest, time.monotonic() - now)
            if show is not None and steps:
                show("drift", len(steps), len(steps))
        return True


def inputs_of(timeline: _core.Timeline, origin: int, plan: Plan, rate: float, *, stop: bool = True) -> Measure:
    """What detectors see of the inputs since an origin, period by period, until all have raised an alarm."""
    meter = _core.CostMeter()
    inputs = [name for name, watched in DETECTORS.items() if watched == "inputs"]
    rows: list[dict[str, Any]] = []
    waiting = set(inputs)
    permutations = max(199, round(2 / rate) - 1)
    reference = min(4, origin)
    for seen in range(origin, timeline.periods):
        found = _core.input_drift(
            timeline,
            origin,
            seen,
            reference=reference,
            rate=rate,
            permutations=permutations,
            seed=plan.seed,
            threads=plan.threads,
        )
        rows.append(dict(found.items()))
        waiting -= {name for name in waiting if rows[-1]["p_" + name.replace("-", "_")] <= rate}
        if stop and not waiting:
            break
    values: dict[tuple[str, str], NDArray[np.float64]] = {}
    for name in inputs:
        key = name.replace("-", "_")
        values["all", name] = np.array([row[key] for row in rows])
        values["all", f"p:{name}"] = np.array([row["p_" + key] for row in rows])
    wall, cpu, _ = meter.stop()
    # For each period that was watched; shared by all models.
    return Measure(values, cpu / max(1, len(rows)), wall)
