"""Models with a catalogue: items are added, changed and retired without a fit."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from recocore._base import ItemRecommender
from recocore.catalogue import Catalogue

if TYPE_CHECKING:
    from typing_extensions import Self

    from recocore import _core

__all__ = ["CatalogueModel"]

#: How a table was read: the name of its column of ids, and the kinds that were given.
Names = tuple[str, dict[str, Any]]


class CatalogueModel(ItemRecommender):
    """A model that knows what its items are."""

    _item_names: Names

    @property
    def catalogue_(self) -> Catalogue:
        """The items, with what was added, changed and retired since the fit."""
        native = self._fitted().catalogue
        assert native is not None  # these models have one
        return Catalogue._from_core(native, *self._item_names)

    def add_items(self, items: Any) -> Self:
        """Add items or, where the id is known, change them; in milliseconds, without a fit.

        New items are recommended from now on; encoders and all that was learned stay. Of items that were there at the
        fit filters see a change at once; what it does to lists the class says. Lists asked for meanwhile see the model
        before or after.

        Parameters
        ----------
        items : table, or a dict of one row
            With the column of ids, and any of the columns of the table the model was fitted with. Columns that are not
            given keep their values, and are missing in new rows; an item that was retired is back again.

        Returns
        -------
        self

        Raises
        ------
        NotFittedError
        InvalidDataError
            A column the model does not know, or values that do not fit its kind.
        IdTypeError
        """
        rows = self.catalogue_._read(items)
        self._add_rows(self._fitted(), rows)
        return self

    def retire_items(self, ids: Any) -> Self:
        """Recommend these items no more. They still count in histories; :meth:`add_items` brings them back.

        Parameters
        ----------
        ids : id or sequence of ids

        Returns
        -------
        self

        Raises
        ------
        NotFittedError, IdTypeError
        UnknownIdError
            An item the model does not know.
        """
        return self.retire(ids)

    @abstractmethod
    def _add_rows(self, model: _core.Model, rows: _core.AttributeTable) -> None: ...
