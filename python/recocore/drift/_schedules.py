"""Ways of keeping a model fresh, by their names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from recocore.errors import InvalidParameterError

__all__ = ["DETECTORS", "Regime", "Schedule", "default_schedules", "parse_schedule"]

#: What each detector watches.
DETECTORS: dict[str, str] = {
    "jensen-shannon": "inputs",
    "rank-overlap": "inputs",
    "population-stability": "inputs",
    "births": "inputs",
    "deaths": "inputs",
    "unknown-users": "inputs",
    "list-change": "lists",
    "coverage": "lists",
    "gini": "lists",
    "adwin": "hits",
    "page-hinkley": "hits",
}

_FORMS = (
    "never, every:K, sliding:W, sliding:W/every:K, decay:H, decay:H/every:K, incremental, cost-aware, oracle, "
    "oracle:N, random:N, and triggered:DETECTOR with one of " + ", ".join(DETECTORS)
)


@dataclass(frozen=True)
class Regime:
    """What a fit is given: all that came before, its last periods, or all with weights that fade."""

    kind: str = "growing"
    periods: int = 0  #: length of the window, or half-life

    @property
    def name(self) -> str:
        """As in the records."""
        return self.kind if self.kind == "growing" else f"{self.kind}:{self.periods}"


@dataclass(frozen=True)
class Schedule:
    """When a model is fitted, and on what."""

    text: str
    kind: str
    regime: Regime = Regime()
    number: int = 0  #: periods between fits; of random and oracle schedules how many fits, 0 for as many as pay
    detector: str = ""

    def title(self, period: str) -> str:
        """In plain words, with periods called by their name."""
        every = f"every {period}" if self.number == 1 else "every " + _many(self.number, period)
        window = _many(self.regime.periods, period)
        return {
            "never": "never refit",
            "every": f"refit {every}",
            "sliding": f"refit {every} on the last {window}",
            "decay": f"refit {every}, half-life {window}",
            "incremental": f"update exactly every {period}",
            "cost-aware": "refit when the expected loss exceeds the cost",
            "oracle": "the best there could have been, knowing the future"
            + (f", with {self.number} fits" if self.number else ""),
            "random": f"{self.number} fits at random times",
            "triggered": f"refit when {self.detector} raises an alarm",
        }[self.kind]


def parse_schedule(text: object) -> Schedule:
    """A schedule from its name.

    Raises
    ------
    InvalidParameterError
        Not the name of a schedule.
    """
    if isinstance(text, str):
        if text in {"never", "incremental", "cost-aware", "oracle"}:
            return Schedule(text, text)
        numbered = re.fullmatch(r"(every|random|oracle):([1-9][0-9]{0,5})", text)
        if numbered:
            return Schedule(text, numbered[1], number=int(numbered[2]))
        windowed = re.fullmatch(r"(sliding|decay):([1-9][0-9]{0,5})(?:/every:([1-9][0-9]{0,5}))?", text)
        if windowed:
            regime = Regime(windowed[1], int(windowed[2]))
            return Schedule(text, windowed[1], regime, number=int(windowed[3] or 1))
        kind, _, detector = text.partition(":")
        if kind == "triggered" and detector in DETECTORS:
            return Schedule(text, kind, detector=detector)
    raise InvalidParameterError(f"{text!r} is not a schedule; there are {_FORMS}")


def default_schedules(scored: int) -> list[Schedule]:
    """What is tried when nothing is asked for, with so many periods to score."""
    steps = [step for step in (1, 2, 4, 8, 13, 26) if step <= max(1, scored // 3)]
    window = max(2, scored // 2)
    names = ["never", *(f"every:{step}" for step in steps), f"sliding:{window}", f"decay:{window}", "incremental"]
    names += [f"triggered:{detector}" for detector in DETECTORS]
    return [parse_schedule(name) for name in [*names, "cost-aware", "oracle"]]


def _many(count: int, period: str) -> str:
    number, _, unit = period.rpartition(" ")
    if number:
        return f"{count * int(number)} {unit}"
    return f"{count} {period}s" if count != 1 else f"1 {period}"
