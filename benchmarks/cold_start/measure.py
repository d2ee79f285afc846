"""Lists and how good they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import recocore as rc

if TYPE_CHECKING:
    from benchmarks.cold_start.protocols import Cold, Pairs

N = 20
RESAMPLES = 1000
KINDS = ("all", "new", "warm")
#: View: which lists, and what they should find.
VIEWS = {
    "stream": "all",  # what users do next, among all items
    "warm": "warm",  # what they do next with known items, among these
    "warm_in_all": "all",
    "new_in_all": "all",  # new items, among all items
    "new": "new",  # new items, among new ones
}


def foreseen(view: str, part: Cold) -> Pairs:
    if view == "stream":
        return part.stream
    return part.stream.where(np.isin(part.stream.item, part.warm)) if view.startswith("warm") else part.launch


def users_of(part: Cold) -> Any:
    return np.union1d(part.stream.user, part.launch.user)


def candidates_of(kind: str, part: Cold) -> Any:
    return {"all": np.union1d(part.warm, part.new), "new": part.new, "warm": part.warm}[kind]


def lists_of(model: Any, users: Any, candidates: Any, hidden: dict[int, list[int]] | None = None) -> Any:
    """The best of the candidates for each user, -1 where the model knows no more; what is hidden is passed over."""
    hidden = hidden or {}
    more = max((len(hidden.get(user, ())) for user in users.tolist()), default=0)
    if not candidates.size:
        return np.full((users.size, N), -1)
    found = model.recommend(users, n=N + more, candidates=candidates, n_jobs=-1)
    rows = np.searchsorted(users, np.asarray(found.user_id))
    return filled(rows, np.asarray(found.rank), np.asarray(found.item_id), (users.size, N + more), users, hidden)


def filled(rows: Any, ranks: Any, items: Any, shape: tuple[int, int], users: Any, hidden: dict[int, list[int]]) -> Any:
    lists = np.full(shape, -1)
    lists[rows, ranks - 1] = items
    if shape[1] > N:
        for row, user in enumerate(users.tolist()):
            kept = lists[row][~np.isin(lists[row], hidden.get(user, []))]
            lists[row, : kept.size] = kept
            lists[row, kept.size :] = -1
    return lists[:, :N]


def random_lists(train: dict[int, list[int]], users: Any, candidates: Any) -> Any:
    """Of items the user does not have."""
    random = np.random.default_rng(0)
    lists = np.full((users.size, N), -1)
    for row, user in enumerate(users.tolist()):
        open_items = np.setdiff1d(candidates, train[user])
        drawn = random.permutation(open_items)[:N]
        lists[row, : drawn.size] = drawn
    return lists


def judge(lists: Any, users: Any, pairs: Pairs) -> dict[str, Any]:
    """Means over the users that have something to find, and the NDCG of each of them."""
    wanted = pairs.rows()
    chosen = np.flatnonzero(np.isin(users, pairs.user))
    recommended = [[item for item in lists[row].tolist() if item >= 0] for row in chosen]
    return judge_lists(recommended, [wanted[user] for user in users[chosen].tolist()])


def judge_lists(recommended: list[list[int]], wanted: list[list[int]]) -> dict[str, Any]:
    if not wanted:
        return {"users": 0, "recall": None, "ndcg": None, "interval": None, "per_user": np.zeros(0)}
    found = rc.metrics.evaluate_lists(recommended, wanted, n=N)
    return {
        "users": len(wanted),
        "recall": float(found["recall"].mean()),
        "ndcg": float(found["ndcg"].mean()),
        "interval": interval(found["ndcg"]),
        "per_user": found["ndcg"],
    }


def interval(values: Any, resamples: int = RESAMPLES) -> list[float]:
    """Percentiles of means over users drawn with replacement."""
    random = np.random.default_rng(0)
    means = [values[random.integers(0, values.size, values.size)].mean() for _ in range(resamples)]
    return [float(bound) for bound in np.quantile(means, (0.025, 0.975))]


def gain(ours: Any, theirs: Any, resamples: int = RESAMPLES) -> dict[str, float]:
    """How much larger one mean is than another over the same users, as a share of it."""
    random = np.random.default_rng(0)
    drawn = [random.integers(0, ours.size, ours.size) for _ in range(resamples)]
    low, high = np.quantile([ours[rows].mean() / theirs[rows].mean() - 1 for rows in drawn], (0.025, 0.975))
    return {"gain": float(ours.mean() / theirs.mean() - 1), "low": float(low), "high": float(high)}


def views(lists: dict[str, Any], part: Cold) -> dict[str, dict[str, Any]]:
    users = users_of(part)
    found = {view: judge(lists[kind], users, foreseen(view, part)) for view, kind in VIEWS.items()}
    shown = lists["all"][lists["all"] >= 0]
    found["stream"]["new_shown"] = float(np.isin(shown, part.new).mean()) if shown.size else 0.0
    return found
