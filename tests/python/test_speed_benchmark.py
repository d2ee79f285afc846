"""The benchmark's judges: what is called agreement, and what the tables say."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import recocore as rc

from benchmarks.speed import cases, contestants, measure, report
from benchmarks.speed.agreement import Lists, compare
from benchmarks.speed.shop import describe, make_shop

K = 10


@pytest.fixture(scope="module")
def shop():
    return make_shop(300, 80, 4000, departments=8, seed=3)


@pytest.fixture
def neighbours(shop):
    matrix = rc.ItemKNN(k=K).fit(rc.Interactions.from_sparse(shop)).similarity_
    return Lists.from_csr(matrix, K)


def changed(lists: Lists, row: int, place: int, *, item: int | None = None, score: float | None = None) -> Lists:
    ids, scores = lists.ids.copy(), lists.scores.copy()
    ids[row, place] = ids[row, place] if item is None else item
    scores[row, place] = scores[row, place] if score is None else score
    return Lists.make(ids, scores, lists.ids.shape[1])


def test_equal_lists_agree(neighbours):
    found = compare(neighbours, neighbours)
    assert found.agree
    assert (found.lists, found.worst_score_difference) == (80, 0.0)


def test_the_order_in_a_row_and_the_rounding_of_floats_do_not_matter(neighbours):
    random = np.random.default_rng(1)
    ids, scores = neighbours.ids.copy(), neighbours.scores * (1 + random.uniform(-1e-6, 1e-6, neighbours.scores.shape))
    for row in range(len(ids)):
        order = random.permutation(K)
        ids[row], scores[row] = ids[row, order], scores[row, order]
    found = compare(neighbours, Lists.make(ids, scores, K))
    assert found.agree
    assert 0 < found.worst_score_difference < 1e-5


def test_a_wrong_neighbour_is_found(neighbours):
    stranger = next(item for item in range(80) if item not in neighbours.ids[7])
    found = compare(neighbours, changed(neighbours, 7, 0, item=stranger))
    assert not found.agree
    assert found.lists_that_differ == 1


def test_a_wrong_score_is_found(neighbours):
    worse = changed(neighbours, 4, 2, score=float(neighbours.scores[4, 2]) * 0.999)
    assert compare(neighbours, worse).lists_that_differ == 1


def test_two_neighbours_with_each_others_score_are_found():
    ours = Lists.make(np.array([[1, 2, 3]]), np.array([[0.9, 0.5, 0.1]]), 3)
    theirs = Lists.make(np.array([[2, 1, 3]]), np.array([[0.9, 0.5, 0.1]]), 3)
    assert not compare(ours, theirs).agree


def test_a_missing_neighbour_is_found(neighbours):
    assert compare(neighbours, changed(neighbours, 5, K - 1, score=0.0)).lists_that_differ == 1
    assert compare(changed(neighbours, 5, K - 1, score=0.0), neighbours).lists_that_differ == 1


@pytest.mark.parametrize(("scores", "agree"), [((0.9, 0.5), True), ((0.9, 0.4), False), ((0.8, 0.5), False)])
def test_only_ties_at_the_end_of_a_full_list_are_free(scores, agree):
    """The second place may go to 2 or to 3, with whom it is tied."""
    ours = Lists.make(np.array([[1, 2]]), np.array([[0.9, 0.5]]), 2)
    theirs = Lists.make(np.array([[1, 3]]), np.array([scores]), 2)
    assert compare(ours, theirs).agree is agree


def test_an_item_that_is_in_neither_tail_is_no_tie():
    ours = Lists.make(np.array([[1, 2, 3]]), np.array([[0.9, 0.9, 0.5]]), 3)
    theirs = Lists.make(np.array([[1, 4, 3]]), np.array([[0.9, 0.9, 0.5]]), 3)
    assert not compare(ours, theirs).agree


def test_the_shop_is_what_was_asked_for(shop):
    found = describe(shop)
    assert (found["users"], found["items"], found["pairs"], found["binary"]) == (300, 80, 4000, True)
    assert shop.has_canonical_format
    assert (make_shop(300, 80, 4000, departments=8, seed=3) != shop).nnz == 0
    assert found["gini_items"] > 0.2
    assert found["multiply_adds"] == sum(int(size) ** 2 for size in np.diff(shop.indptr))


def test_ratios_are_those_of_rounds():
    found = measure.ratios({"recocore": [1.0, 2.0, 1.0], "slow": [10.0, 10.0, 10.0], "fast": [2.0, 2.0, 8.0]})
    assert found["fastest_peer"] == "fast"
    assert found["peers"]["fast"]["rounds"] == [2.0, 1.0, 8.0]
    assert (found["against_fastest"]["median"], found["against_fastest"]["min"], found["against_fastest"]["max"]) == (
        2.0,
        1.0,
        8.0,
    )
    assert found["peers"]["slow"]["of_medians"] == 10.0


def test_everybody_comes_first_once():
    orders = [measure.rotated(["a", "b", "c"], number) for number in range(3)]
    assert orders == [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"]]


@pytest.mark.filterwarnings("ignore:Method expects CSR")
@pytest.mark.parametrize("peer", ["similaripy", "implicit", "sparse_dot_topn"])
def test_peers_agree_on_a_tiny_shop(shop, peer):
    pytest.importorskip(peer)
    case = cases.Case("fit cosine", "fit", "shop-tiny", (peer,), k=K)
    lists = {}
    for name in ("recocore", peer):
        contestant = contestants.CONTESTANTS["fit"][name](case, shop, 1, None)
        contestant.run()
        lists[name] = contestant.lists(None)
    assert compare(lists["recocore"], lists[peer]).agree


def race(*, agree: bool, task: str = "fit") -> dict:
    """A race as `measure.race` describes it."""
    seconds = {"recocore": [1.0, 1.0, 1.0], "peer": [3.0, 4.0, 5.0]}
    verdict = {"agree": agree, "lists": 80, "lists_that_differ": 0 if agree else 9, "compared_with": "the result"}
    return {
        "name": "fit cosine",
        "task": task,
        "data": "shop-tiny",
        "threads": 2,
        "target": 4.0,
        "target_p50_us": 10.0,
        "contestants": {
            name: {
                "data_bytes": 20_000_000,
                "peak_bytes": 30_000_000 if name == "recocore" else 60_000_000,
                "runs": [{"seconds": each, "p50_ns": each * 1e9, "p99_ns": each * 2e9} for each in seconds[name]],
                "median_seconds": sorted(seconds[name])[1],
                "agreement": verdict if name == "peer" else None,
                "differs": None,
            }
            for name in seconds
        },
        "ratios": measure.ratios(seconds),
    }


def test_the_table_says_how_many_times_faster_and_whether_the_target_is_met():
    table = report.times([race(agree=True)])
    assert "| fit cosine | shop-tiny | 2 | 1.00 | peer 4.00 | **4.00** (3.00 to 5.00) | 4: met | - |" in table
    assert "disagrees" not in table
    assert "| shop-tiny | 2 | 30 + 20 | 0.50 (peer) | peer 60 + 20 |" in report.memory([race(agree=True)])


def test_the_table_says_who_disagrees():
    for table in (report.times([race(agree=False)]), report.one_user([race(agree=False, task="one")])):
        assert "(disagrees)" in table
        assert "peer disagrees** in 9 of 80 lists" in table


def test_documents_are_updated_between_the_marks(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{report.BEGIN}\nold\n{report.END}\n\nafter\n")
    for text in ("new", "newer"):
        report.update(page, text)
        assert page.read_text() == f"before\n\n{report.BEGIN}\n\n{text}\n\n{report.END}\n\nafter\n"
    page.write_text("no marks")
    with pytest.raises(ValueError, match="has no region"):
        report.update(page, "new")


def test_an_unhappy_worker_says_why():
    with (
        measure.WorkerProcess("nobody", sys.executable, 1) as worker,
        pytest.raises(measure.WorkerError, match="AttributeError"),
    ):
        worker.ask("nothing")


def test_latencies_are_of_single_requests():
    served: list[int] = []
    found = contestants.latencies(served.append, [3, 1, 2])
    assert served == [3, 1, 2]
    assert found["requests"] == 3
    assert 0 < found["p50_ns"] <= found["p99_ns"]
    assert measure.cost_of(SimpleNamespace(task="one"), found) == pytest.approx(found["p50_ns"] * 1e-9)  # type: ignore[arg-type]
