"""Lists of recommendations: columns, not objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, overload

import numpy as np

from recocore import _core
from recocore._checks import shown
from recocore._columns import as_ids
from recocore._tables import html_table, text_table
from recocore.errors import UnknownIdError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import polars as pl
    from numpy.typing import NDArray
    from typing_extensions import Self

    from recocore.reasons import Reason

__all__ = ["Recommendation", "Recommendations", "SimilarItem", "SimilarItems"]

TIERS = np.array(_core.TIERS, dtype=object)

#: Rows that a text or HTML table shows at most.
SHOWN_ROWS = 20


class Recommendation(NamedTuple):
    """One row of :class:`Recommendations`."""

    user_id: int | str | None
    item_id: int | str
    rank: int
    score: float
    tier: str


class SimilarItem(NamedTuple):
    """One row of :class:`SimilarItems`."""

    similar_to: int | str
    item_id: int | str
    rank: int
    score: float
    tier: str


class _Lists:
    """Lists one after the other, as columns that are made when they are asked for."""

    _row: ClassVar[Any]
    _title: ClassVar[str]

    __slots__ = ("__weakref__", "_columns", "_core", "reasons")

    def __init__(self, core: _core.Lists) -> None:
        self._core = core
        self._columns: dict[str, NDArray[Any]] = {}
        #: Why each row is there, when that was asked for.
        self.reasons: list[Reason] | None = None

    @classmethod
    def column_names(cls) -> tuple[str, ...]:
        """Names of the columns, in their order."""
        names: tuple[str, ...] = cls._row._fields
        return names

    @property
    def item_id(self) -> NDArray[Any]:
        """Recommended items, best first in each list: int64, or objects of type str."""
        return self._column("item_id", self._core.item_ids)

    @property
    def rank(self) -> NDArray[np.int32]:
        """Place in the list, from 1."""
        return self._column("rank", self._core.ranks)

    @property
    def price(self) -> tuple[float, float] | None:
        """Of a list by rules with a ``value_column``: percent of expected value gained, percent of NDCG lost."""
        ruled = self._core.ruled()
        return None if ruled is None else ruled[2]

    @property
    def score(self) -> NDArray[np.float32]:
        """What the list is ordered by; comparable between rows of the same tier."""
        return self._column("score", self._core.scores)

    @property
    def tier(self) -> NDArray[np.object_]:
        """Where the row comes from: ``"collaborative"`` or ``"popular"``, which fills up what the model leaves open."""
        return self._column("tier", lambda: TIERS[self._core.tiers()])

    def to_dict(self) -> dict[str, list[Any]]:
        """Columns as lists."""
        return {name: getattr(self, name).tolist() for name in self.column_names()}

    def to_pandas(self) -> pd.DataFrame:
        """A ``pandas.DataFrame``; ``tier`` is a categorical column. Needs no pyarrow."""
        import pandas as pd

        columns = {name: getattr(self, name) for name in self.column_names()[:-1]}
        tier = pd.Categorical.from_codes(self._core.tiers(), categories=pd.Index(_core.TIERS))
        return pd.DataFrame({**columns, "tier": tier})

    def to_polars(self) -> pl.DataFrame:
        """A ``polars.DataFrame``; ``tier`` is a categorical column."""
        import polars as pl

        return pl.DataFrame(self)

    def to_arrow(self) -> Any:
        """A ``pyarrow.Table``; ``tier`` is dictionary-encoded."""
        import pyarrow as pa

        return pa.table(self)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """For other libraries: the columns as a stream of one batch."""
        return self._core.arrow_stream(self.column_names()[0])

    def __len__(self) -> int:
        return len(self._core)

    @overload
    def __getitem__(self, row: int) -> Any: ...
    @overload
    def __getitem__(self, row: slice) -> list[Any]: ...
    def __getitem__(self, row: int | slice) -> Any:
        """A row as a named tuple, or a list of rows."""
        if isinstance(row, slice):
            return [self[number] for number in range(*row.indices(len(self)))]
        # Items of arrays are NumPy's own scalars; rows hold plain ones.
        values = (getattr(self, name)[row] for name in self.column_names())
        return self._row(*(value.item() if isinstance(value, np.generic) else value for value in values))

    def __iter__(self) -> Iterator[Any]:
        columns = (getattr(self, name).tolist() for name in self.column_names())
        return map(self._row, *columns)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in self.column_names())

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        core = self._core
        return _restore, (
            type(self),
            core.keys(),
            core.offsets(),
            core.item_ids(),
            core.scores(),
            core.tiers(),
        )

    def __repr__(self) -> str:
        header, rows, hidden = self._shown()
        text = text_table(header, rows)
        return f"{text}\n... and {hidden:,} more" if hidden else text

    def _repr_html_(self) -> str:
        header, rows, hidden = self._shown()
        return html_table(
            f"{self._title}, the first {SHOWN_ROWS} of {len(self):,}" if hidden else self._title, header, rows
        )

    def _shown(self) -> tuple[list[str], list[list[str]], int]:
        rows = [[_cell(value) for value in row] for row in self[:SHOWN_ROWS]]
        return list(self.column_names()), rows, len(self) - len(rows)

    def _column(self, name: str, make: Any) -> NDArray[Any]:
        column = self._columns.get(name)
        if column is None:
            column = self._columns[name] = make()
        return column


class Recommendations(_Lists):
    """Lists of recommendations, one row an entry.

    Columns: ``user_id, item_id, rank, score, tier``. Ids are your own. ``user_id`` is None in all rows when
    the lists are for a bare history. The object exports itself as an Arrow stream.
    """

    _row = Recommendation
    _title = "Recommendations"
    __slots__ = ()

    @property
    def user_id(self) -> NDArray[Any]:
        """Whom the row is for: int64, objects of type str, or None."""

        def make() -> NDArray[Any]:
            ids = self._core.key_ids()
            return np.full(len(self), None, dtype=object) if ids is None else ids

        return self._column("user_id", make)

    def for_user(self, user_id: int | str) -> Self:
        """Only the list of one user.

        Raises
        ------
        UnknownIdError
            A user nothing was asked for.
        """
        found = self._core.find(user_id)
        if not found:
            raise UnknownIdError(f"there is no list for the user {shown(user_id)}: it was not asked for")
        return type(self)(self._core.select(found[:1]))


class SimilarItems(_Lists):
    """Items similar to one, best first.

    Columns: ``similar_to, item_id, rank, score, tier``. The object exports itself as an Arrow stream.
    """

    _row = SimilarItem
    _title = "Similar items"
    __slots__ = ()

    @property
    def similar_to(self) -> NDArray[Any]:
        """The item asked for: int64, or objects of type str."""
        ids = self._core.key_ids()
        assert ids is not None  # every such list is for an item
        return ids


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _restore(
    kind: type[_Lists],
    keys: NDArray[Any] | None,
    offsets: NDArray[np.uint64],
    items: NDArray[Any],
    scores: NDArray[np.float32],
    tiers: NDArray[np.int8],
) -> _Lists:
    ids = None if keys is None else as_ids(keys, "id")
    core = _core.Lists.from_columns(ids, offsets.tolist(), as_ids(items, "item id"), scores.tolist(), tiers.tolist())
    return kind(core)
