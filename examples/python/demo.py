"""The main job on real data: read, fit, recommend, and say honestly how good it is."""

from __future__ import annotations

import time
from pathlib import Path

import recocore as rc
from demo_data import Shop, load_shops


def main() -> None:
    for shop in load_shops():
        show(shop)


def show(shop: Shop) -> None:
    headline(shop.name, "=")
    print(f"from {shop.source}" + (f"; {shop.dropped}" if shop.dropped else ""))

    start = time.perf_counter()
    table = {"user_id": shop.user, "item_id": shop.item, "timestamp": shop.timestamp}
    inter = rc.Interactions.from_table(table, timestamp="timestamp", duplicates="binary")
    print(inter.report)
    print(f"read in {time.perf_counter() - start:.2f} s")

    before = start_of_peak()
    model = rc.ItemKNN(k=100, similarity="cosine").fit(inter)
    memory = memory_mib("VmHWM") - before
    print(f"\n{model} fitted in {model.fit_seconds_:.2f} s, using at most {memory:.1f} MiB more memory than before")

    headline("Recommended")
    for user in some_users(inter):
        liked = inter.items_of(user)
        print(f"user {user} has {len(liked)} items, among them")
        for item in liked[:4]:
            print(f"    {title(shop, item)}")
        print("  and may like")
        for entry in model.recommend(user, n=5):
            print(f"    {title(shop, entry.item_id):<66} {entry.score:6.2f}  {entry.tier}")

    headline("Similar")
    for item in rc.Popularity().fit(inter).top(n=2).item_id:
        print(f"to {title(shop, item)}")
        for entry in model.similar_items(item, n=4):
            print(f"    {title(shop, entry.item_id):<66} {entry.score:6.2f}")

    headline("How good is it?")
    train, test = rc.split.by_time(inter, test_fraction=0.2)
    print(
        f"Fitted on the first {len(train):,} interactions, asked for the next {len(test):,}. Only items that are\n"
        "new to the user count, those too that nobody had before and no model can know."
    )
    models = {
        "popularity": rc.Popularity(),
        "item_knn": rc.ItemKNN(k=100, similarity="cosine"),
        "suggested": rc.ItemKNN(similarity="asymmetric_cosine", alpha=0.7, weighting="tf_idf", shrinkage=3.0),
    }
    print(rc.compare(models, train, test, n=20))

    headline("And for people it was not fitted on?")
    train, test = rc.split.by_user(inter, test_fraction=0.2, history_fraction=0.5)
    print(
        f"A fifth of the users put aside: {len(test.history):,} of their interactions known, {len(test):,} asked for."
    )
    visitors = rc.compare(models, train, test, n=20)
    for name, result in visitors.evaluations.items():
        low, high = result.interval("ndcg")
        print(f"    {name:<12} NDCG@20 {result.ndcg:.4f}  [{low:.4f}, {high:.4f}]")


def some_users(inter: rc.Interactions) -> list[int]:
    """Three users with a middling number of items, the same ones at every run."""
    middling = [user for user in inter.users if 8 <= len(inter.items_of(user)) <= 20]
    return [int(user) for user in middling[:: max(1, len(middling) // 3)][:3]]


def title(shop: Shop, item: int | str) -> str:
    return shop.title.get(item, str(item))[:66]


def start_of_peak() -> float:
    """Let the kernel measure the peak of memory anew; what is in use now, in MiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return memory_mib("VmRSS")


def memory_mib(which: str) -> float:
    """VmRSS: memory in use; VmHWM: the most since the measurement began."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{which}:")[1].split()[0]) / 1024


def headline(text: str, line: str = "-") -> None:
    print(f"\n{text}\n{line * len(text)}")


if __name__ == "__main__":
    main()
