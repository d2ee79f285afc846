"""What may be tried for the parameters of a model.

A space is a dict from names of parameters to what they may be:

>>> from recocore import spaces
>>> space = {
...     "k": spaces.Int(10, 500, log=True),
...     "similarity": spaces.Choice("cosine", "asymmetric_cosine"),
...     "alpha": spaces.When("similarity", "asymmetric_cosine", spaces.Float(0.3, 0.9)),
... }
>>> import random
>>> sorted(spaces.sample(space, random.Random(0)))
['alpha', 'k', 'similarity']

The spaces of the models, by their method ``search_space()``, hold what published work found to be good.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from recocore._checks import check_count, check_number
from recocore.errors import InvalidParameterError

if TYPE_CHECKING:
    from random import Random

__all__ = ["Choice", "Dimension", "Float", "Int", "Space", "When", "sample", "walk"]


@dataclass(frozen=True)
class Float:
    """A number from ``low`` to ``high``; with ``log`` each order of magnitude is as likely as another."""

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        low, high = check_number("low", self.low), check_number("high", self.high)
        if low > high or (self.log and low <= 0):
            least = "above 0, " if self.log else ""
            raise InvalidParameterError(f"low must be {least}not above high; got {self.low!r} and {self.high!r}")

    def sample(self, random: Random) -> float:
        """Draw a value."""
        if not self.log:
            return min(self.high, self.low + random.random() * (self.high - self.low))
        exponent = math.log(self.low) + random.random() * (math.log(self.high) - math.log(self.low))
        return min(self.high, max(self.low, math.exp(exponent)))

    def __contains__(self, value: object) -> bool:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and self.low <= value <= self.high


@dataclass(frozen=True)
class Int:
    """A whole number from ``low`` to ``high``, both included; ``log`` as in :class:`Float`."""

    low: int
    high: int
    log: bool = False

    def __post_init__(self) -> None:
        low, high = check_count("low", self.low, at_least=0), check_count("high", self.high, at_least=0)
        if low > high or (self.log and low < 1):
            least = "at least 1, " if self.log else ""
            raise InvalidParameterError(f"low must be {least}not above high; got {self.low!r} and {self.high!r}")

    def sample(self, random: Random) -> int:
        """Draw a value."""
        if not self.log:
            return random.randint(self.low, self.high)
        low, high = math.log(self.low - 0.5), math.log(self.high + 0.5)
        return min(self.high, max(self.low, round(math.exp(low + random.random() * (high - low)))))

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high


class Choice:
    """One of some values: numbers, text, True, False or None."""

    values: tuple[Any, ...]

    def __init__(self, *values: float | str | bool | None) -> None:
        if not values:
            raise InvalidParameterError("a choice needs at least one value; got none")
        self.values = values

    def sample(self, random: Random) -> Any:
        """Draw a value."""
        return self.values[random.randrange(len(self.values))]

    def __contains__(self, value: object) -> bool:
        return any(value is known or (type(value) is type(known) and value == known) for known in self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Choice) and self.values == other.values

    def __hash__(self) -> int:
        return hash(self.values)

    def __repr__(self) -> str:
        return f"Choice({', '.join(map(repr, self.values))})"


@dataclass(frozen=True)
class When:
    """A parameter that only matters when an earlier one has a certain value, or one of several.

    When it has another, the parameter is ``otherwise``: by default what it is when nobody says anything.
    """

    parameter: str
    values: Any
    then: Float | Int | Choice
    otherwise: Any = ...

    def holds(self, chosen: Mapping[str, Any]) -> bool:
        """Whether it matters, given what was chosen for the parameters before."""
        values = self.values if isinstance(self.values, (tuple, list, set, frozenset)) else (self.values,)
        return self.parameter in chosen and chosen[self.parameter] in values


Dimension: TypeAlias = Float | Int | Choice | When
Space: TypeAlias = Mapping[str, Dimension]


def walk(space: Space, choose: Callable[[str, Float | Int | Choice], Any]) -> dict[str, Any]:
    """Let ``choose`` find a value for each parameter that matters, in their order."""
    chosen: dict[str, Any] = {}
    for name, dimension in space.items():
        if isinstance(dimension, When):
            if dimension.parameter not in space or list(space).index(dimension.parameter) >= list(space).index(name):
                raise InvalidParameterError(
                    f"{name!r} depends on {dimension.parameter!r}, which must come before it in the space"
                )
            if dimension.holds(chosen):
                chosen[name] = choose(name, dimension.then)
            elif dimension.otherwise is not ...:
                chosen[name] = dimension.otherwise
        elif isinstance(dimension, (Float, Int, Choice)):
            chosen[name] = choose(name, dimension)
        else:
            raise InvalidParameterError(
                f"{name!r} must be a Float, Int, Choice or When of recocore.spaces; got {dimension!r}"
            )
    return chosen


def sample(space: Space, random: Random) -> dict[str, Any]:
    """Draw a value for each parameter that matters."""
    return walk(space, lambda _, dimension: dimension.sample(random))
