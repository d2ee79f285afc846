"""Streams of purchases whose drift is known."""

from __future__ import annotations

from typing import Any

import numpy as np

DAY = 86_400


def stream(
    *,
    days: int = 40,
    users: int = 150,
    items: int = 60,
    a_day: int = 60,
    groups: int = 5,
    change_at: int | None = None,
    ramp: int = 1,
    seed: int = 0,
) -> dict[str, Any]:
    """Users of a taste buy mostly among the items of that taste; from ``change_at`` on, of the next taste instead."""
    random = np.random.default_rng(seed)
    taste = random.integers(0, groups, users)
    rows: dict[str, list[Any]] = {"user_id": [], "item_id": [], "timestamp": []}
    popularity = 1.0 / np.arange(1, items // groups + 1)
    popularity /= popularity.sum()
    for day in range(days):
        buyers = random.integers(0, users, a_day)
        moved = 0.0 if change_at is None else np.clip((day - change_at + 1) / ramp, 0.0, 1.0)
        for user in buyers:
            group = (taste[user] + (random.random() < moved)) % groups
            if random.random() < 0.1:
                group = random.integers(0, groups)
            within = random.choice(items // groups, p=popularity)
            rows["user_id"].append(f"u{user}")
            rows["item_id"].append(f"i{group * (items // groups) + within}")
            rows["timestamp"].append(day * DAY + int(random.integers(0, DAY)))
    return rows
