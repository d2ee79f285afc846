"""What is measured: the races, who runs in them, and the targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SPLITS = ("movielens1m_m1", "gowalla_m1", "yelp2018_m1")
SHOPS = ("online-retail", "x-wines")
COSINE_PEERS = ("similaripy", "implicit", "sparse_dot_topn", "lenskit")


@dataclass(frozen=True)
class Case:
    """One race."""

    name: str
    task: str
    data: str
    peers: tuple[str, ...]
    #: Parameters of recocore's ItemKNN; what peers make of them is in contestants.py.
    settings: dict[str, Any] = field(default_factory=dict)
    #: Neighbours to keep, items to recommend.
    k: int = 100
    n: int = 20
    #: Items in the history, where one user is served at a time.
    history: int = 0
    threads: tuple[int, ...] = (1, 2)
    #: Threads in the short form; none: it is not part of it.
    short: tuple[int, ...] = ()
    #: Rounds at most: for what takes minutes.
    most_rounds: int | None = None
    #: How many times faster than the fastest peer it should be.
    target: float | None = None
    #: Microseconds one request should take at the median.
    target_p50: float | None = None
    #: Peers that do equal work but mean something else, and what: they are timed, not compared.
    differs: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.name}/{self.data}"


def all_cases() -> list[Case]:
    return [*fits(), *other_fits(), *lists_for_all(), *lists_for_one()]


def fits() -> list[Case]:
    """Binary cosine, k = 100."""
    targets = {"movielens1m_m1": 4.0, "gowalla_m1": 2.5, "yelp2018_m1": 2.5, "shop-1.5m": 2.5}
    short = {"movielens1m_m1": (1, 2)} | dict.fromkeys(("gowalla_m1", "online-retail", "x-wines", "shop-1.5m"), (2,))
    cases = [
        Case("fit cosine", "fit", data, COSINE_PEERS, short=short.get(data, ()), target=targets.get(data))
        for data in (*SPLITS, *SHOPS, "shop-1.5m")
    ]
    cases.append(Case("fit cosine", "fit", "shop-20m", COSINE_PEERS, threads=(2,), most_rounds=3))
    return cases


def other_fits() -> list[Case]:
    """Every other similarity and weighting that a peer has."""
    formula = "the formula differs in details; the work is the same"
    kinds: list[tuple[str, dict[str, Any], tuple[str, ...], dict[str, str]]] = [
        ("jaccard", {"similarity": "jaccard"}, ("similaripy",), {}),
        ("dice", {"similarity": "dice"}, ("similaripy",), {}),
        ("tversky", {"similarity": "tversky", "alpha": 0.7, "beta": 0.2}, ("similaripy",), {}),
        ("asymmetric_cosine", {"similarity": "asymmetric_cosine", "alpha": 0.7}, ("similaripy",), {}),
        ("dot", {"similarity": "dot"}, ("similaripy",), {}),
        ("cosine, shrinkage 10", {"shrinkage": 10.0}, ("similaripy",), {}),
        ("tf_idf", {"weighting": "tf_idf"}, ("similaripy", "implicit"), {"similaripy": formula, "implicit": formula}),
        (
            "bm25",
            {"weighting": "bm25", "similarity": "dot"},
            ("similaripy", "implicit"),
            {"similaripy": formula, "implicit": formula},
        ),
    ]
    short = {"jaccard", "asymmetric_cosine", "cosine, shrinkage 10", "tf_idf"}
    cases = [
        Case(
            f"fit {name}",
            "fit",
            data,
            peers,
            settings,
            short=(2,) if data == "movielens1m_m1" and name in short else (),
            target=2.0,
            differs=differs,
        )
        for data in ("movielens1m_m1", "gowalla_m1", "shop-1.5m")
        for name, settings, peers, differs in kinds
    ]
    cases += [
        Case("fit cosine, weights", "fit", data, COSINE_PEERS, short=(2,), target=2.0)
        for data in ("x-wines-ratings", "online-retail-quantities")
    ]
    return cases


def lists_for_all() -> list[Case]:
    """n = 20 for every user, without what the user has."""
    peers = ("similaripy", "implicit")
    cases = [
        Case(
            "recommend to all",
            "recommend",
            data,
            peers,
            short=(2,) if data == "movielens1m_m1" else (),
            target=5.0,
        )
        for data in (*SPLITS, "shop-1.5m")
    ]
    cases.append(Case("recommend to all", "recommend", "x-wines", ("similaripy", "implicit", "rectools"), target=5.0))
    return cases


def lists_for_one() -> list[Case]:
    """One user at a time, n = 10; 100k items, k = 100."""
    return [
        Case(
            f"recommend to one, history {history}",
            "one",
            "shop-100k-items",
            ("implicit", "implicit, row given"),
            n=10,
            history=history,
            threads=(1,),
            short=(1,),
            target=30.0,
            target_p50=target_p50,
        )
        for history, target_p50 in ((10, 10.0), (50, 20.0))
    ]
