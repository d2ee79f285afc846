"""What a change of the data costs: one event, one person, one per cent; beside fits of other libraries.

    python -m benchmarks.speed.update            # 100,000 users, 20,000 items, 5 million events
    python -m benchmarks.speed.update --small    # in under a minute

The shop is generated (`benchmarks/speed/shop.py`, seed 1): popularity of items after Zipf's law with exponent 0.8,
activity of users log-normal, half of what a user takes from one of 300 departments. Of its pairs, some are held out
at random: they are the events that come in. Each library is in a process of its own, one after the other.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from benchmarks.speed.shop import make_shop

ROOT = Path(__file__).parents[2]
K, N = 100, 10
FACTORS, ITERATIONS = 64, 15

SIZES: dict[str, dict[str, int]] = {
    "full": {
        "users": 100_000, "items": 20_000, "events": 5_000_000, "departments": 300,
        "singles": 1_000, "sustained": 100_000, "batch": 50_000, "forgotten": 300, "seconds": 90,
    },
    "small": {
        "users": 5_000, "items": 2_000, "events": 150_000, "departments": 60,
        "singles": 200, "sustained": 2_000, "batch": 1_500, "forgotten": 50, "seconds": 8,
    },
}  # fmt: skip


class Shop:
    """What was there, and what comes in: single events, events one after the other, a batch."""

    def __init__(self, size: dict[str, int]) -> None:
        held_out = size["singles"] + size["sustained"] + size["batch"]
        departments, events = size["departments"], size["events"]
        pairs = make_shop(size["users"], size["items"], events + held_out, seed=1, departments=departments).tocoo()
        order = np.random.default_rng(2).permutation(pairs.nnz)
        self.users, self.items = pairs.row[order].astype(np.int64), pairs.col[order].astype(np.int64)
        self.shape = pairs.shape
        ends = np.cumsum([events, size["singles"], size["sustained"], size["batch"]]).tolist()
        self.parts = {name: slice(*ends[at : at + 2]) for at, name in enumerate(("singles", "sustained", "batch"))}
        self.parts["base"] = slice(0, events)
        self.size = size

    def columns(self, name: str) -> tuple[Any, Any]:
        return self.users[self.parts[name]], self.items[self.parts[name]]

    def table(self, name: str) -> dict[str, Any]:
        return dict(zip(("user_id", "item_id"), self.columns(name), strict=True))

    def single(self, name: str) -> Iterator[tuple[int, int]]:
        users, items = self.columns(name)
        return zip(users.tolist(), items.tolist(), strict=True)

    def matrix(self, *names: str) -> sp.csr_matrix:
        users, items = (np.concatenate(part) for part in zip(*map(self.columns, names), strict=True))
        return sp.csr_matrix((np.ones(len(users), dtype=np.float32), (users, items)), shape=self.shape)


def each(work: Callable[[Any], object], over: Any, seconds: float) -> dict[str, Any]:
    """Time of each call; ends early when the time is over."""
    taken = []
    until = time.perf_counter() + seconds
    for one in over:
        start = time.perf_counter()
        work(one)
        taken.append(time.perf_counter() - start)
        if start > until:
            break
    p50, p99 = np.percentile(taken, [50, 99])
    return {"calls": len(taken), "p50": p50, "p99": p99, "most": max(taken), "per_second": len(taken) / sum(taken)}


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def recocore_live(shop: Shop, threads: int) -> dict[str, Any]:
    import recocore as rc

    def new() -> Any:
        return rc.ItemKNN(k=K, n_jobs=threads)

    seconds = shop.size["seconds"]
    model = new().fit(shop.table("base"))

    def fit() -> None:
        new().fit(model.interactions_)

    found: dict[str, Any] = {"refit": min(timed(fit) for _ in range(3))}
    found["read and fit"] = timed(lambda: new().fit(shop.table("base")))

    def add(event: tuple[int, int]) -> None:
        model.update({"user_id": [event[0]], "item_id": [event[1]]})

    def add_and_see(event: tuple[int, int]) -> None:
        add(event)
        model.recommend(event[0], n=N)

    singles = list(shop.single("singles"))
    found["first change"] = timed(lambda: add_and_see(singles[0]))
    found["one event, seen in a list"] = each(add_and_see, singles[1:], seconds)
    found["events one after the other"] = each(add, shop.single("sustained"), seconds)
    batch = shop.table("batch")
    found["1 % new events"] = timed(lambda: model.update(batch))
    people = np.random.default_rng(3).permutation(np.unique(shop.columns("base")[0]))[: shop.size["forgotten"]]
    found["a user forgotten"] = each(model.forget, people.tolist(), seconds)
    found["equal to a fit"] = equal_to_fit(model, shop, found, people)
    return found


def equal_to_fit(model: Any, shop: Shop, found: dict[str, Any], people: Any) -> bool:
    """The file of the changed model beside that of one fitted on the events as they are now."""
    counts = {
        "singles": 1 + found["one event, seen in a list"]["calls"],
        "sustained": found["events one after the other"]["calls"],
    }
    parts = [shop.columns("base"), shop.columns("batch")]
    parts += [tuple(column[:count] for column in shop.columns(name)) for name, count in counts.items()]
    users, items = (np.concatenate(column) for column in zip(*parts, strict=True))
    stay = ~np.isin(users, people[: found["a user forgotten"]["calls"]])
    fitted = type(model)(**model.get_params()).fit({"user_id": users[stay], "item_id": items[stay]})
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("changed", "fitted")]
        for one, path in zip((model, fitted), paths, strict=True):
            one.save(path)
        return paths[0].read_bytes() == paths[1].read_bytes()


def implicit_als(shop: Shop, threads: int) -> dict[str, Any]:
    """`partial_fit_users`: the factors of the user from those of the items, which stay as they were."""
    from implicit.als import AlternatingLeastSquares

    def new() -> Any:
        return AlternatingLeastSquares(
            factors=FACTORS, iterations=ITERATIONS, num_threads=threads, random_state=1, use_gpu=False
        )

    base = shop.matrix("base")
    model = new()
    found: dict[str, Any] = {"refit": timed(lambda: model.fit(base, show_progress=False))}
    rows = {user: base[user] for user in np.unique(shop.columns("singles")[0]).tolist()}
    rows |= {user: base[user] for user in np.unique(shop.columns("sustained")[0][:20_000]).tolist()}

    def add(event: tuple[int, int]) -> None:
        user, item = event
        row = rows[user] if user in rows else base[user]
        rows[user] = row + sp.csr_matrix((np.ones(1, np.float32), ([0], [item])), shape=row.shape)
        model.partial_fit_users([user], rows[user])

    def add_and_see(event: tuple[int, int]) -> None:
        add(event)
        model.recommend(event[0], rows[event[0]], N=N)

    seconds = shop.size["seconds"] / 3
    found["one event, seen in a list"] = each(add_and_see, shop.single("singles"), seconds)
    found["events one after the other"] = each(add, shop.single("sustained"), seconds)
    changed = np.unique(shop.columns("batch")[0])
    grown = (base + shop.matrix("batch"))[changed]
    found["1 % new events"] = timed(lambda: model.partial_fit_users(changed, grown))
    return found


def implicit_item_item(shop: Shop, threads: int) -> dict[str, Any]:
    from implicit.nearest_neighbours import CosineRecommender

    base = shop.matrix("base", "batch")
    return {
        "refit": min(
            timed(lambda: CosineRecommender(K=K + 1, num_threads=threads).fit(base, show_progress=False))
            for _ in range(2)
        )
    }


def similaripy_cosine(shop: Shop, threads: int) -> dict[str, Any]:
    import similaripy

    items = shop.matrix("base", "batch").T.tocsr()

    def fit() -> None:
        similaripy.cosine(items, k=K + 1, num_threads=threads, format_output="csr", verbose=False)

    return {"refit": min(timed(fit) for _ in range(3))}


CONTESTANTS: dict[str, tuple[str, Callable[[Shop, int], dict[str, Any]]]] = {
    "recocore ItemKNN": ("recocore", recocore_live),
    "similaripy cosine": ("similaripy", similaripy_cosine),
    "implicit CosineRecommender": ("implicit", implicit_item_item),
    "implicit ALS": ("implicit", implicit_als),
}


def milliseconds(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value * 1e3:.3g} ms" if value < 1 else f"{value:.3g} s"


def markdown(results: dict[str, Any]) -> str:
    size, threads = results["size"], results["threads"]
    lines = [
        f"{results['date']}, {results['processor']}, {threads} threads; "
        + ", ".join(f"{name} {number}" for name, number in results["versions"].items())
        + ".",
        "",
        f"{size['users']:,} users, {size['items']:,} items, {size['events']:,} events (generated), k = {K}, binary.",
        "",
        "| | refit | 1 % new | one event: p50 | p99 | most | sustained, events/s | forgotten: p50 | p99 | most |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, found in results["found"].items():
        single, sustained, forgotten = (
            found.get(what, {})
            for what in ("one event, seen in a list", "events one after the other", "a user forgotten")
        )
        rate = f"{sustained['per_second']:,.0f} ({sustained['calls']:,} events)" if sustained else "-"
        cells = [
            name, milliseconds(found["refit"]), milliseconds(found.get("1 % new events")),
            milliseconds(single.get("p50")), milliseconds(single.get("p99")), milliseconds(single.get("most")), rate,
            milliseconds(forgotten.get("p50")), milliseconds(forgotten.get("p99")), milliseconds(forgotten.get("most")),
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    ours = results["found"].get("recocore ItemKNN")
    if ours:
        peers = {name: found["refit"] for name, found in results["found"].items() if name != "recocore ItemKNN"}
        times = ours["refit"] / ours["1 % new events"]
        lines += ["", f"A refit costs {times:.2g} times as much as 1 % new events."]
        if peers:
            fastest = min(peers, key=lambda name: peers[name])
            lines[-1] += f" The fastest refit of a peer is that of {fastest}."
        lines.append(
            f"The first change, which makes what updates need: {milliseconds(ours['first change'])}. Reading the table "
            f"and fitting: {milliseconds(ours['read and fit'])}. The file after all changes "
            + ("equals" if ours["equal to a fit"] else "DOES NOT EQUAL")
            + " that of a fit on the resulting events."
        )
    return "\n".join(lines) + "\n"


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", choices=list(CONTESTANTS), action="append")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--update-docs", action="store_true", help="put the table in docs/updates_speed.md")
    parser.add_argument("--contestant", choices=list(CONTESTANTS), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    size = SIZES["small" if arguments.small else "full"]
    if arguments.contestant:
        print(json.dumps(CONTESTANTS[arguments.contestant][1](Shop(size), arguments.threads)))
        return
    results: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d"),
        "processor": processor(),
        "threads": arguments.threads,
        "size": size,
        "versions": {},
        "found": {},
    }
    # OpenBLAS would bring threads of its own to implicit's.
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    for name in arguments.only or CONTESTANTS:
        command = [sys.executable, "-m", __spec__.name, "--contestant", name, "--threads", str(arguments.threads)]
        command += ["--small"] if arguments.small else []
        started = time.perf_counter()
        ran = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        results["found"][name] = json.loads(ran.stdout.splitlines()[-1])
        package = CONTESTANTS[name][0]
        results["versions"][package] = version(package)
        print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "update.json").write_text(json.dumps(results, indent=1) + "\n")
    text = markdown(results)
    (arguments.out / "update.md").write_text(text)
    print(text)
    if arguments.update_docs:
        page = ROOT / "docs" / "updates_speed.md"
        begin, end = "<!-- measured: begin -->\n", "<!-- measured: end -->"
        before, rest = page.read_text().split(begin)
        page.write_text(before + begin + "\n" + text + "\n" + end + rest.split(end)[1])


if __name__ == "__main__":
    main()
