"""Models that change: events come and go, people are erased, items retire."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recocore import _core
from recocore._checks import check_limits, check_threads, shown, to_microseconds
from recocore._columns import as_ids
from recocore._progress import progress_bar
from recocore._reading import ColumnNames, is_sparse, read_table
from recocore.errors import DeadlineExceededError, InvalidParameterError, NotFittedError
from recocore.interactions import Interactions

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray
    from typing_extensions import Self

__all__ = ["Changing", "Receipt"]

#: Of reading a table: nothing is merged or left out, and the order is kept where it matters.
_UNCHANGED: dict[str, Any] = {
    "duplicates": "last",
    "half_life_seconds": None,
    "reference_time": None,
    "max_events_per_user": 2**63,
    "min_items_per_user": 1,
    "min_users_per_item": 1,
}


#: How often what takes two calls is tried again, when the model changed in between.
MOST_TRIES = 20


@dataclass(frozen=True)
class Receipt:
    """What was erased of a person, and when in the life of the model."""

    #: Whose events these were.
    user_id: int | str
    #: Whether there was anything to erase.
    known: bool
    #: Events erased, and of how many different items.
    events: int
    interactions: int
    #: The version of the model before and after; the same when nothing was known.
    version_before: int
    version_after: int
    #: A sum over all events, as 32 hexadecimal digits: equal for equal events, whatever way they came. A checksum that
    #: shows that the data was changed, not a signature.
    digest_before: str
    digest_after: str

    def to_json(self) -> str:
        """The receipt as a JSON object."""
        return json.dumps(asdict(self), sort_keys=True)


class Changing:
    """What changes a fitted model in place, exactly as a fit on the resulting events would."""

    model_: _core.Model
    n_jobs: int | None
    progress: bool
    time_limit: float | None
    memory_limit: int | None

    def update(self, events: Any) -> Self:
        """Add events. The model is then the one that a fit on all events would give, to the byte of its file.

        Lists asked for meanwhile come from the model before or after, never from something in between. An update that
        fails or is interrupted leaves the model as it was. What it costs depends on the model: the page on updates has
        a table.

        Parameters
        ----------
        events : table, Interactions or sparse matrix
            With the same columns, of the same names, as what the model was fitted on.

        Returns
        -------
        self

        Raises
        ------
        NotFittedError
        MissingColumnError, IdTypeError, InvalidDataError
            As reading the table for a fit.
        InvalidParameterError
            A model that was saved for serving only has no events to add to.
        DeadlineExceededError, MemoryLimitError
            By the model's ``time_limit`` and ``memory_limit``.
        """
        added = self._read_events(events)
        return self._changed(lambda *run: _core.live_change(self._native(), None, added, *run))

    def remove(self, events: Any) -> Self:
        """Take events out, each as often as it is given. Otherwise as :meth:`update`.

        Parameters
        ----------
        events : table, Interactions or sparse matrix
            As in :meth:`update`: equal in user, item, weight and time to events that were added. Users and items
            without any events vanish from the model.

        Returns
        -------
        self

        Raises
        ------
        InvalidDataError
            An event that is not there; the message says which.
        """
        removed = self._read_events(events)
        return self._changed(lambda *run: _core.live_change(self._native(), removed, None, *run))

    def forget(self, user_id: int | str) -> Receipt:
        """Erase a person: events, id, profile, and what was counted of them, here and in the next saved file.

        Parameters
        ----------
        user_id : id

        Returns
        -------
        Receipt
            What was erased. Somebody unknown gives one with ``known=False``.

        Raises
        ------
        NotFittedError, IdTypeError, InvalidParameterError
        """
        told: list[dict[str, Any]] = []
        self._changed(lambda *run: told.append(_core.live_forget(self._native(), user_id, *run)))
        whose = user_id.item() if isinstance(user_id, np.generic) else user_id
        return Receipt(user_id=whose, **told[0])

    def drop_before(self, time: date | str) -> Self:
        """Take out all events before a time: retention, or a window that slides.

        Parameters
        ----------
        time : datetime, date or str
            Without a time zone: UTC.

        Returns
        -------
        self

        Raises
        ------
        InvalidDataError
            The events have no times.
        """
        before = to_microseconds("time", time)
        return self._changed(lambda *run: _core.live_drop_before(self._native(), before, *run))

    def merge(self, other: Changing) -> Self:
        """Add all events of another model: of the same class and parameters, fitted on other users.

        Parameters
        ----------
        other : model
            It stays as it is.

        Returns
        -------
        self

        Raises
        ------
        InvalidParameterError
            Another class or other parameters; the message says what differs.
        InvalidDataError
            A user that both have; the message names one.
        """
        if not isinstance(other, Changing):
            raise InvalidParameterError(f"merge needs another model of recocore; got {shown(other)}")
        return self._changed(lambda *run: _core.live_merge(self._native(), other._native(), *run))

    def retire(self, items: Any) -> Self:
        """Recommend these items no more. They still count in histories, and stay retired in later versions and files.

        Parameters
        ----------
        items : id or sequence of ids

        Returns
        -------
        self

        Raises
        ------
        NotFittedError, IdTypeError
        UnknownIdError
            An item the model does not know.
        """
        _core.live_retire(self._native(), as_ids(items, "item id"), False)
        return self

    def restore(self, items: Any) -> Self:
        """Recommend retired items again.

        Parameters
        ----------
        items : id or sequence of ids

        Returns
        -------
        self
        """
        _core.live_retire(self._native(), as_ids(items, "item id"), True)
        return self

    @property
    def retired_(self) -> NDArray[Any]:
        """Ids of the items that are retired, ascending."""
        return _core.live_retired(self._native())

    def export(self, user_id: int | str) -> dict[str, Any]:
        """All that the model holds about a person, in terms of JSON.

        Parameters
        ----------
        user_id : id

        Returns
        -------
        dict
            ``user_id``; ``known``; ``model`` and its ``version``; ``events``, a list of dicts with ``item_id``,
            ``weight`` and, with times, ``time`` in ISO 8601 (UTC); ``profile``, the columns of a person's row, or None.

        Raises
        ------
        NotFittedError, IdTypeError
        """
        version, items, weights, times, profile = self._held_of(user_id)
        events: list[dict[str, Any]] = [
            {"item_id": item, "weight": weight} for item, weight in zip(items, weights, strict=True)
        ]
        if times is not None:
            for event, time in zip(events, times.tolist(), strict=True):
                event["time"] = _core.format_time(time)
        return {
            "user_id": user_id.item() if isinstance(user_id, np.generic) else user_id,
            "known": bool(events) or profile is not None,
            "model": type(self).__name__,
            "version": version,
            "events": events,
            "profile": profile,
        }

    def _held_of(self, user_id: int | str) -> tuple[int, list[Any], list[float], Any, dict[str, Any] | None]:
        """The version, and of that very version the events and the profile of a person."""
        native = self._native()
        for _ in range(MOST_TRIES):
            version = _core.live_version(native)
            held = (*_core.live_events_of(native, user_id), self._profile_of(native, user_id))
            if _core.live_version(native) == version:
                return version, *held
        # It changes all the time.
        version, frozen = _core.live_version(native), _core.live_snapshot(native)
        return version, *_core.live_events_of(frozen, user_id), self._profile_of(frozen, user_id)

    @property
    def version_(self) -> int:
        """How often the model has changed: 1 after a fit, one more after each change."""
        return _core.live_version(self._native())

    @property
    def interactions_(self) -> Interactions:
        """What the model is fitted on, with all changes since."""
        model = self.__dict__.get("model_")
        if model is None:
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet; call fit first")
        fitted: Interactions | None = self.__dict__.get("interactions_")
        if _core.live_events_version(model) == 1 and fitted is not None:
            return fitted
        present: Interactions = self._kept("interactions", self._present_interactions)
        return present

    @interactions_.setter
    def interactions_(self, interactions: Interactions) -> None:
        self.__dict__["interactions_"] = interactions

    @property
    def n_users_(self) -> int:
        """Users with events."""
        return self.interactions_.n_users

    @n_users_.setter
    def n_users_(self, count: int) -> None:
        self.__dict__["n_users_"] = count

    @property
    def n_items_(self) -> int:
        """Items with events."""
        return self.interactions_.n_items

    @n_items_.setter
    def n_items_(self, count: int) -> None:
        self.__dict__["n_items_"] = count

    def _present_interactions(self) -> Interactions:
        return interactions_of(self._snapshot())

    def _native(self) -> _core.Model:
        try:
            return self.model_
        except AttributeError:
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet; call fit first") from None

    def _snapshot(self) -> _core.Model:
        """The model as it is now, which no change touches: for what takes more than one call."""
        frozen: _core.Model = self._kept("snapshot", lambda: _core.live_snapshot(self._native()))
        return frozen

    def _kept(self, name: str, make: Callable[[], Any]) -> Any:
        """What was made before of this version of the model, or is made now."""
        model = self._native()
        kept = self.__dict__.get("_cached", (None, 0, {}))
        version = _core.live_version(model)
        if kept[0] is not model or kept[1] != version:
            kept = (model, version, {})
            self.__dict__["_cached"] = kept
        if name not in kept[2]:
            kept[2][name] = make()
        return kept[2][name]

    def _changed(self, change: Callable[[int, _core.Limits, Any], object]) -> Self:
        model = self._native()
        limits = check_limits(self.time_limit, self.memory_limit)
        try:
            with progress_bar(self.progress) as progress:
                change(check_threads(self.n_jobs), limits, progress)
        except DeadlineExceededError:
            raise DeadlineExceededError(
                f"{type(self).__name__} was not changed within time_limit={self.time_limit!r} seconds; "
                "the model is as it was"
            ) from None
        if _core.live_events_version(model) != 1:
            # What it was fitted on would keep people who are forgotten. It is made again when it is asked for.
            for name in ("interactions_", "n_users_", "n_items_", "_cached", "_filters"):
                self.__dict__.pop(name, None)
        return self

    def _read_events(self, events: Any) -> _core.Interactions:
        self._native()
        if isinstance(events, Interactions):
            return events._core
        config = _core.InteractionsConfig(**_UNCHANGED)
        if is_sparse(events):
            return Interactions.from_sparse(events, duplicates="last", max_events_per_user=2**63)._core
        source = self.__dict__.get("_event_columns") or self._usual_columns(events)
        roles: dict[str, Any] = {
            role: source.get(role) for role in ("user", "item", "weight", "event", "timestamp", "consent")
        }
        names = ColumnNames(**roles, purposes=source.get("purposes") or None)
        columns = names.to_core(source.get("event_weights", {}), source.get("time_unit", "s"))
        return read_table(events, names, columns, config)

    def _usual_columns(self, events: Any) -> Mapping[str, Any]:
        """The names that tables usually have, where it is not known which they had."""
        there = list(getattr(events, "column_names", getattr(events, "columns", events)))
        timed = self.interactions_.times is not None
        return {
            "user": "user_id",
            "item": "item_id",
            "weight": "weight" if "weight" in there else None,
            "timestamp": "timestamp" if timed else None,
        }

    def _profile_of(self, native: _core.Model, user_id: int | str) -> dict[str, Any] | None:  # noqa: ARG002
        """The row of a person, for a model that has such."""
        return None


def interactions_of(model: _core.Model) -> Interactions:
    """What a native model is fitted on, without the items and users that only its tables have."""
    native = model.interactions
    return Interactions._from_core(_core.interactions_in_use(native) if model.catalogue is not None else native)


def plain(value: Any) -> Any:
    """A value in terms of JSON."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Iterable):
        return [plain(entry) for entry in value]
    return str(value)
