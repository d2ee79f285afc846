"""SessionKNN against a twin in plain Python, written from the formulas."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import recocore as rc


def random_sessions(seed: int, items: int = 20, count: int = 80) -> list[list[int]]:
    """Walks over a ring of items with steps back; every item occurs."""
    random = np.random.default_rng(seed)
    sessions = [[i, i + 1] for i in range(0, items, 2)]
    while len(sessions) < count:
        session = [int(random.integers(items))]
        while len(session) < random.integers(1, 9):
            back = random.random() < 0.2
            session.append(int(random.choice(session) if back else (session[-1] + random.integers(1, 5)) % items))
        sessions.append(session)
    return sessions


def interactions_of(sessions: list[list[int]]) -> rc.Interactions:
    users = np.repeat(np.arange(len(sessions)), [len(session) for session in sessions])
    items = np.concatenate(sessions)
    return rc.Interactions.from_arrays(users, items, timestamp=np.arange(len(items)), duplicates="binary")


def shares(values: np.ndarray) -> np.ndarray:
    total = values.sum()
    return values / total if total > 0 else values


def largest(values: np.ndarray, most: int) -> np.ndarray:
    """All others 0. What is equal in single precision is a tie, which the smaller id wins."""
    kept = np.zeros_like(values)
    chosen = np.argsort(-values.astype(np.float32), kind="stable")[:most]
    kept[chosen] = values[chosen]
    return kept


class Twin:
    """Dense rows of everything, with the default parameters."""

    def __init__(self, sessions: list[list[int]], items: int = 20) -> None:
        self.sessions, self.items = sessions, items
        self.age = (len(sessions) - np.arange(len(sessions))) / len(sessions)
        self.has = np.array([[item in session for item in range(items)] for session in sessions])
        self.users = self.has.sum(axis=0)
        together = np.zeros((items, items))
        moves = np.zeros((items, items))
        came, could = np.zeros(20), np.full(20, 20.0)
        for s, session in enumerate(sessions):
            for i in set(session):
                for other in session:
                    together[i, other] += (i != other) / np.sqrt(len(session))
            for a, i in enumerate(session):
                for b, j in enumerate(session):
                    if a != b and abs(a - b) <= 30:
                        moves[i, j] += np.exp(-0.7 * self.age[s]) / abs(a - b) * (1 if b > a else 0.8)
                if a > 0:
                    for d, item in enumerate(self.distinct(session[:a])):
                        could[d] += 1
                        came[d] += item == i
        self.rates = came / could
        self.alike = np.array([shares(largest(row / np.sqrt(self.users), 30) ** 0.7) for row in together])
        self.next = self.alike @ np.array([largest(shares(row), 100) for row in moves])
        np.fill_diagonal(self.next, 0)

    @staticmethod
    def distinct(prefix: list[int]) -> list[int]:
        return list(dict.fromkeys(reversed(prefix)))[:20]

    def scores(self, prefix: list[int], k: int = 300) -> np.ndarray:
        weights = np.zeros(self.items)
        for d, item in enumerate(reversed(prefix[-20:])):
            weights[item] = weights[item] or np.exp(-d / 20) / (d + 1)
        given = [item for item in self.distinct(prefix) if weights[item] > 0]
        more = sum(weights[item] * largest(self.alike[item], 10) for item in given[:5])
        weights = np.where(weights > 0, weights, more)
        lengths = np.array([len(session) for session in self.sessions])
        near = (self.has @ weights) ** 1.25 / np.sqrt(lengths) * np.exp(-0.7 * self.age)
        result = np.zeros(self.items)
        for s in sorted(range(len(near)), key=lambda s: (-near[s], -s))[:k]:
            session = self.sessions[s]
            for a, i in enumerate(session):
                for b, j in enumerate(session):
                    if a != b:
                        distance, power = abs(a - b), 1 if b > a else 1.2
                        g = (distance**-0.5 * np.exp(-0.15 * (distance - 1))) ** power * (1 if b > a else 0.8)
                        result[j] += near[s] * weights[i] * g
        result = shares(result * (self.users + 5.0) ** -0.15)
        hop = sum((d + 1) ** -0.7 * self.next[item] for d, item in enumerate(reversed(prefix[-5:])))
        result += 0.35 * ((1 + near.sum()) / 20) ** -0.3 * shares(hop)
        back = self.distinct(prefix)
        if self.rates[0] < 0.01:
            result[back[0]] = 0
        result[back] += self.rates[: len(back)] / (1 - min(0.95, self.rates[: len(back)].sum()))
        return result


@pytest.fixture(scope="module")
def sessions() -> list[list[int]]:
    return random_sessions(1)


@pytest.fixture(scope="module")
def clicks(sessions) -> rc.Interactions:
    return interactions_of(sessions)


@pytest.mark.parametrize("k", [5, 300])
def test_scores_against_the_twin(sessions, clicks, k):
    twin = Twin(sessions)
    model = rc.SessionKNN(k=k).fit(clicks)
    np.testing.assert_allclose(model.next_items_.toarray(), twin.next, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(model.reminder_rates_, twin.rates, rtol=1e-12)
    prefixes = random_sessions(2)[10:]
    lists = model.recommend_histories(prefixes, n=20, exclude_seen=False, on_unknown="empty")
    for number, prefix in enumerate(prefixes):
        expected = twin.scores(prefix, k)
        mine = (lists.user_id == number) & (lists.tier == "collaborative")
        assert mine.sum() == (expected > 0).sum()
        np.testing.assert_allclose(lists.score[mine], expected[lists.item_id[mine]], rtol=1e-4)


def test_what_was_seen_is_an_answer(clicks):
    model = rc.SessionKNN().fit(clicks)
    assert set(model.recommend(history=[3, 4], n=20, exclude_seen=False).item_id) >= {3, 4}
    assert not set(model.recommend(history=[3, 4], n=20).item_id) & {3, 4}


def test_the_order_of_clicks_counts(clicks):
    model = rc.SessionKNN().fit(clicks)
    first, second = (model.recommend(history=history, exclude_seen=False) for history in ([3, 9], [9, 3]))
    assert first.item_id.tolist() != second.item_id.tolist()
    assert model.recommend(history=[3, 9999, 9], exclude_seen=False) == first


def test_evaluate_next(sessions, clicks):
    histories, targets = rc.split.steps(interactions_of(random_sessions(3)[10:]))
    model = rc.SessionKNN().fit(clicks)
    found = rc.evaluate_next(model, histories, targets, n=5, resamples=1)
    twin = Twin(sessions)
    places: list[int] = []
    for history, target in zip(histories, targets, strict=True):
        scores = twin.scores([int(item) for item in history])
        places.append(1 + int((scores > scores[target]).sum()))
    ranks = np.array(places)
    assert found.hit_rate == pytest.approx((ranks <= 5).mean(), abs=2 / len(ranks))
    assert found.mrr == pytest.approx(np.where(ranks <= 5, 1 / ranks, 0).mean(), abs=2 / len(ranks))


@pytest.mark.parametrize("parameters", [{}, {"scoring": "vmis", "k": 20, "max_sessions": 30}, {"expansion": 0}])
def test_pickle(clicks, parameters):
    model = rc.SessionKNN(**parameters).fit(clicks)
    again = pickle.loads(pickle.dumps(model))
    assert again.get_params() == model.get_params()
    histories = random_sessions(5)
    assert again.recommend_histories(histories, exclude_seen=False) == model.recommend_histories(
        histories, exclude_seen=False
    )
    assert again.similar_items(2) == model.similar_items(2)


def test_the_same_bytes_for_any_threads(clicks):
    users = range(40)
    lists = [rc.SessionKNN(n_jobs=jobs).fit(clicks).recommend(users, exclude_seen=False) for jobs in (1, 2, 5)]
    assert lists[0] == lists[1] == lists[2]


def test_limits(clicks):
    estimate = rc.SessionKNN(n_jobs=1).estimate_fit_memory(clicks)
    rc.SessionKNN(n_jobs=1, memory_limit=estimate).fit(clicks)
    with pytest.raises(rc.errors.MemoryLimitError):
        rc.SessionKNN(n_jobs=1, memory_limit=estimate - 1).fit(clicks)
    with pytest.raises(rc.errors.DeadlineExceededError):
        rc.SessionKNN(time_limit=1e-9).fit(clicks)


def test_sessions_need_times():
    with pytest.raises(rc.errors.InvalidDataError, match="name their timestamp column"):
        rc.SessionKNN().fit({"user_id": [1, 1], "item_id": ["tea", "pot"]})


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"k": 0}, "k must be a whole number of at least 1; got 0"),
        ({"max_sessions": -1}, "max_sessions must be a whole number of at least 0; got -1"),
        ({"scoring": "stan"}, "unknown scoring 'stan'; known are 'full', 'vmis'"),
        ({"recency": -1}, "recency must be from 0 to 20; got -1"),
        ({"neighbour_power": 0}, "neighbour_power must be above 0 and at most 4; got 0"),
        ({"expansion": "some"}, "expansion must be a finite number; got 'some'"),
        ({"before_weight": 2}, "before_weight must be from 0 to 1; got 2"),
    ],
)
def test_bad_parameters(clicks, parameters, message):
    with pytest.raises(rc.errors.InvalidParameterError, match=message):
        rc.SessionKNN(**parameters).fit(clicks)
