"""When an item was on offer, where the catalogue knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recocore._checks import to_microseconds
from recocore.errors import InvalidDataError

if TYPE_CHECKING:
    from recocore.catalogue import Catalogue

__all__ = ["EVER", "offers_of"]

FROM, UNTIL = "available_from", "available_until"
#: Instants before and after all others.
EVER = (-(2**63), 2**63 - 1)


def offers_of(catalogue: Catalogue) -> dict[Any, tuple[int, int]] | None:
    """The instants between which each item is on offer, in microseconds; None when no column tells.

    Raises
    ------
    InvalidDataError
        A column of that name which is not of dates.
    """
    kinds = catalogue.kinds
    known = [name for name in (FROM, UNTIL) if name in kinds]
    for name in known:
        if kinds[name] != "date":
            raise InvalidDataError(
                f"the column {name!r} of the catalogue must be of dates; it is of the kind {kinds[name]!r}"
            )
    if not known:
        return None
    ids = catalogue.ids.tolist()
    starts, ends = (catalogue._core.values(name) if name in kinds else [None] * len(ids) for name in (FROM, UNTIL))
    return {
        item: (
            EVER[0] if start is None else to_microseconds(FROM, start),
            EVER[1] if end is None else to_microseconds(UNTIL, end),
        )
        for item, start, end in zip(ids, starts, ends, strict=True)
    }
