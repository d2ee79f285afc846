"""Audiences, campaigns and look-alikes as columns."""

from __future__ import annotations

import csv
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from recocore._tables import html_table, text_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Audience", "Campaign", "LookAlikeRecall", "LookAlikes"]

#: Rows that a text or HTML table shows at most.
SHOWN_ROWS = 20


class _Rows:
    """Columns of the same length."""

    _names: ClassVar[tuple[str, ...]]
    _title: ClassVar[str]

    def __init__(self, columns: Mapping[str, NDArray[Any]]) -> None:
        self._columns = {name: columns[name] for name in self._names}

    @classmethod
    def column_names(cls) -> tuple[str, ...]:
        """Names of the columns, in their order."""
        return cls._names

    @property
    def user_id(self) -> NDArray[Any]:
        """Users: int64, or objects of type str."""
        return self._columns["user_id"]

    @property
    def score(self) -> NDArray[np.float32]:
        """Scores of the model, which only rows of the same user can be compared by."""
        return self._columns["score"]

    def to_dict(self) -> dict[str, list[Any]]:
        """Columns as lists."""
        return {name: values.tolist() for name, values in self._columns.items()}

    def to_pandas(self) -> pd.DataFrame:
        """A ``pandas.DataFrame``."""
        import pandas as pd

        return pd.DataFrame(self._columns)

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the rows as CSV in UTF-8 with a header.

        The file is complete or not there: it is written beside and then put in place.

        Parameters
        ----------
        path : str or path
            A file there is replaced.

        Returns
        -------
        pathlib.Path
        """
        target = Path(path)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(self._names)
                # float32 as short as it is exact.
                shown = [
                    [str(value) for value in values] if values.dtype == np.float32 else values.tolist()
                    for values in self._columns.values()
                ]
                writer.writerows(zip(*shown, strict=True))
                file.flush()
                os.fsync(file.fileno())
            umask = os.umask(0)
            os.umask(umask)
            part.chmod(0o666 & ~umask)
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return target

    def __len__(self) -> int:
        return int(self.user_id.size)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return zip(*(values.tolist() for values in self._columns.values()), strict=True)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return all(np.array_equal(self._columns[name], other._columns[name]) for name in self._names)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        header, rows, hidden = self._shown()
        text = text_table(header, rows)
        return f"{text}\n... and {hidden:,} more" if hidden else text

    def _repr_html_(self) -> str:
        header, rows, hidden = self._shown()
        title = f"{self._title}, the first {SHOWN_ROWS} of {len(self):,}" if hidden else self._title
        return html_table(title, header, rows)

    def _shown(self) -> tuple[list[str], list[list[str]], int]:
        columns = [values[:SHOWN_ROWS].tolist() for values in self._columns.values()]
        rows = [
            [f"{value:.4g}" if isinstance(value, float) else str(value) for value in row]
            for row in zip(*columns, strict=True)
        ]
        return list(self._names), rows, max(0, len(self) - SHOWN_ROWS)


class _Told(_Rows):
    @property
    def rank(self) -> NDArray[np.uint32]:
        """Place of the item in the user's list of all items he does not have, from 1."""
        return self._columns["rank"]

    @property
    def meaning(self) -> NDArray[np.float32]:
        """How much the item means to the user, from 0 to 1: see :func:`recocore.audience.audience`."""
        return self._columns["meaning"]

    @property
    def evidence(self) -> NDArray[np.uint32]:
        """How many items of the user this rests on."""
        return self._columns["evidence"]


class Audience(_Told):
    """Users to tell about an item, those it means most to first.

    Columns: ``user_id, rank, meaning, score, evidence``.
    """

    _names = ("user_id", "rank", "meaning", "score", "evidence")
    _title = "Audience"


class Campaign(_Told):
    """Messages: whom to tell about what, by user, the most meaningful first.

    Columns: ``user_id, item_id, meaning, score, rank, evidence``.

    Attributes
    ----------
    total : float
        Sum of the meanings.
    upper_bound : float
        What no choice within the caps can exceed.
    """

    _names = ("user_id", "item_id", "meaning", "score", "rank", "evidence")
    _title = "Campaign"

    def __init__(self, columns: Mapping[str, NDArray[Any]], total: float, upper_bound: float) -> None:
        super().__init__(columns)
        self.total = total
        self.upper_bound = upper_bound

    @property
    def item_id(self) -> NDArray[Any]:
        """What the user is told about: int64, or objects of type str."""
        return self._columns["item_id"]

    @property
    def gap(self) -> float:
        """Share of the best possible that may be missing: 1 - total / upper_bound."""
        return 1.0 - self.total / self.upper_bound if self.upper_bound > 0 else 0.0


@dataclass(frozen=True)
class LookAlikeRecall:
    """How many of the seeds that were put aside are found again among the first.

    ``recall[k]``, for k = 1, 2, 5, 10, is the share of the ``hidden`` that is among the first ``hidden`` times k of the
    ``candidates``, who are all users but the other seeds; ``random`` and ``most_active`` are the same for a random
    order, on average, and for the order by number of items.
    """

    hidden: int
    candidates: int
    recall: dict[int, float]
    random: dict[int, float]
    most_active: dict[int, float]

    def lift(self, k: int = 1) -> float:
        """How many times as many are found as by chance."""
        return self.recall[k] / self.random[k]

    def __repr__(self) -> str:
        header = ["among the first", "recall", "random", "most active", "lift"]
        rows = [
            [
                f"{self.hidden * k:,}",
                *(f"{of[k]:.1%}" for of in (self.recall, self.random, self.most_active)),
                f"{self.lift(k):.1f}x",
            ]
            for k in self.recall
        ]
        return f"{self.hidden:,} hidden among {self.candidates:,}\n{text_table(header, rows)}"


class LookAlikes(_Rows):
    """Users most like given ones, best first.

    Columns: ``user_id, score``.

    Attributes
    ----------
    recall : LookAlikeRecall or None
        Of seeds that were hidden; None when none were.
    """

    _names = ("user_id", "score")
    _title = "Look-alikes"

    def __init__(self, columns: Mapping[str, NDArray[Any]], recall: LookAlikeRecall | None) -> None:
        super().__init__(columns)
        self.recall = recall
