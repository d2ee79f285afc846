"""NextBasket beside a dense implementation in NumPy."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import recocore as rc

DAY = 86_400


def purchases(seed=3, users=25, items=18, events=700):
    random = np.random.default_rng(seed)
    return {
        "user_id": random.integers(0, users, events),
        "item_id": np.minimum(random.geometric(0.15, events) - 1, items - 1),
        "timestamp": random.integers(0, 50, events) * DAY // 2,
    }


def dense_vectors(events, shape, *, group_size, within_decay, group_decay, basket):
    result = np.zeros(shape)
    unit = DAY if basket == "day" else 1
    for user in range(shape[0]):
        mine = events["user_id"] == user
        times = events["timestamp"][mine] // unit
        rows = [np.isin(np.arange(shape[1]), events["item_id"][mine][times == time]) for time in np.unique(times)]
        groups = [rows[max(0, end - group_size) : end] for end in range(len(rows), 0, -group_size)]
        for age, group in enumerate(groups):
            decays = within_decay ** np.arange(len(group) - 1, -1, -1)
            result[user] += group_decay**age * (decays @ np.array(group, dtype=float)) / len(group) / len(groups)
    return result


def dense_scores(vectors, own, user, *, k, alpha):
    lengths = np.linalg.norm(vectors, axis=1)
    similarity = vectors @ own / np.where(lengths > 0, lengths, 1)
    if user is not None:
        similarity[user] = 0
    nearest = [other for other in np.argsort(-similarity, kind="stable")[:k] if similarity[other] > 0]
    return alpha * own + (1 - alpha) * (vectors[nearest].mean(axis=0) if nearest else 0)


@pytest.mark.parametrize("basket", ["time", "day"])
@pytest.mark.parametrize("duplicates", ["sum", "binary"])
@pytest.mark.parametrize(
    ("vector", "mean"),
    [
        ({"group_size": 7, "within_decay": 0.9, "group_decay": 0.7}, {"k": 300, "alpha": 0.7}),
        ({"group_size": 3, "within_decay": 0.5, "group_decay": 0.9}, {"k": 4, "alpha": 0.2}),
        ({"group_size": 1, "within_decay": 1.0, "group_decay": 1.0}, {"k": 2, "alpha": 0.0}),
        ({"group_size": 1000, "within_decay": 1.0, "group_decay": 1.0}, {"k": 1, "alpha": 1.0}),
    ],
)
def test_against_numpy(basket, duplicates, vector, mean):
    events = purchases()
    inter = rc.Interactions.from_table(events, timestamp="timestamp", duplicates=duplicates)
    model = rc.NextBasket(basket=basket, **vector, **mean).fit(inter)
    expected = dense_vectors(events, inter.shape, basket=basket, **vector)
    np.testing.assert_allclose(model.user_vectors_.toarray(), expected, rtol=1e-6)
    for user in range(inter.n_users):
        scores = dense_scores(expected, expected[user], user, **mean)
        made = model.recommend(user, n=inter.n_items, exclude_seen=False)
        own = made.score[made.tier == "collaborative"]
        assert len(own) == (scores > 0).sum()
        np.testing.assert_allclose(own, scores[made.item_id[: len(own)]], rtol=1e-5)
        assert (np.diff(own) <= 0).all()
    history, weights = [2, 5, 9], [1.0, 3.0, 0.5]
    own = np.zeros(inter.n_items)
    own[history] = weights
    scores = dense_scores(expected, own, None, **mean)
    made = model.recommend(history=history, weights=weights, n=5, exclude_seen=False)
    known = made.tier == "collaborative"
    np.testing.assert_allclose(made.score[known], scores[made.item_id[known]], rtol=1e-5)


def test_repeat_purchases_come_first():
    events = {"user_id": [1, 1, 1, 2, 2], "item_id": [7, 7, 8, 8, 9], "timestamp": [0, DAY, DAY, 0, DAY]}
    model = rc.NextBasket().fit(rc.Interactions.from_table(events, timestamp="timestamp"))
    assert model.recommend(1, n=3, exclude_seen=False).item_id.tolist() == [7, 8, 9]
    assert model.recommend(1, n=3).item_id.tolist() == [9]


def test_pickle_threads_and_order():
    events = purchases(seed=5)
    inter = rc.Interactions.from_table(events, timestamp="timestamp")
    model = rc.NextBasket(k=5, n_jobs=1).fit(inter)
    lists = model.recommend(range(25), n=10, exclude_seen=False)
    again = pickle.loads(pickle.dumps(model))
    assert again.get_params() == model.get_params()
    assert again.recommend(range(25), n=10, exclude_seen=False) == lists
    order = np.random.default_rng(1).permutation(700)
    shuffled = {name: column[order] for name, column in events.items()}
    other = rc.NextBasket(k=5, n_jobs=7).fit(rc.Interactions.from_table(shuffled, timestamp="timestamp"))
    assert other.recommend(range(25), n=10, exclude_seen=False) == lists


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"k": 0}, "k must be a whole number of at least 1; got 0"),
        ({"group_size": 0}, "group_size must be"),
        ({"within_decay": 0}, "within_decay must be above 0 and at most 1"),
        ({"group_decay": 1.1}, "group_decay must be above 0 and at most 1"),
        ({"alpha": 2}, "alpha must be from 0 to 1"),
        ({"basket": "week"}, "unknown basket 'week'; known are 'time', 'day'"),
        ({"basket": None}, "basket must be a str"),
    ],
)
def test_bad_parameters(shop, parameters, message):
    with pytest.raises(rc.errors.InvalidParameterError, match=message):
        rc.NextBasket(**parameters).fit(shop)


def test_bad_data_and_limits(shop):
    with pytest.raises(rc.errors.InvalidDataError, match="needs the times of events"):
        rc.NextBasket().fit({"user_id": [1, 2], "item_id": [1, 2]})
    needed = rc.NextBasket().estimate_fit_memory(shop)
    rc.NextBasket(memory_limit=needed).fit(shop)
    with pytest.raises(rc.errors.MemoryLimitError):
        rc.NextBasket(memory_limit=needed - 1).fit(shop)
    with pytest.raises(rc.errors.DeadlineExceededError):
        rc.NextBasket(time_limit=1e-9).fit(shop)
