"""A fit that may not take longer, or more memory, than it is told."""

from __future__ import annotations

import pickle
import time
from collections.abc import Mapping

import numpy as np
import pytest
import recocore as rc
import scipy.sparse as sp
from recocore.errors import DeadlineExceededError, InvalidParameterError, MemoryLimitError
from sklearn.base import clone

MODELS = [rc.ItemKNN, rc.Popularity, rc.P3alpha, rc.RP3beta, rc.SLIM, rc.UserKNN]


def forms(events):
    """The same data as interactions, table and matrix."""
    return [
        rc.Interactions.from_table(events),
        {name: events[name] for name in ("user_id", "item_id")},
        sp.csr_array(np.eye(4) + np.eye(4, k=1)),
    ]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("cls", MODELS)
def test_a_time_that_is_over(cls, n_jobs, events):
    model = cls(n_jobs=n_jobs).fit(rc.Interactions.from_table(events))
    before, seconds, interactions = model.recommend("eve"), model.fit_seconds_, model.interactions_
    model.set_params(time_limit=1e-9)
    for data in forms(events):
        with pytest.raises(
            DeadlineExceededError, match=f"{cls.__name__} was not fitted within time_limit=1e-09 seconds"
        ):
            model.fit(data)
        assert model.recommend("eve") == before
        assert model.fit_seconds_ == seconds
        assert model.interactions_ is interactions
    never = cls(time_limit=1e-9)
    with pytest.raises(TimeoutError, match="the model is as it was"):
        never.fit(forms(events)[0])
    assert not hasattr(never, "model_")


def test_a_fit_is_cut_short():
    # More than a billion products, which no machine does in a millisecond.
    dense = rc.Interactions.from_arrays(np.repeat(np.arange(150), 3000), np.tile(np.arange(3000), 150))
    with pytest.raises(DeadlineExceededError):
        rc.ItemKNN(time_limit=1e-3, weighting="bm25").fit(dense)


@pytest.mark.parametrize("cls", MODELS)
def test_reading_counts(cls, events):
    class Slow(Mapping):
        def __getitem__(self, name):
            time.sleep(0.02)
            return events[name]

        def __iter__(self):
            return iter(("user_id", "item_id"))

        def __len__(self):
            return 2

    with pytest.raises(DeadlineExceededError):
        cls(time_limit=0.01).fit(Slow())


def test_reading_the_catalogue_counts(events):
    class Slow(Mapping):
        def __getitem__(self, name):
            time.sleep(0.02)
            return {"item_id": ["tea"], "kind": ["hot"]}[name]

        def __iter__(self):
            return iter(("item_id", "kind"))

        def __len__(self):
            return 2

    with pytest.raises(DeadlineExceededError):
        rc.Popularity(category="kind", time_limit=0.01).fit(forms(events)[0], items=Slow())


@pytest.mark.parametrize("limit", [1e6, 1e300, 10**400, np.float32(1e6), np.int64(10**6)])
@pytest.mark.parametrize("cls", MODELS)
def test_a_time_that_is_long(cls, limit, shop):
    if isinstance(limit, int) and limit > 1e300:
        with pytest.raises(InvalidParameterError, match="time_limit, in seconds, must be a finite number"):
            cls(time_limit=limit).fit(shop)
    else:
        assert cls(time_limit=limit).fit(shop).recommend("eve") == cls().fit(shop).recommend("eve")


@pytest.mark.parametrize("cls", MODELS)
def test_too_little_memory(cls, events):
    model = cls().fit(rc.Interactions.from_table(events))
    before = model.recommend("eve")
    model.set_params(memory_limit=1)
    for data in forms(events):
        with pytest.raises(
            MemoryLimitError, match=r"needs about .* of memory beside its input, above the limit of 1 byte"
        ):
            model.fit(data)
        assert model.recommend("eve") == before
    with pytest.raises(MemoryError):
        model.fit(forms(events)[0])


@pytest.mark.parametrize("limit", [10**15, 10**30, np.int64(10**15)])
@pytest.mark.parametrize("cls", MODELS)
def test_enough_memory(cls, limit, shop):
    assert cls(memory_limit=limit).fit(shop).recommend("eve") == cls().fit(shop).recommend("eve")


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("cls", MODELS)
def test_the_limit_is_what_the_estimate_says(cls, n_jobs, events):
    for data in forms(events):
        estimate = cls(n_jobs=n_jobs).estimate_fit_memory(data)
        assert isinstance(estimate, int)
        assert estimate > 0
        cls(n_jobs=n_jobs, memory_limit=estimate).fit(data)
        with pytest.raises(MemoryLimitError):
            cls(n_jobs=n_jobs, memory_limit=estimate - 1).fit(data)


def test_an_estimate_follows_the_parameters(random_matrix):
    assert rc.ItemKNN(k=2).estimate_fit_memory(random_matrix) < rc.ItemKNN(k=30).estimate_fit_memory(random_matrix)
    with pytest.raises(InvalidParameterError, match="k must be"):
        rc.ItemKNN(k=0).estimate_fit_memory(random_matrix)
    with pytest.raises(InvalidParameterError, match="unknown similarity"):
        rc.ItemKNN(similarity="cosin").estimate_fit_memory(random_matrix)
    with pytest.raises(InvalidParameterError, match="window_days"):
        rc.Popularity(kind="recent", window_days=-1).estimate_fit_memory(random_matrix)


@pytest.mark.parametrize(
    ("name", "unit", "limit"),
    [("time_limit", "seconds", value) for value in (0, -1.0, float("nan"), float("inf"), "1", True, b"")]
    + [("memory_limit", "bytes", value) for value in (0, -1, 1e9, "1 GB", True, b"")],
    ids=str,
)
@pytest.mark.parametrize("cls", MODELS)
def test_limits_that_make_no_sense(cls, name, unit, limit, shop):
    with pytest.raises(InvalidParameterError, match=f"{name}, in {unit}, must be"):
        cls(**{name: limit}).fit(shop)


@pytest.mark.parametrize("cls", MODELS)
def test_limits_are_parameters(cls, shop):
    model = cls(time_limit=60, memory_limit=10**9).fit(shop)
    assert repr(model) == f"{cls.__name__}(time_limit=60, memory_limit=1000000000)"
    assert repr(clone(model)) == repr(model)
    again = pickle.loads(pickle.dumps(model))
    assert again.get_params() == model.get_params()
    again.fit(shop)
    assert repr(model.set_params(time_limit=None, memory_limit=None)) == f"{cls.__name__}()"
