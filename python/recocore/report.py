"""What became of the events that were read."""

from __future__ import annotations

from dataclasses import dataclass

from recocore._tables import html_table

__all__ = ["Report"]


@dataclass(frozen=True, repr=False)
class Report:
    """What was read and what was dropped, and why.

    Every event is counted in exactly one of ``over_cap_events``, ``faded_events``, ``duplicate_events``,
    ``rare_events`` and ``interactions``.
    """

    #: Events read, and the distinct users and items among them.
    events: int
    users_read: int
    items_read: int
    #: Events dropped by ``max_events_per_user``, and the users they are of.
    over_cap_events: int
    capped_users: int
    #: Events of pairs whose weight is zero, by decay or because it was given so.
    faded_events: int
    #: Events merged into another of the same user and item.
    duplicate_events: int
    #: Users and items below the minimum support, and their interactions.
    rare_users: int
    rare_items: int
    rare_events: int
    #: What is left.
    interactions: int
    #: All of it in plain language.
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        rows = [
            [name.replace("_", " "), f"{value:,}"] for name, value in vars(self).items() if name != "text" and value
        ]
        return html_table("What was read and dropped", ["", "count"], rows)
