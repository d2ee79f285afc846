"""Fits models of the past and scores them on what came after."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore._catalogued import CatalogueModel
from recocore._checks import check_threads
from recocore.drift._offers import EVER
from recocore.drift._records import Measure
from recocore.errors import InvalidDataError
from recocore.interactions import Interactions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from recocore._base import Recommender
    from recocore.catalogue import Catalogue
    from recocore.drift._schedules import Regime

__all__ = ["SLICES", "Plan", "World", "fit_before", "measure_origin"]

SLICES = ("new_items", "new_users", "warm")


@dataclass(frozen=True)
class Plan:
    """What all of a run share."""

    n: int
    exclude_seen: bool
    protocol: str
    histories: str
    first: int
    most_lists: int
    seed: int
    threads: int
    #: Days after which an event counts half, of the interactions that were given.
    catalogue: Catalogue | None
    #: For each item id the instants between which it is on offer, where the catalogue knows.
    offers: Mapping[Any, tuple[int, int]] | None


@dataclass(frozen=True)
class World:
    """A timeline and what scores on it: that of the events, or one of a control."""

    timeline: _core.Timeline
    replay: _core.Replay

    @classmethod
    def of(cls, timeline: _core.Timeline, plan: Plan, **changed: Any) -> World:
        """Scored as the plan says, but for what is changed."""
        plan = replace(plan, **changed)
        offered_from = offered_until = None
        if plan.offers is not None:
            bounds = [plan.offers.get(item, EVER) for item in timeline.items().tolist()]
            offered_from = np.array([start for start, _ in bounds], dtype=np.int64)
            offered_until = np.array([end for _, end in bounds], dtype=np.int64)
        replay = _core.Replay(
            timeline,
            n=plan.n,
            exclude_seen=plan.exclude_seen,
            protocol=plan.protocol,
            histories=plan.histories,
            first=plan.first,
            most_lists=plan.most_lists,
            seed=plan.seed,
            offered_from=offered_from,
            offered_until=offered_until,
        )
        return cls(timeline, replay)


def fit_before(
    model: Recommender, world: World, origin: int, regime: Regime, plan: Plan
) -> tuple[Recommender, tuple[float, float, int | None]]:
    """A model fitted on what came before a period, and what that cost: CPU and wall seconds, peak bytes."""
    meter = _core.CostMeter()
    since = max(0, origin - regime.periods) if regime.kind == "sliding" else 0
    half_life = regime.periods * world.timeline.length / 1e6 if regime.kind == "decay" else None
    events = Interactions._from_core(world.timeline.interactions(since, origin, half_life))
    if len(events) == 0:
        raise InvalidDataError(
            f"there are no events to fit {model!r} on in the {origin - since} periods before "
            f"{_core.format_time(world.timeline.start_of(origin))}; the first event of all is of "
            f"{_core.format_time(int(world.timeline.event_times()[0]))}: is its date right? Else leave the gap out, or "
            "take longer periods or windows"
        )
    return fit_on(model, events, plan.catalogue), meter.stop()


def fit_on(model: Recommender, events: Interactions, catalogue: Catalogue | None) -> Recommender:
    """A fit of a copy."""
    fitted = copy.copy(model)
    if catalogue is not None and isinstance(fitted, CatalogueModel):
        return fitted.fit(events, items=catalogue)  # type: ignore[call-arg]
    return fitted.fit(events)


def measure_origin(
    model: Recommender,
    world: World,
    origin: int,
    regime: Regime,
    plan: Plan,
    *,
    whole: bool = True,
    ages: int | None = None,
    keep: Callable[[Recommender], None] | None = None,
) -> Measure:
    """Fit, score all periods from the origin on, and let the fitted model be looked at.

    With ``whole=False`` only what schedules need.
    """
    fitted, (wall, cpu, peak) = fit_before(model, world, origin, regime, plan)
    left = world.timeline.periods - origin
    scores = world.replay.score(fitted.model_, origin, min(left, ages or left), plan.threads or check_threads(-1))
    if keep is not None:
        keep(fitted)
    return Measure(values_of(scores, whole=whole), cpu, wall, peak)


def values_of(scores: Mapping[str, Any], *, whole: bool) -> dict[tuple[str, str], NDArray[Any]]:
    """Scores by slice and metric, an entry an age."""
    every, offered = scores["all"], scores["live"]
    values = {
        ("all", "lists"): every["lists"],
        ("all", "relevant"): every["relevant"].sum(axis=1),
        ("all", "hits"): every["hits"].sum(axis=1),
        ("all", "hits_on_offer"): offered["hits"].sum(axis=1),
        ("all", "ndcg"): every["ndcg"],
    }
    if whole:
        values["all", "ndcg_on_offer"] = offered["ndcg"]
        for name in ("coverage", "gini", "divergence"):
            values["all", name] = every[name]
        for place, part in enumerate(SLICES):
            values[part, "relevant"] = every["relevant"][:, place]
            values[part, "hits"] = every["hits"][:, place]
            values[part, "hits_on_offer"] = offered["hits"][:, place]
            # Of the model of this origin when it is new, as models seen from older origins see the parts: an entry an
            # age of those.
            values[part, "fresh_hits"] = every["fresh_hits"][:, place]
            values[part, "fresh_hits_on_offer"] = offered["fresh_hits"][:, place]
        outcomes = scores["outcomes"]
        for name, alarm in (
            ("adwin", _core.first_alarm_adwin(outcomes)),
            ("page-hinkley", _core.first_alarm_page_hinkley(outcomes)),
        ):
            values["all", f"alarm:{name}"] = np.array([-1 if alarm is None else alarm])
    return values
