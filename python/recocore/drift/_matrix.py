"""Measures of origins and ages as tables of origins and periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from recocore.drift._records import Measure

__all__ = ["Grid", "points_of"]


@dataclass(frozen=True)
class Grid:
    """The origins that were measured, all at one distance; the periods between two of them are one block."""

    first: int
    periods: int
    stride: int

    @property
    def origins(self) -> range:
        """Of the models; each begins a block."""
        return range(self.first, self.periods, self.stride)

    @property
    def blocks(self) -> int:
        """How many there are."""
        return len(self.origins)

    def block_of(self, period: int) -> int:
        """The block a period is in."""
        return (period - self.first) // self.stride

    def matrix(self, measures: Mapping[int, Measure], metric: str) -> NDArray[np.float64]:
        """What the model of each origin (row) brings in each block (column) from its own on; 0 before."""
        values = np.zeros((self.blocks, self.blocks))
        for row, origin in enumerate(self.origins):
            by_age = measures[origin][metric]
            for block in range(row, self.blocks):
                begin = (block - row) * self.stride
                values[row, block] = by_age[begin : begin + self.stride].sum()
        return values

    def flat(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """As the planning functions take it: row by row, from the diagonal on."""
        return matrix[np.triu_indices(self.blocks)]

    def costs(self, measures: Mapping[int, Measure]) -> NDArray[np.float64]:
        """CPU seconds of each fit."""
        return np.array([measures[origin].cpu_seconds for origin in self.origins])


def points_of(
    measures: Mapping[int, Measure],
    origins: Sequence[int],
    metric: str,
    part: str = "all",
    fresh_metric: str | None = None,
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.float64], NDArray[np.float64]]:
    """Origin, age, value and the value of the fresh model of that period, for all ages with a fresh model.

    ``fresh_metric`` is indexed by the age of the origin that looks, instead of by the fresh model's own.
    """
    rows = []
    for origin in origins:
        values = measures[origin].values[part, metric]
        for period in origins:
            age = period - origin
            if age < 0 or age >= len(values):
                continue
            fresh = measures[period].values[part, fresh_metric or metric]
            rows.append((origin, age, values[age], fresh[age] if fresh_metric else fresh[0]))
    table = np.array(rows, dtype=float).reshape(-1, 4)
    return table[:, 0].astype(np.uint32), table[:, 1].astype(np.uint32), table[:, 2].copy(), table[:, 3].copy()
