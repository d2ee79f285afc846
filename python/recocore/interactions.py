"""Who interacted with what, and how strongly."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore._checks import check_count, check_number, check_text, shown, to_microseconds, to_seconds
from recocore._reading import ColumnNames, is_sparse, read_columns, read_table
from recocore._tables import html_table
from recocore.errors import InvalidDataError, InvalidParameterError, UnknownIdError
from recocore.report import Report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, timedelta

    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_array

    from recocore._core import Interactions as CoreInteractions

__all__ = ["Interactions", "as_interactions"]


class Interactions:
    """Users and the items they interacted with: what every model is fitted on. Immutable.

    Made with one of :meth:`from_table`, :meth:`from_arrays`, :meth:`from_sparse` and :meth:`from_csv`, which
    share these options; they are applied in the order given.

    Parameters
    ----------
    max_events_per_user : int, default 20000
        Of a user with more events than this the latest count: a robot must not own the model.
    half_life : float or timedelta, optional
        Exponential decay: an event this many days before ``reference_time`` counts half.
    reference_time : datetime, date or str, optional
        Default: the time of the latest event. Without a time zone: UTC.
    duplicates : {"sum", "max", "last", "binary"}, default "sum"
        What several events of one user with one item become: the sum or the largest of their weights, the
        weight of the latest, or 1.
    min_items_per_user, min_users_per_item : int, default 1
        Users with fewer items and items with fewer users are left out, repeatedly until none is left.

    Attributes
    ----------
    users, items : ndarray
        Ids in ascending order, int64 or objects of type str.
    shape : tuple of int
        ``(n_users, n_items)``.
    times : ndarray of datetime64[us] or None, shape (len(self),)
        UTC time of the latest event of each interaction, in the order of :meth:`to_csr`.
    report : Report
        What was read and what was dropped, and why.
    history : Interactions or None
        Of a test part, what is known of its users: see :func:`recocore.split.by_user`.
    withheld : int
        Events that were left out for want of consent when these were read; they are in no other count.
    """

    __slots__ = ("__weakref__", "_core", "_items", "_source", "_users", "history", "withheld")
    __hash__ = None  # type: ignore[assignment]

    _core: CoreInteractions
    _users: NDArray[Any] | None
    _items: NDArray[Any] | None
    history: Interactions | None
    withheld: int
    #: How a table is read that has the same columns.
    _source: dict[str, Any] | None

    def __init__(self) -> None:
        raise TypeError("use Interactions.from_table, from_arrays, from_sparse or from_csv")

    @classmethod
    def _from_core(cls, core: CoreInteractions, history: Interactions | None = None) -> Interactions:
        self = cls.__new__(cls)
        self._core = core
        self._users = None
        self._items = None
        self.history = history
        self.withheld = 0
        self._source = None
        return self

    @classmethod
    def from_table(
        cls,
        table: Any,
        *,
        user: str = "user_id",
        item: str = "item_id",
        weight: str | None = None,
        event: str | None = None,
        timestamp: str | None = None,
        event_weights: Mapping[str, float] | None = None,
        time_unit: str = "s",
        consent: str | None = None,
        purposes: Sequence[str] | None = None,
        duplicates: str = "sum",
        half_life: float | timedelta | None = None,
        reference_time: date | str | None = None,
        max_events_per_user: int = 20_000,
        min_items_per_user: int = 1,
        min_users_per_item: int = 1,
    ) -> Interactions:
        """From a table of events, one a row.

        Parameters
        ----------
        table
            Anything with an Arrow stream (pandas, polars, pyarrow, DuckDB), a dict of arrays, or a NumPy
            array with named fields. Arrow's integers and text are read in place.
        user, item : str
            Names of the columns of ids: integers or text.
        weight : str, optional
            Name of the column of weights. Without one every event counts 1.
        event : str, optional
            Name of the column of event types; needs ``event_weights``.
        timestamp : str, optional
            Name of the column of times: timestamps, dates, numbers since 1970 or ISO 8601 text. Without a
            time zone: UTC.
        event_weights : mapping of str to float, optional
            What an event of each type counts, as in ``{"view": 1, "cart": 3, "purchase": 8}``; multiplied
            with the weight, if there is one.
        time_unit : {"s", "ms", "us", "ns"}
            Of timestamps that are plain numbers.
        consent : str, optional
            Name of the column that says whether an event may be used: True or False, 1 or 0. Those that may not, and
            those where it is missing, are left out before anything else, and counted in ``withheld``.
        purposes : sequence of str, optional
            With it, the column ``consent`` has text, and an event may be used if that is one of these.
        duplicates, half_life, reference_time, max_events_per_user, min_items_per_user, min_users_per_item
            See :class:`Interactions`.

        Raises
        ------
        MissingColumnError
            A column that is not there; the message lists those that are.
        IdTypeError
            Ids that are neither integers nor text, or both.
        InvalidDataError
            A missing id, a weight that is NaN or infinite, an unknown event type, a time that does not parse:
            with the row, counted from 0. A table without rows.
        """
        names = ColumnNames(user, item, weight, event, timestamp, consent, purposes)
        config = _config(
            duplicates, half_life, reference_time, max_events_per_user, min_items_per_user, min_users_per_item
        )
        columns = names.to_core(_event_weights(event_weights), check_text("time_unit", time_unit))
        core = read_table(table, names, columns, config)
        return cls._checked(core, "the table has no rows", columns.withheld, names.to_source(event_weights, time_unit))

    @classmethod
    def from_arrays(
        cls,
        user: ArrayLike | Sequence[object],
        item: ArrayLike | Sequence[object],
        weight: ArrayLike | Sequence[object] | None = None,
        event: ArrayLike | Sequence[object] | None = None,
        timestamp: ArrayLike | Sequence[object] | None = None,
        *,
        consent: ArrayLike | Sequence[object] | None = None,
        event_weights: Mapping[str, float] | None = None,
        time_unit: str = "s",
        purposes: Sequence[str] | None = None,
        duplicates: str = "sum",
        half_life: float | timedelta | None = None,
        reference_time: date | str | None = None,
        max_events_per_user: int = 20_000,
        min_items_per_user: int = 1,
        min_users_per_item: int = 1,
    ) -> Interactions:
        """From arrays or sequences with one value an event. The rest as in :meth:`from_table`."""
        given: dict[str, Any] = {
            "user": user, "item": item, "weight": weight, "event": event, "timestamp": timestamp, "consent": consent,
        }  # fmt: skip
        roles: dict[str, Any] = {role: None if values is None else role for role, values in given.items()}
        names = ColumnNames(**roles, purposes=purposes)
        config = _config(
            duplicates, half_life, reference_time, max_events_per_user, min_items_per_user, min_users_per_item
        )
        columns = names.to_core(_event_weights(event_weights), check_text("time_unit", time_unit))
        core = read_columns(given.__getitem__, names, columns, config)
        source = names.to_source(event_weights, time_unit)
        return cls._checked(core, "the arrays are empty", columns.withheld, source)

    @classmethod
    def from_sparse(
        cls,
        matrix: Any,
        *,
        duplicates: str = "sum",
        max_events_per_user: int = 20_000,
        min_items_per_user: int = 1,
        min_users_per_item: int = 1,
    ) -> Interactions:
        """From a matrix of scipy.sparse, users by items: ids are the row and column numbers.

        Empty rows and columns stay, unless a minimum support is asked for; explicit zeros are dropped.

        Parameters
        ----------
        matrix : csr_array, csr_matrix, or any with ``tocsr()``
            Of numbers, with 32 or 64-bit indices.
        duplicates, max_events_per_user, min_items_per_user, min_users_per_item
            See :class:`Interactions`.

        Raises
        ------
        InvalidDataError
            NaN or infinite values, indices outside the matrix, a matrix without entries.
        CapacityError
            More than 2^31 - 1 rows or columns.
        """
        if not is_sparse(matrix):
            raise InvalidParameterError(
                f"a matrix of scipy.sparse is needed; got an object of the type {type(matrix).__name__}"
            )
        config = _config(duplicates, None, None, max_events_per_user, min_items_per_user, min_users_per_item)
        if len(matrix.shape) != 2:
            raise InvalidDataError(f"the matrix has {len(matrix.shape)} dimension; users by items are two")
        csr = matrix if getattr(matrix, "format", None) == "csr" else matrix.tocsr()
        data = np.asarray(csr.data)
        if data.dtype.kind not in "fiub":
            raise InvalidDataError(f"the matrix has values of the type {data.dtype}; convert them to float64")
        if data.dtype != np.float32:
            data = data.astype(np.float64, copy=False)
        core = _core.Interactions.from_csr(
            _indices(csr.indptr), _indices(csr.indices), np.ascontiguousarray(data), csr.shape[1], config
        )
        return cls._checked(core, "the matrix has no entries")

    @classmethod
    def from_csv(
        cls,
        path: str | os.PathLike[str],
        *,
        user: str = "user_id",
        item: str = "item_id",
        weight: str | None = None,
        event: str | None = None,
        timestamp: str | None = None,
        event_weights: Mapping[str, float] | None = None,
        consent: str | None = None,
        purposes: Sequence[str] | None = None,
        delimiter: str | None = None,
        duplicates: str = "sum",
        half_life: float | timedelta | None = None,
        reference_time: date | str | None = None,
        max_events_per_user: int = 20_000,
        min_items_per_user: int = 1,
        min_users_per_item: int = 1,
    ) -> Interactions:
        """From a CSV or TSV file with a header line, block by block: the file is never in memory whole.

        Ids are integers when every value of their column is one, else text. The rest as in
        :meth:`from_table`.

        Parameters
        ----------
        path : str or path
        delimiter : str, optional
            Default: a tab for files that end in ``.tsv``, else a comma.

        Raises
        ------
        FileError
            A file that cannot be read.
        """
        names = ColumnNames(user, item, weight, event, timestamp, consent, purposes)
        config = _config(
            duplicates, half_life, reference_time, max_events_per_user, min_items_per_user, min_users_per_item
        )
        columns = names.to_core(_event_weights(event_weights), "s")
        core = _core.Interactions.from_csv(os.fspath(path), columns, config, delimiter)
        return cls._checked(core, "the file has no rows", columns.withheld, names.to_source(event_weights, "s"))

    @classmethod
    def _checked(
        cls, core: CoreInteractions, otherwise: str, withheld: int = 0, source: dict[str, Any] | None = None
    ) -> Interactions:
        if core.report()["events"] == 0:
            if withheld:
                otherwise = f"none of the {withheld:,} events may be used, for want of consent"
            raise InvalidDataError(f"{otherwise}: there are no events to learn from")
        self = cls._from_core(core)
        self.withheld = withheld
        self._source = source
        return self

    @property
    def users(self) -> NDArray[Any]:
        """Ids of the users, ascending."""
        if self._users is None:
            self._users = self._core.users()
            self._users.flags.writeable = False
        return self._users

    @property
    def items(self) -> NDArray[Any]:
        """Ids of the items, ascending."""
        if self._items is None:
            self._items = self._core.items()
            self._items.flags.writeable = False
        return self._items

    @property
    def n_users(self) -> int:
        """Number of users."""
        return self._core.n_users

    @property
    def n_items(self) -> int:
        """Number of items."""
        return self._core.n_items

    @property
    def shape(self) -> tuple[int, int]:
        """Number of users and of items."""
        return self._core.n_users, self._core.n_items

    @property
    def times(self) -> NDArray[np.datetime64] | None:
        """UTC time of the latest event of each interaction, in the order of :meth:`to_csr`."""
        times = self._core.times()
        return None if times is None else times.view("datetime64[us]")

    @property
    def report(self) -> Report:
        """What was read and what was dropped, and why."""
        return Report(**self._core.report(), text=self._core.report_text().rstrip())

    def items_of(self, user: int | str) -> NDArray[Any]:
        """Items of a user, ascending.

        Raises
        ------
        UnknownIdError
            A user without interactions.
        """
        row = (
            np.searchsorted(self.users, user) if isinstance(user, str) == (self.users.dtype == object) else self.n_users
        )
        if row == self.n_users or self.users[row] != user:
            raise UnknownIdError(f"there is no user {shown(user)} among the {self.n_users:,} users")
        indptr, indices, _ = self._core.csr()
        return self.items[indices[indptr[row] : indptr[row + 1]]]

    def to_csr(self) -> csr_array[Any]:
        """The weights as ``scipy.sparse.csr_array`` of float32, in the order of ``users`` and ``items``."""
        from scipy.sparse import csr_array

        indptr, indices, data = self._core.csr()
        if data is None:
            data = np.ones(len(indices), dtype=np.float32)
        return csr_array((data, indices, indptr), shape=self.shape)

    def to_arrow(self) -> Any:
        """A ``pyarrow.Table`` with the columns ``user_id``, ``item_id``, ``weight`` and, with times, ``timestamp``."""
        import pyarrow as pa

        return pa.table(self)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """For other libraries: the columns of :meth:`to_arrow`."""
        return self._core.arrow_stream()

    def __len__(self) -> int:
        return len(self._core)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Interactions):
            return NotImplemented
        return self._core.equals(other._core)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._core.to_bytes(), self.history, self._source)

    def __copy__(self) -> Interactions:
        return self

    def __deepcopy__(self, memo: object) -> Interactions:
        return self

    def __repr__(self) -> str:
        return f"<Interactions: {len(self):,} of {self.n_users:,} users with {self.n_items:,} items>"

    def _repr_html_(self) -> str:
        rows = [
            ["interactions", f"{len(self):,}"],
            ["users", f"{self.n_users:,}"],
            ["items", f"{self.n_items:,}"],
        ]
        return html_table("Interactions", ["", "count"], rows)


def as_interactions(X: Any) -> Interactions:
    """What models accept: interactions, a table with the columns ``user_id`` and ``item_id``, or a sparse matrix."""
    if isinstance(X, Interactions):
        return X
    if is_sparse(X):
        return Interactions.from_sparse(X)
    if isinstance(X, np.ndarray) and not X.dtype.names:
        raise InvalidParameterError(
            "a dense array is not a table of events; give scipy.sparse.csr_array(X), users by items"
        )
    return Interactions.from_table(X)


def _config(
    duplicates: str,
    half_life: float | timedelta | None,
    reference_time: date | str | None,
    max_events_per_user: int,
    min_items_per_user: int,
    min_users_per_item: int,
) -> _core.InteractionsConfig:
    return _core.InteractionsConfig(
        duplicates=check_text("duplicates", duplicates),
        half_life_seconds=None if half_life is None else to_seconds("half_life", half_life),
        reference_time=None if reference_time is None else to_microseconds("reference_time", reference_time),
        max_events_per_user=check_count("max_events_per_user", max_events_per_user),
        min_items_per_user=check_count("min_items_per_user", min_items_per_user),
        min_users_per_item=check_count("min_users_per_item", min_users_per_item),
    )


def _event_weights(weights: Mapping[str, float] | None) -> dict[str, float]:
    try:
        pairs = dict(weights or {}).items()
    except (TypeError, ValueError):
        raise InvalidParameterError(
            f'event_weights must say what each type counts, as in {{"view": 1, "cart": 3}}; got {weights!r}'
        ) from None
    return {str(event): check_number(f"the weight of the event type {event!r}", weight) for event, weight in pairs}


def _indices(array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype not in (np.dtype(np.int32), np.dtype(np.int64)):
        array = array.astype(np.int64)
    return np.ascontiguousarray(array)


def _restore(state: bytes, history: Interactions | None, source: dict[str, Any] | None = None) -> Interactions:
    self = Interactions._from_core(_core.Interactions.from_bytes(state), history)
    self._source = source
    return self
