"""One model of recocore, one protocol, one data set, in a process of its own.

    python -m benchmarks.cold_start.cell protocol data model out.json --trials N --seconds S

In the protocols ``items`` and ``time`` settings are chosen on the training part, of which the same is hidden once
more: the defaults first, then draws from the model's space, with a seed. The defaults and the best for each aim are
fitted on the whole training part and measured once. The other protocols take the defaults.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import recocore as rc

from benchmarks.cold_start import measure
from benchmarks.cold_start.contestants import CONTESTANTS, Settings, fitted, lists_for
from benchmarks.cold_start.data import Shop, load
from benchmarks.cold_start.protocols import HISTORIES, Cold, by_time, item_disjoint, new_users, pairs_of, thinned

PROTOCOLS = ("items", "time", "support", "users")
AIMS = ("stream", "new_in_all", "new")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("protocol", choices=PROTOCOLS)
    parser.add_argument("data")
    parser.add_argument("model", choices=CONTESTANTS)
    parser.add_argument("out", type=Path)
    parser.add_argument("--trials", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    shop = load(arguments.data)
    report: dict[str, Any] = {"version": rc.__version__}
    arrays: dict[str, Any] = {}
    if arguments.protocol in {"items", "time"}:
        report |= tuned(arguments.model, arguments.protocol, shop, arguments, arrays)
    elif arguments.protocol == "support":
        report |= {"curve": curve(arguments.model, shop)}
    else:
        report |= first_steps(arguments.model, shop)
    np.savez(arguments.out.with_suffix(".npz"), **arrays)
    arguments.out.write_text(json.dumps(report, indent=1) + "\n")


def split_of(protocol: str, shop: Shop) -> tuple[Cold, Cold]:
    """What is tested, and the part to choose settings on."""
    if protocol == "time":
        part = by_time(pairs_of(shop))
        return part, by_time(part.train)
    part = item_disjoint(pairs_of(shop), seed=0)
    return part, item_disjoint(part.train, seed=1)


def all_lists(model: Any, part: Cold, kinds: tuple[str, ...] = measure.KINDS) -> dict[str, Any]:
    users = measure.users_of(part)
    return {kind: lists_for(model, users, measure.candidates_of(kind, part)) for kind in kinds}


def tuned(name: str, protocol: str, shop: Shop, arguments: Any, arrays: dict[str, Any]) -> dict[str, Any]:
    part, validation = split_of(protocol, shop)
    trials = search(name, shop, validation, arguments.trials, arguments.seconds)
    chosen: dict[str, Settings] = {"defaults": {}}
    for aim in AIMS:
        chosen[aim] = max(trials, key=lambda trial: trial["values"][aim])["settings"] if trials else {}
    fits: dict[str, Any] = {}
    for label, settings in chosen.items():
        same = next((other for other in fits if chosen[other] == settings), None)
        if same:
            fits[label] = {"same": same, "settings": settings}
            continue
        start = time.perf_counter()
        model = fitted(name, settings, part, shop)
        seconds = time.perf_counter() - start
        fits[label] = {"settings": settings, "fit_seconds": seconds}
        fits[label]["views"] = kept(measure.views(all_lists(model, part), part), label, arrays)
    return {"sizes": part.sizes(), "trials": trials, "fits": fits}


def kept(views: dict[str, dict[str, Any]], label: str, arrays: dict[str, Any]) -> dict[str, Any]:
    """Values of users go to a file beside, for comparisons."""
    for view, found in views.items():
        arrays[f"{label}_{view}"] = found.pop("per_user")
    return views


def search(name: str, shop: Shop, validation: Cold, count: int, seconds: float) -> list[dict[str, Any]]:
    draw = CONTESTANTS[name].draw
    if draw is None or count <= 1:
        return []
    random = Random(0)
    trials: list[dict[str, Any]] = []
    begin = time.perf_counter()
    for number in range(count):
        spent = time.perf_counter() - begin
        if trials and spent + spent / len(trials) > seconds:
            break
        settings = draw(random) if number else {}
        if any(trial["settings"] == settings for trial in trials):
            continue
        lists = all_lists(fitted(name, settings, validation, shop), validation, ("all", "new"))
        users = measure.users_of(validation)
        values = {
            aim: measure.judge(lists[measure.VIEWS[aim]], users, measure.foreseen(aim, validation))["ndcg"] or 0.0
            for aim in AIMS
        }
        trials.append({"settings": settings, "values": values})
        print(" ", *(f"{value:.4f}" for value in values.values()), settings, flush=True)
    return trials


def curve(name: str, shop: Shop) -> list[dict[str, Any]]:
    """How well thinned items are foreseen, among all items and among themselves."""
    points = []
    for step in thinned(pairs_of(shop)):
        part = step.cold
        # With something left they are like all others.
        if step.support:
            part = Cold(
                part.train, part.stream, part.launch, np.union1d(part.warm, part.new), part.new[:0], part.hidden
            )
        model = fitted(name, {}, part, shop)
        users = np.unique(part.launch.user)
        hidden = part.hidden.rows() if part.hidden is not None and len(part.hidden) else {}
        point: dict[str, Any] = {
            "support": step.support,
            "items": step.cold.new.size,
            "pairs": len(part.launch),
            "users": users.size,
        }
        for view, candidates in (("among_all", np.union1d(part.warm, part.new)), ("among_them", step.cold.new)):
            found = measure.judge(lists_for(model, users, candidates, hidden), users, part.launch)
            point[view] = {key: found[key] for key in ("ndcg", "recall", "interval")}
        points.append(point)
    return points


def first_steps(name: str, shop: Shop) -> dict[str, Any]:
    """How well new users are foreseen from the first items of theirs."""
    part = new_users(pairs_of(shop))
    items = np.unique(part.train.item)
    nothing = part.train.where(np.zeros(len(part.train), dtype=bool))
    model = fitted(name, {}, Cold(part.train, nothing, nothing, items, items[:0]), shop)
    points = []
    for given in HISTORIES:
        first = [history[:given] for history in part.histories]
        # What comes next in the history is neither to be foreseen nor a mistake.
        later = {row: history[given:] for row, history in enumerate(part.histories)}
        lists = history_lists(model, first, later, items)
        found = measure.judge_lists(lists, part.later)
        points.append({"given": given} | {key: found[key] for key in ("ndcg", "recall", "interval")})
    return {"sizes": part.sizes(), "steps": points}


def history_lists(model: Any, histories: list[list[int]], hidden: dict[int, list[int]], items: Any) -> list[list[int]]:
    users = np.arange(len(histories))
    if not hasattr(model, "recommend_histories"):
        model.rows = {user: [*histories[user], *hidden[user]] for user in users.tolist()}
        lists = lists_for(model, users, items)
    else:
        width = measure.N + HISTORIES[-1]
        ids = [np.array(history, dtype=np.int64) for history in histories]
        found = model.recommend_histories(ids, n=width, n_jobs=-1)
        columns = (np.asarray(found.user_id), np.asarray(found.rank), np.asarray(found.item_id))
        lists = measure.filled(*columns, (users.size, width), users, hidden)
    return [[item for item in row if item >= 0] for row in lists.tolist()]


if __name__ == "__main__":
    main()
