"""Whose k neighbours should count: those of the candidate, or those of the items in the history?

    RECOCORE_DATA=... python -m benchmarks.accuracy.whose_neighbours [split ...]

Both use the same similarities, cut to k for each item. "candidate" is what ItemKNN does: an item of the history
counts when it is among the nearest of the candidate. "history" sums the lists of the history's items.
"""

from __future__ import annotations

import sys

import numpy as np
import recocore as rc

from benchmarks.accuracy.data import RANKING, load


def main() -> None:
    print("| split | k | NDCG@20, candidate | NDCG@20, history |\n|---|---|---|---|")
    for split in sys.argv[1:] or RANKING:
        train, test = load(split).train, load(split).test
        assert test is not None
        for k in (20, 100, 500):
            model = rc.ItemKNN(k=k).fit(train)
            ours = rc.evaluate(model, train, test, n=20, resamples=1).ndcg
            print(f"| {split} | {k} | {ours:.4f} | {by_history(model, test):.4f} |", flush=True)


def by_history(model: rc.ItemKNN, test: rc.Interactions) -> float:
    """NDCG@20 of the users of both parts when the lists of the history's items are summed."""
    train = model.interactions_
    rows, similarity = train.to_csr(), model.similarity_
    users, positions, _ = np.intersect1d(train.users, test.users, return_indices=True)
    lists = []
    for block in np.array_split(positions, max(1, len(positions) // 500)):
        scores = (rows[block] @ similarity).toarray()
        scores[rows[block].nonzero()] = -np.inf
        best = np.argpartition(-scores, 20, axis=1)[:, :20]
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        lists += [train.items[row].tolist() for row in np.take_along_axis(best, order, axis=1)]
    relevant = [test.items_of(int(user)).tolist() for user in users]
    return float(rc.metrics.evaluate_lists(lists, relevant, n=20)["ndcg"].mean())


if __name__ == "__main__":
    main()
