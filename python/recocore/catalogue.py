"""What is known about items, or about users: tables of typed columns."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore._attributes import read_attributes, read_attributes_csv
from recocore._checks import check_text, shown
from recocore._columns import as_ids
from recocore._tables import html_table
from recocore.errors import InvalidParameterError

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    from recocore._core import AttributeTable
    from recocore._core import Catalogue as CoreCatalogue

__all__ = ["Catalogue", "as_catalogue"]

#: What a column is to be: a kind, or of a point the columns of its latitude and its longitude.
Kinds: TypeAlias = "Mapping[str, str | tuple[str, str]]"


class Catalogue:
    """A table of attributes: one row an item (or a user), with columns of known kinds. Immutable.

    Made with :meth:`from_table` or :meth:`from_csv`. A change gives a new catalogue: see :meth:`add` and
    :meth:`retire`.

    The kinds of columns:

    ============= ===================================================================
    ``category``  one of a few values: type, brand, region
    ``labels``    any number of values: grapes, tags
    ``number``    price, bedrooms
    ``flag``      yes or no: in stock
    ``text``      title, description, in any language
    ``date``      a point in time, UTC
    ``point``     a place on earth: latitude and longitude in degrees
    ``embedding`` a vector: of a text, of a picture; all of a column have the same length
    ============= ===================================================================

    Values may be missing (None, NaN, NaT, null, empty text, empty list) in every column but that of the ids.

    Attributes
    ----------
    ids : ndarray
        Of all rows, retired ones included: int64 or objects of type str. Ascending; those added later come
        behind, ascending as well.
    columns : list of str
        Names of the columns, without that of the ids.
    kinds : dict of str to str
        The kind of each column.
    retired : ndarray
        Ids of the rows that are retired.
    """

    __slots__ = ("__weakref__", "_core", "_id", "_kinds")

    _core: CoreCatalogue
    _id: str
    _kinds: dict[str, str | tuple[str, str]]

    def __init__(self) -> None:
        raise TypeError("use Catalogue.from_table or from_csv")

    @classmethod
    def _from_core(cls, core: CoreCatalogue, id_name: str, kinds: dict[str, str | tuple[str, str]]) -> Catalogue:
        self = cls.__new__(cls)
        self._core = core
        self._id = id_name
        self._kinds = kinds
        return self

    @classmethod
    def from_table(cls, table: Any, *, id: str = "item_id", kinds: Kinds | None = None) -> Catalogue:  # noqa: A002
        """From a table with one row an item, in any order.

        Parameters
        ----------
        table
            Anything with an Arrow stream (pandas, polars, pyarrow, DuckDB), a dict of columns, a list of dicts,
            or a NumPy array with named fields.
        id : str, default "item_id"
            Name of the column of ids: integers or text, each once. With pandas it may be the index.
        kinds : mapping of str to str, optional
            The kind of columns whose inferred one is not right, as in ``{"Grapes": "labels", "ABV": "number"}``;
            ``"ignore"`` leaves a column out. A point of two columns is ``{"location": ("lat", "lon")}``.

        Notes
        -----
        The kind of a column that is not named: booleans are flags, floating-point numbers are numbers, integers
        are numbers unless the name of their column ends with the word "id" or "code", timestamps and dates are
        dates, lists of floating-point numbers are embeddings, other lists are labels, dictionary-encoded columns
        are categories. Text is labels where every value is a list as Python or JSON write it, a date where every
        value is ISO 8601, a category where a value occurs twice on average (below 30 rows: where any value
        repeats), else text. Two columns ``latitude`` and ``longitude`` (``lat`` and ``lon``, ``lng`` or
        ``long``) become the point ``location``.

        Raises
        ------
        MissingColumnError
            No such column.
        IdTypeError
            Ids that are neither integers nor text.
        InvalidDataError
            An id missing or given twice, a value that does not fit the kind of its column: with row and id.
        """
        check_text("id", id)
        given = _checked_kinds(kinds)
        return cls._from_core(_core.Catalogue(read_attributes(table, _config(id, given), id)), id, given)

    @classmethod
    def from_csv(
        cls,
        path: str | os.PathLike[str],
        *,
        id: str = "item_id",  # noqa: A002
        kinds: Kinds | None = None,
        delimiter: str | None = None,
    ) -> Catalogue:
        """From a CSV or TSV file with a header line. Empty fields are missing.

        Where all values of a column are written as integers, numbers, or "true" and "false", they are read as
        these; the rest as in :meth:`from_table`.

        Parameters
        ----------
        path : str or path
        id, kinds
            As in :meth:`from_table`.
        delimiter : str, optional
            Default: a tab for files that end in ``.tsv``, else a comma.

        Raises
        ------
        FileError
            A file that cannot be read.
        """
        check_text("id", id)
        given = _checked_kinds(kinds)
        return cls._from_core(_core.Catalogue(read_attributes_csv(path, _config(id, given), delimiter)), id, given)

    @property
    def ids(self) -> NDArray[Any]:
        """Ids of all rows."""
        return self._core.ids()

    @property
    def retired(self) -> NDArray[Any]:
        """Ids of the rows that are retired."""
        return self._core.ids()[self._core.retired_marks()]

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each column."""
        return dict(self._core.kinds())

    @property
    def columns(self) -> list[str]:
        """Names of the columns, without that of the ids."""
        return [name for name, _ in self._core.kinds()]

    def add(self, table: Any) -> Catalogue:
        """A new catalogue with the rows of a table added or, where the id is known, changed.

        Columns the table does not have keep their values (and are missing in new rows); a retired row is back
        again. Takes time in proportion to all that was added since the catalogue was made, not to the catalogue.

        Parameters
        ----------
        table
            As in :meth:`from_table`, with the same column of ids; or one row, as a dict of values.

        Raises
        ------
        InvalidDataError
            A column the catalogue does not have, or values that do not fit its kind.
        IdTypeError
            Text where the ids are integers, or the reverse.
        """
        return self._from_core(self._core.updated(self._read(table)), self._id, self._kinds)

    def _read(self, table: Any) -> AttributeTable:
        """Rows of a table, or one row as a dict, in columns of the kinds there are."""
        if isinstance(table, Catalogue):
            return table._core.all_rows()
        if isinstance(table, Mapping) and _is_row(table):
            table = [table]
        return read_attributes(table, _config(self._id, self._kinds, self._core), self._id)

    def retire(self, ids: Any) -> Catalogue:
        """A new catalogue in which these rows are retired: still known, never recommended.

        Parameters
        ----------
        ids
            One id, or a list, array or series of ids.

        Raises
        ------
        UnknownIdError
            An id the catalogue does not have.
        """
        return self._from_core(self._core.retired(as_ids(ids, "id")), self._id, self._kinds)

    def select(self, where: str) -> NDArray[Any]:
        """The ids of the rows a filter is true of, without those that are retired.

        Parameters
        ----------
        where : str
            Such as ``"price < 80 and in_stock"``; the page on filters has the language.

        Returns
        -------
        array of int64 or str objects

        Raises
        ------
        InvalidParameterError
            With the filter, a caret under the character and what was expected there.
        """
        return _core.Where(check_text("where", where)).select(self._core)

    def to_pandas(self) -> Any:
        """A ``pandas.DataFrame`` of the rows that are not retired, with the column of ids first.

        Labels are lists, points are tuples of latitude and longitude, embeddings are arrays of float32; what is
        missing is None, NaN or NaT.
        """
        import pandas as pd

        rows = ~self._core.retired_marks()
        data: dict[str, Any] = {self._id: self.ids[rows]}
        for name, kind in self._core.kinds():
            data[name] = _column(self._core.values(name), kind)[rows]
        return pd.DataFrame(data)

    def _with_values(self) -> Catalogue:
        """The rows that have a value, as if read from a table: a model also has rows of ids that only events had."""
        values = {name: self._core.values(name) for name, _ in self._core.kinds()}
        rows = [row for row in range(len(self)) if any(column[row] is not None for column in values.values())]
        ids = self.ids[rows]
        columns: list[tuple[str, str, object]] = [(self._id, "objects", ids.tolist())]
        kinds: dict[str, str | tuple[str, str]] = {}
        for name, kind in self._core.kinds():
            column = [values[name][row] for row in rows]
            if kind == "point":
                # Names that no column has.
                kinds[name] = (f"{name}\0latitude", f"{name}\0longitude")
                for at, part in enumerate(kinds[name]):
                    columns.append((part, "objects", [None if value is None else value[at] for value in column]))
                continue
            kinds[name] = kind
            if kind == "date":
                columns.append((name, "time", _column(column, kind).view(np.int64)))
            elif kind == "embedding":
                columns.append((name, "objects", [None if value is None else value.tolist() for value in column]))
            else:
                columns.append((name, "objects", column))
        core = _core.Catalogue(_core.AttributeTable.from_columns(columns, _config(self._id, kinds)))
        retired = ids[self._core.retired_marks()[rows]]
        made = self._from_core(core, self._id, self._kinds)
        return made.retire(retired) if len(retired) else made

    def __len__(self) -> int:
        return len(self._core)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._core.to_bytes(), self._id, self._kinds)

    def __copy__(self) -> Catalogue:
        return self

    def __deepcopy__(self, memo: object) -> Catalogue:
        return self

    def __repr__(self) -> str:
        retired = int(self._core.retired_marks().sum())
        kinds = ", ".join(f"{name}: {kind}" for name, kind in self._core.kinds())
        return f"<Catalogue: {len(self):,} rows{f', {retired:,} retired' if retired else ''}; {kinds or 'no columns'}>"

    def _repr_html_(self) -> str:
        rows = []
        for name, kind in self._core.kinds():
            missing, examples = self._core.summary(name)
            share = f"{missing / len(self):.1%}" if len(self) else ""
            rows.append([name, kind, share, " · ".join(_cut(example) for example in examples)])
        return html_table(f"Catalogue of {len(self):,} rows", ["column", "kind", "missing", "examples"], rows)


def as_catalogue(X: Any, id: str = "item_id") -> Catalogue:  # noqa: A002
    """What models accept: a catalogue, a path to a CSV file, or a table with a column of ids."""
    if isinstance(X, Catalogue):
        return X
    if isinstance(X, (str, os.PathLike)):
        return Catalogue.from_csv(X, id=id)
    return Catalogue.from_table(X, id=id)


def _checked_kinds(kinds: Kinds | None) -> dict[str, str | tuple[str, str]]:
    if kinds is None:
        return {}
    if not isinstance(kinds, Mapping):
        raise InvalidParameterError(f'kinds must say what columns are, as in {{"price": "number"}}; got {shown(kinds)}')
    checked: dict[str, str | tuple[str, str]] = {}
    pairs: dict[Any, Any] = dict(kinds)
    for name, kind in pairs.items():
        if isinstance(kind, str):
            checked[check_text("the name of a column", name)] = kind
        elif (
            isinstance(kind, (tuple, list)) and len(kind) == 2 and isinstance(kind[0], str) and isinstance(kind[1], str)
        ):
            checked[check_text("the name of a column", name)] = (kind[0], kind[1])
        else:
            raise InvalidParameterError(
                f"the kind of {name!r} must be a str, or of a point a pair of the columns of latitude and longitude; "
                f"got {shown(kind)}"
            )
    return checked


def _config(
    id_name: str, kinds: Mapping[str, str | tuple[str, str]], like: CoreCatalogue | None = None
) -> _core.TableConfig:
    named = {name: kind for name, kind in kinds.items() if isinstance(kind, str)}
    return _core.TableConfig(
        id=id_name,
        kinds={name: kind for name, kind in named.items() if kind != "ignore"},
        ignored=[name for name, kind in named.items() if kind == "ignore"],
        points={name: kind for name, kind in kinds.items() if isinstance(kind, tuple)},
        like=like,
    )


def _column(values: list[Any], kind: str) -> NDArray[Any]:
    if kind == "number":
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    if kind == "date":
        missing = np.iinfo(np.int64).min
        return np.array([missing if value is None else value for value in values], dtype=np.int64).view(
            "datetime64[us]"
        )
    column = np.empty(len(values), dtype=object)
    for row, value in enumerate(values):
        column[row] = value
    return column


def _is_row(table: Mapping[Any, Any]) -> bool:
    """Whether this is one row, not columns: some value is a single one."""
    return any(isinstance(value, (str, int, float, bool, np.generic)) for value in table.values())


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def _restore(state: bytes, id_name: str, kinds: dict[str, str | tuple[str, str]]) -> Catalogue:
    return Catalogue._from_core(_core.Catalogue.from_bytes(state), id_name, kinds)
