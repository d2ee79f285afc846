"""Foreseeing the next item of sessions: the steps, and their evaluation."""

from __future__ import annotations

import numpy as np
import pytest
import recocore as rc


@pytest.fixture
def sessions() -> rc.Interactions:
    events = {
        "user_id": ["a", "a", "a", "b", "c", "c"],
        "item_id": ["tea", "pot", "tea", "tea", "mug", "pot"],
        "timestamp": [30, 10, 20, 5, 2, 1],
    }
    return rc.Interactions.from_table(events, timestamp="timestamp", duplicates="binary")


def test_steps_follow_time_and_keep_repetitions(sessions):
    histories, targets = rc.split.steps(sessions)
    assert [history.tolist() for history in histories] == [["pot"], ["pot", "tea"], ["pot"]]
    assert targets.tolist() == ["tea", "tea", "mug"]


def test_steps_need_times_and_two_events(sessions):
    with pytest.raises(rc.errors.InvalidDataError, match="times"):
        rc.split.steps({"user_id": [1, 1], "item_id": [1, 2]})
    alone = rc.Interactions.from_table({"user_id": [1], "item_id": [1], "timestamp": [1]}, timestamp="timestamp")
    with pytest.raises(rc.errors.InvalidDataError, match="two events"):
        rc.split.steps(alone)


def test_evaluate_next_is_what_the_lists_say(sessions):
    model = rc.ItemKNN().fit(sessions)
    histories = [["pot"], ["tea", "unheard of"], [], ["mug"]]
    targets = ["tea", "mug", "pot", "unheard of"]
    found = rc.evaluate_next(model, histories, targets, n=2)
    lists = [model.recommend(history=history, n=2, exclude_seen=False).item_id.tolist() for history in histories]
    by_hand = rc.metrics.evaluate_lists(lists, [{target} for target in targets], n=2)
    for metric, values in by_hand.items():
        assert found.per_user[metric].tolist() == values.tolist()
        assert getattr(found, metric) == pytest.approx(values.mean())
    assert found.hit_rate == found.recall
    assert found.n_users == 4
    assert found.unknown_items == 1
    assert found.per_user["user_id"].tolist() == [0, 1, 2, 3]
    assert "4 steps" in repr(found)
    low, high = found.interval("mrr")
    assert 0 <= low <= found.mrr <= high <= 1


def test_evaluate_next_agrees_with_evaluate_on_everything_else():
    random = np.random.default_rng(4)
    pairs = np.unique(random.integers(0, (40, 25), (300, 2)), axis=0)
    train = rc.Interactions.from_arrays(pairs[:, 0], pairs[:, 1])
    test = rc.Interactions.from_arrays(np.arange(40), random.integers(0, 25, 40))
    model = rc.ItemKNN().fit(train)
    users = [user for user in range(40) if user in train.users]
    targets = [int(test.items_of(user)[0]) for user in users]
    one = rc.evaluate_next(model, [train.items_of(user) for user in users], targets, n=5)
    kept = rc.Interactions.from_arrays(users, targets)
    two = rc.evaluate(model, train, kept, n=5, exclude_seen=False)
    for metric in ("recall", "ndcg", "mrr", "coverage", "novelty", "gini"):
        assert getattr(one, metric) == pytest.approx(getattr(two, metric), abs=1e-12)


def test_evaluate_next_refuses_what_does_not_fit(sessions):
    model = rc.ItemKNN().fit(sessions)
    with pytest.raises(rc.errors.InvalidParameterError, match="one target"):
        rc.evaluate_next(model, [["tea"]], ["pot", "mug"])
    with pytest.raises(rc.errors.InvalidDataError, match="no histories"):
        rc.evaluate_next(model, [], [])
    with pytest.raises(rc.errors.NotFittedError):
        rc.evaluate_next(rc.ItemKNN(), [["tea"]], ["pot"])
    with pytest.raises(rc.errors.IdTypeError, match="one kind"):
        rc.evaluate_next(model, [["tea"]], [7])
    with pytest.raises(rc.errors.InvalidParameterError, match=r"list 0 is 'tea'.*\['tea'\]"):
        model.recommend_histories(["tea"])
    with pytest.raises(rc.errors.InvalidParameterError, match="list of lists"):
        model.recommend_histories("tea")
