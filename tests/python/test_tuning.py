"""Parameters by search."""

from __future__ import annotations

import math
from random import Random

import matplotlib as mpl
import numpy as np
import pytest
import recocore as rc
from recocore import spaces
from recocore.errors import InvalidDataError, InvalidParameterError, MemoryLimitError, NotFittedError

mpl.use("Agg")

MODELS = [
    getattr(rc, name)
    for name in rc.__all__
    if isinstance(getattr(rc, name), type)
    and issubclass(getattr(rc, name), rc._base.Recommender)
    and name != "ContentKNN"  # needs a table of items
]


@pytest.fixture(scope="module")
def market() -> rc.Interactions:
    random = np.random.default_rng(5)
    users = np.repeat(np.arange(120), 10)
    items = np.concatenate([random.choice(40, 10, replace=False) // 2 * 2 + user % 2 for user in range(120)])
    return rc.Interactions.from_arrays(users, items, timestamp=random.integers(10**9, 2 * 10**9, len(users)))


class TestSpaces:
    def test_samples_lie_inside_and_reach_the_ends(self):
        random = Random(3)
        for dimension in (spaces.Int(1, 5), spaces.Int(1, 5, log=True), spaces.Choice("a", None, True)):
            seen = {dimension.sample(random) for _ in range(300)}
            assert all(value in dimension for value in seen)
            assert len(seen) == (3 if isinstance(dimension, spaces.Choice) else 5)
        for numbers in (spaces.Float(-1.0, 3.0), spaces.Float(0.01, 100.0, log=True)):
            drawn = [numbers.sample(random) for _ in range(1000)]
            assert all(value in numbers for value in drawn)
            middle = 1.0
            assert 0.4 < np.mean([value < middle for value in drawn]) < 0.6

    def test_when(self):
        space: dict[str, spaces.Dimension] = {
            "similarity": spaces.Choice("cosine", "tversky"),
            "beta": spaces.When("similarity", "tversky", spaces.Float(0, 1)),
        }
        drawn = [spaces.sample(space, Random(seed)) for seed in range(40)]
        assert all(("beta" in one) == (one["similarity"] == "tversky") for one in drawn)
        assert len({len(one) for one in drawn}) == 2
        space["beta"] = spaces.When("similarity", ("tversky", "dice"), spaces.Float(0, 1), otherwise=None)
        drawn = [spaces.sample(space, Random(seed)) for seed in range(40)]
        assert all((one["beta"] is None) == (one["similarity"] == "cosine") for one in drawn)
        with pytest.raises(InvalidParameterError, match="must come before it"):
            spaces.sample(dict(reversed(list(space.items()))), Random(0))

    @pytest.mark.parametrize(
        "make",
        [
            lambda: spaces.Float(2, 1),
            lambda: spaces.Float(0, 1, log=True),
            lambda: spaces.Float(0, math.inf),
            lambda: spaces.Int(0, 3, log=True),
            lambda: spaces.Int(1.5, 3),  # type: ignore[arg-type]
            lambda: spaces.Int(3, 2),
            spaces.Choice,
            lambda: spaces.sample({"k": 5}, Random(0)),  # type: ignore[dict-item]
        ],
    )
    def test_what_makes_no_sense(self, make):
        with pytest.raises(InvalidParameterError):
            make()

    @pytest.mark.parametrize("cls", MODELS)
    def test_of_the_models(self, cls, market):
        space = cls.search_space()
        first = {} if cls is not rc.Blend else {"models": [rc.ItemKNN(), rc.Popularity()]}
        assert set(space) <= set(cls(**first).get_params())
        errors = []
        for seed in range(2 if cls is rc.ALS else 4):
            chosen = spaces.sample(space, Random(seed))
            try:
                cls(**first, **chosen, n_jobs=1).fit(market)
            except rc.RecocoreError as error:
                errors.append(error)
        assert not errors


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_a_tuning(market, sampler):
    model = rc.ItemKNN(k=30, n_jobs=1)
    tuning = rc.tune(model, market, trials=12, metric="recall@5", sampler=sampler, seed=4)
    assert not hasattr(model, "model_")
    assert len(tuning.trials) == 12
    first = tuning.trials[0]
    assert first.parameters["k"] == 30
    assert tuning.best_value >= (first.value or 0)
    assert tuning.best_value == max(trial.value for trial in tuning.trials if trial.value is not None)
    assert len({repr(trial.parameters) for trial in tuning.trials}) == 12
    assert tuning.best_model.interactions_ == market
    assert tuning.best_model.get_params() == {**model.get_params(), **tuning.best_params}
    # What was measured is what evaluate says.
    train, test = rc.split.by_time(market, 0.1)
    best = rc.ItemKNN(**tuning.best_params)
    assert rc.evaluate(best, train, test, n=5).recall == pytest.approx(tuning.best_value)

    again = rc.tune(model, market, trials=12, metric="recall@5", sampler=sampler, seed=4)
    assert [(one.parameters, one.value) for one in again.trials] == [
        (one.parameters, one.value) for one in tuning.trials
    ]
    other = rc.tune(model, market, trials=12, metric="recall@5", sampler=sampler, seed=5)
    assert [one.parameters for one in other.trials] != [one.parameters for one in tuning.trials]


def test_more_trials_begin_with_the_same(market):
    few, many = (rc.tune(rc.ItemKNN(), market, trials=trials, refit=False) for trials in (4, 8))
    assert [one.parameters for one in many.trials[:4]] == [one.parameters for one in few.trials]


def test_several_models_take_turns(market):
    tuning = rc.tune({"a": rc.ItemKNN(), "b": rc.ItemKNN(similarity="jaccard"), "c": rc.Popularity()}, market, trials=7)
    assert [trial.model for trial in tuning.trials] == ["a", "b", "c", "a", "b", "c", "a"]
    table = tuning.to_pandas()
    assert table.columns[:2].tolist() == ["trial", "model"]
    assert {"k", "similarity", "kind", "ndcg@20", "seconds", "error"} <= set(table.columns)
    assert len(table) == 7
    assert table["ndcg@20"].max() == tuning.best_value


def test_a_small_space_is_not_tried_twice(market):
    space = {"k": spaces.Int(1, 3)}
    for sampler in ("random", "tpe"):
        tuning = rc.tune(rc.ItemKNN(k=2), market, trials=50, spaces=space, sampler=sampler)
        assert sorted(trial.parameters["k"] for trial in tuning.trials) == [1, 2, 3]


def test_nothing_to_search(market):
    tuning = rc.tune(rc.ItemKNN(), market, trials=5, spaces={})
    assert len(tuning.trials) == 1
    assert tuning.best_params == {}


def test_what_does_not_matter_has_its_default(market):
    # No weighting goes with tversky: what the model was given must not make those trials fail.
    tuning = rc.tune(rc.ItemKNN(weighting="tf_idf"), market, trials=25, sampler="random")
    assert "tversky" in {trial.parameters["similarity"] for trial in tuning.trials}
    assert all(trial.error is None for trial in tuning.trials)


@pytest.mark.parametrize("split", ["auto", "time", "random", "user"])
def test_splits(market, split):
    tuning = rc.tune(rc.ItemKNN(), market, trials=1, split=split, validation_fraction=0.2, seed=3)
    train, test = {
        "auto": lambda: rc.split.by_time(market, 0.2),
        "time": lambda: rc.split.by_time(market, 0.2),
        "random": lambda: rc.split.random(market, 0.2, 3),
        "user": lambda: rc.split.by_user(market, 0.2, seed=3),
    }[split]()
    assert tuning.best_value == pytest.approx(rc.evaluate(rc.ItemKNN(), train, test).ndcg)
    given = rc.tune(rc.ItemKNN(), market, trials=1, split=(train, test))
    assert given.best_value == tuning.best_value


def test_what_was_seen(market):
    train, test = rc.split.random(market, 0.2)
    tuning = rc.tune(rc.ItemKNN(), market, trials=1, split=(train, test), exclude_seen=False)
    assert tuning.best_value == pytest.approx(rc.evaluate(rc.ItemKNN(), train, test, exclude_seen=False).ndcg)


def test_failed_trials_are_passed_over(market):
    models = {"small": rc.Popularity(), "large": rc.ItemKNN(memory_limit=1)}
    tuning = rc.tune(models, market, trials=6)
    errors = [trial.error for trial in tuning.trials if trial.model == "large"]
    assert errors
    assert all(error is not None and error.startswith("MemoryLimitError: fitting ItemKnn needs") for error in errors)
    assert tuning.best_trial.model == "small"
    assert "trials failed, the first with MemoryLimitError" in repr(tuning)
    assert tuning.to_pandas()["error"].notna().sum() == len(errors)
    with pytest.raises(MemoryLimitError):
        rc.tune(rc.ItemKNN(), market, trials=2, memory_limit=1)


def test_no_time():
    events = {"user_id": [1, 1, 2, 2], "item_id": [1, 2, 1, 2]}
    with pytest.raises(rc.errors.DeadlineExceededError):
        rc.tune(rc.ItemKNN(), events, seconds=1e-9, validation_fraction=0.4)


def test_an_interrupt_keeps_the_trials(market):
    def interrupt(trial):
        if trial.number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        rc.tune(rc.ItemKNN(), market, trials=9, callback=interrupt)
    kept = caught.value.tuning  # type: ignore[attr-defined]
    assert len(kept.trials) == 3
    assert kept.best_params
    with pytest.raises(NotFittedError, match="interrupted"):
        _ = kept.best_model


def test_callback_and_refit(market):
    seen: list[rc.Trial] = []
    tuning = rc.tune(rc.ItemKNN(), market, trials=3, callback=seen.append, refit=False)
    assert seen == tuning.trials
    with pytest.raises(NotFittedError):
        _ = tuning.best_model


def test_looks(market):
    tuning = rc.tune(rc.ItemKNN(), market, trials=12)
    text = repr(tuning)
    assert text.startswith("12 trials by ndcg@20, the best first\n")
    assert f"{tuning.best_value:.4f}" in text
    assert "the 10 best are shown" in text
    assert "validated on the latest events: 120 interactions of 1," in text
    assert "<table>" in tuning._repr_html_()
    axes = tuning.plot()
    assert axes.get_ylabel() == "ndcg@20"
    best = axes.get_lines()[-1].get_ydata()
    assert best[-1] == tuning.best_value
    assert tuning.plot(axes) is axes


def test_a_blend_is_tuned(market):
    tuning = rc.tune(rc.Blend([rc.ItemKNN(), rc.Popularity()]), market, trials=3)
    assert {trial.parameters["method"] for trial in tuning.trials} == {"score", "standard", "rank"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"trials": 0}, "trials must be"),
        ({"seconds": -1}, "seconds must be above 0"),
        ({"metric": "auc"}, "metric must be one of recall, ndcg"),
        ({"metric": "ndcg@0"}, "metric must be one of"),
        ({"split": "last"}, "split must be 'auto'"),
        ({"validation_fraction": 2}, "fraction"),
        ({"sampler": "grid"}, "sampler must be"),
        ({"spaces": {"neighbours": spaces.Int(1, 2)}}, "parameter 'neighbours', which ItemKNN does not"),
        ({"models": 3}, "models must be"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_what_makes_no_sense(given, message, market):
    with pytest.raises(InvalidParameterError, match=message):
        rc.tune(**{"models": rc.ItemKNN(), "interactions": market, "trials": 1, **given})


def test_times_that_are_not_there():
    with pytest.raises(InvalidDataError):
        rc.tune(rc.ItemKNN(), {"user_id": [1, 1, 2], "item_id": [1, 2, 1]}, trials=1, split="time")


@pytest.mark.parametrize(
    "given",
    [
        {"n_jobs": "all"},
        {"memory_limit": -1},
        {"refit": "no"},
        {"spaces": 5},
        {"metric": "ndcg@00"},
        {"metric": "ndcg@99999999999999999999"},
    ],
)
def test_what_makes_no_sense_is_refused_before_the_first_trial(given, market):
    seen: list[object] = []
    with pytest.raises(InvalidParameterError):
        rc.tune(rc.ItemKNN(), market, **{"trials": 3, "callback": seen.append, **given})
    assert not seen
