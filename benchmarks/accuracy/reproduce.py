"""Published numbers of classical models, with the published settings.

    RECOCORE_DATA=... python -m benchmarks.accuracy.reproduce [split ...]

Nothing is searched: what was published is fitted on the training part and scored on the test part.
"""

from __future__ import annotations

import sys

import recocore as rc

from benchmarks.accuracy.data import load
from benchmarks.accuracy.published import METRICS
from benchmarks.accuracy.report import TITLES, number

#: split: what it is, the model, the published values of the two metrics.
PUBLISHED: dict[str, list[tuple[str, rc._base.Recommender, float, float]]] = {
    "movielens1m_m1": [
        ("EASE, lambda 600", rc.EASE(l2=600.0), 0.2766, 0.2670),
        ("UserKNN, cosine, k 100", rc.UserKNN(k=100, weighting=None, amplification=1.0), 0.2459, 0.2369),
    ],
    "gowalla_m1": [
        (
            "RP3beta 777/.566/.001, links of the history",
            rc.RP3beta(k=777, alpha=0.566, beta=0.001, keep="history"),
            0.183,
            0.152,
        ),
        ("GF-CF", rc.GraphFilter(dimensions=256, low_pass_weight=0.3), 0.1849, 0.1518),
    ],
    "yelp2018_m1": [
        (
            "RP3beta 342/.768/.418, links of the history, not normalised",
            rc.RP3beta(k=342, alpha=0.768, beta=0.418, keep="history", normalise=False),
            0.067,
            0.056,
        ),
        ("GF-CF", rc.GraphFilter(dimensions=256, low_pass_weight=0.3), 0.0697, 0.0571),
    ],
    "serenade-example": [
        (
            "VMIS-kNN, k 288, 1,502 sessions",
            rc.SessionKNN(scoring="vmis", k=288, max_sessions=1502),
            0.6402,
            0.3401,
        ),
    ],
}


def main() -> None:
    print("| split | model | published | measured | fit, s |\n|---|---|---|---|---|")
    for name in sys.argv[1:] or PUBLISHED:
        split = load(name)
        for what, model, first, second in PUBLISHED[name]:
            found = split.score(model.fit(split.train))
            metrics = METRICS["sessions" if split.is_sessions else "ranking"]
            measured = " / ".join(number(getattr(found, metric)) for metric, _ in metrics)
            published = f"{number(first)} / {number(second)}"
            print(f"| {TITLES[name]} | {what} | {published} | {measured} | {model.fit_seconds_:.1f} |", flush=True)


if __name__ == "__main__":
    main()
