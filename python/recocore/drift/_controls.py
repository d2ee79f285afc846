"""What must hold, and worlds in which the answer is known."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore.drift._measuring import World, fit_before, fit_on, measure_origin, values_of
from recocore.drift._records import Measure
from recocore.drift._schedules import Regime
from recocore.drift._work import Work, inputs_of
from recocore.interactions import Interactions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recocore._base import Recommender


__all__ = ["ABRUPT", "FLAT", "GRADUAL", "PERMUTED", "Controls"]

#: Schedules under which the controls are in the records.
PERMUTED, FLAT = "control:permuted", "control:permuted-window"
ABRUPT, GRADUAL = "control:abrupt", "control:gradual"
#: What is put there: this share of the events, at once or over so many periods.
CHANGED_SHARE = 0.5
RAMP = 8
#: Refits of which stability is measured, and users whose lists are compared.
MOST_REFITS = 10
MOST_USERS = 1000
#: Lists that are timed while nothing happens, and from the beginning of a swap on.
SWAP_LISTS = 2000
#: Updates that are compared with fits, to the byte.
COMPARED = 3
#: After as many updates that all were fits the others will be, too.
FIRST_UPDATES = 5


class Controls:
    """Steps that measure what is needed beside the matrix of origins and periods."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._worlds: dict[str, World] = {}

    def tasks(self) -> Iterator[Callable[[], None]]:
        """Steps that are not in the records yet."""
        work = self.work
        coarse = work.origins()[0]
        for name in work.models:
            if any(schedule.kind == "incremental" for schedule in work.schedules):
                yield from self._finding(f"incremental:{name}", partial(self.updates, name))
            yield from self._finding(f"swap:{name}", partial(self.swap, name))
            yield from self._finding(f"stability:{name}", partial(self.stability, name, coarse))
        if work.controls:
            for origin in coarse:
                yield from self._permuted(origin)
            yield from self._changed()

    def _permuted(self, origin: int) -> Iterator[Callable[[], None]]:
        if not self.work.records.has(("", PERMUTED), origin):
            yield partial(self.inputs, PERMUTED, origin)
        for name in self.work.models:
            for schedule in (PERMUTED, FLAT):
                if not self.work.records.has((name, schedule), origin):
                    yield partial(self.permuted, name, schedule, origin)

    def _changed(self) -> Iterator[Callable[[], None]]:
        at = self.change_at()
        for schedule in (ABRUPT, GRADUAL):
            if not self.work.records.has(("", schedule), at):
                yield partial(self.inputs, schedule, at)
        for name in self.work.models:
            if not self.work.records.has((name, GRADUAL), at):
                yield partial(self.changed, name)

    def _finding(self, name: str, find: Callable[[], Any]) -> Iterator[Callable[[], None]]:
        if name not in self.work.records.findings:
            yield partial(self._find, name, find)

    def _find(self, name: str, find: Callable[[], Any]) -> None:
        self.work.records.find(name, find())

    def world(self, name: str) -> World:
        """The world of a control."""
        if name not in self._worlds:
            self._worlds[name] = self._make(name)
        return self._worlds[name]

    def _make(self, name: str) -> World:
        plan, timeline = self.work.plan, self.work.world.timeline
        shuffled = timeline.shuffled(plan.seed)
        # When an item was on offer has no meaning where times are permuted.
        plan = replace(plan, offers=None)
        if name == PERMUTED:
            return World.of(shuffled, plan)
        if name == FLAT:
            return World.of(timeline.shuffled(plan.seed, even=True), plan, histories="live")
        ramp = 1 if name == ABRUPT else RAMP
        return World.of(shuffled.with_change(self.change_at(), CHANGED_SHARE, ramp, plan.seed), plan)

    def change_at(self) -> int:
        """Where a change is put."""
        return self.work.plan.first + self.work.scored // 3

    def permuted(self, name: str, schedule: str, origin: int) -> None:
        """Frozen models where there is no drift: as the run, and with nothing that differs but the age.

        The second is a window of constant length over periods of constant volume, so that old and new models have
        learned from as many events, and live histories.
        """
        regime = Regime() if schedule == PERMUTED else Regime("sliding", self.work.plan.first)
        measure = measure_origin(self.work.models[name], self.world(schedule), origin, regime, self.work.plan)
        self.work.records.add((name, schedule), origin, measure)

    def inputs(self, schedule: str, origin: int) -> None:
        """What the detectors of inputs see where there is no drift, or of a change that was put there."""
        work = self.work
        measure = inputs_of(self.world(schedule).timeline, origin, work.plan, work.rate, stop=False)
        work.records.add(("", schedule), origin, measure)

    def changed(self, name: str) -> None:
        """A model fitted just before a change that was put there."""
        work, at = self.work, self.change_at()
        fitted, (wall, cpu, peak) = fit_before(work.models[name], self.world(ABRUPT), at, Regime(), work.plan)
        for schedule in (ABRUPT, GRADUAL):
            world = self.world(schedule)
            scores = world.replay.score(fitted.model_, at, world.timeline.periods - at, work.plan.threads)
            work.records.add((name, schedule), at, Measure(values_of(scores, whole=True), cpu, wall, peak))

    def updates(self, name: str) -> dict[str, Any]:
        """A model that is updated with each period, and whether it equals fits.

        A model whose first updates all were fits is updated further only where it is compared: that costs what the fits
        of the table cost.
        """
        work = self.work
        timeline, first = work.world.timeline, work.plan.first
        fitted, _ = fit_before(work.models[name], work.world, first, Regime(), work.plan)
        model, learned = with_what_it_learned(work.models[name], fitted)
        costs: list[tuple[float, float]] = []
        equal: list[bool] = []
        repaired = tried = 0
        compared = np.linspace(first + 1, timeline.periods - 1, COMPARED).round().astype(int).tolist()
        since = first
        for period in range(first + 1, timeline.periods):
            repairs = repaired > 0 or tried < FIRST_UPDATES
            if not repairs and period not in compared:
                continue
            meter = _core.CostMeter()
            new = timeline.interactions(since, period, None)
            since = period
            if len(new):
                limits = _core.Limits(time_limit=None, memory_limit=None)
                report = _core.live_change(fitted.model_, None, new, work.plan.threads, limits, None)
                repaired += not report["refitted"]
                tried += 1
            wall, cpu, _ = meter.stop()
            if repairs:
                costs.append((cpu, wall))
            if period in compared:
                again, _ = fit_before(model, work.world, period, Regime(), work.plan)
                equal.append(fitted.model_.to_bytes() == again.model_.to_bytes())
        if not repaired:
            costs = []
        return {
            "cpu_seconds": [cpu for cpu, _ in costs],
            "wall_seconds": [wall for _, wall in costs],
            "repaired": repaired,
            "updates": tried,
            "kept": learned,
            "compared": len(equal),
            "equal": all(equal),
        }

    def stability(self, name: str, origins: list[int]) -> dict[str, list[float]]:
        """How much lists change at refits, and between fits that differ by as many events, drawn at random."""
        work, model = self.work, self.work.models[name]
        timeline, replay = work.world.timeline, work.world.replay
        found: dict[str, list[float]] = {"jaccard": [], "rbo": [], "noise_jaccard": [], "noise_rbo": []}
        usable = [origin for origin in origins if origin + 1 < timeline.periods]
        places = np.unique(np.linspace(0, len(usable) - 1, min(MOST_REFITS, len(usable))).round().astype(int))
        for origin in (usable[place] for place in places):
            older, _ = fit_before(model, work.world, origin, Regime(), work.plan)
            newer, _ = fit_before(model, work.world, origin + 1, Regime(), work.plan)
            count = int(timeline.offsets[origin + 1] - timeline.offsets[origin])
            rest = Interactions._from_core(timeline.without_random_events(origin + 1, count, work.plan.seed + origin))
            thinned = fit_on(model, rest, work.plan.catalogue)
            for prefix, other in (("", older), ("noise_", thinned)):
                change = replay.compare(other.model_, newer.model_, origin + 1, MOST_USERS, work.plan.threads)
                # Of sessions that are all new nobody had a list before.
                if change["lists"]:
                    found[f"{prefix}jaccard"].append(change["jaccard"])
                    found[f"{prefix}rbo"].append(change["rbo"])
        return found

    def swap(self, name: str) -> dict[str, float]:
        """How long lists take while the last model is fitted and put in place."""
        work, model = self.work, self.work.models[name]
        last = work.world.timeline.periods - 1
        fitted, _ = fit_before(model, work.world, last, Regime(), work.plan)

        def fit_next() -> _core.Model:
            return fit_before(model, work.world, last, Regime(), work.plan)[0].model_

        return dict(_core.swap_latency(fitted.model_, fit_next, SWAP_LISTS).items())


def with_what_it_learned(model: Recommender, fitted: Recommender) -> tuple[Recommender, list[str]]:
    """The model with the settings that its fit found where none were given, which updates keep, and their names."""
    found = {name: getattr(fitted, f"{name}_", None) for name, value in model.get_params().items() if value is None}
    learned = {name: value for name, value in found.items() if value is not None}
    return type(model)(**{**model.get_params(), **learned}), sorted(learned)
