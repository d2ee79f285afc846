"""Events a second that a store acknowledges, and how fast it gives them back.

    python -m benchmarks.speed.store

One process, one thread. What the disk does to finish a write (fsync) decides how long one event takes; the folder is
that of temporary files, or the one given.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import recocore as rc

from benchmarks.speed.shop import make_shop


def singles(store: rc.Store, count: int) -> str:
    taken = []
    for number in range(count):
        start = time.perf_counter()
        store.append({"user_id": f"user-{number % 500}", "item_id": f"item-{number % 300}", "when": number})
        taken.append(time.perf_counter() - start)
    p50, p99 = np.percentile(taken, [50, 99]) * 1e6
    return f"{count / sum(taken):,.0f} events/s, p50 {p50:,.0f} us, p99 {p99:,.0f} us"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    arguments = parser.parse_args()
    pairs = make_shop(50_000, 20_000, arguments.events, seed=1).tocoo()
    table = {"user_id": pairs.row.astype(np.int64), "item_id": pairs.col.astype(np.int64), "when": np.arange(pairs.nnz)}
    as_text = table | {"user_id": [f"user-{user}" for user in table["user_id"]]}
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        for synchronous in ("full", "normal"):
            with rc.Store(folder / f"{synchronous}.db", timestamp="when", synchronous=synchronous) as store:
                print(f"one by one, synchronous={synchronous!r}: {singles(store, 2000)}", flush=True)
        for what, events in (("integer", table), ("text", as_text)):
            with rc.Store(folder / f"{what}.db", timestamp="when") as store:
                for size in (1_000, 100_000):
                    rows = min(size * 20, pairs.nnz // 4)
                    start = time.perf_counter()
                    for at in range(0, rows, size):
                        store.append({column: values[at : at + size] for column, values in events.items()})
                    rate = rows / (time.perf_counter() - start)
                    print(f"{what} ids of users, {size:,} at a time: {rate:,.0f} events/s", flush=True)
                store.append(events)
                start = time.perf_counter()
                interactions = store.interactions()
                rate = len(store) / (time.perf_counter() - start)
                size = (folder / f"{what}.db").stat().st_size / len(store)
                print(f"read back: {rate:,.0f} events/s, {size:.0f} bytes an event in the file", flush=True)
                taken = []
                for user in interactions.users[:20].tolist():
                    start = time.perf_counter()
                    store.erase(user)
                    taken.append(time.perf_counter() - start)
                print(f"erase, {interactions.n_users:,} users: {np.median(taken) * 1e3:.0f} ms", flush=True)


if __name__ == "__main__":
    main()
