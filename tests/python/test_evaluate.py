"""Evaluations: beside the lists themselves, and what is done with models."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import recocore as rc

USER_METRICS = ["recall", "ndcg", "mrr", "hit_rate", "map", "precision"]


@pytest.fixture(scope="module")
def inter():
    """Users of two tastes, so that there is something to foresee."""
    random = np.random.default_rng(1)
    size = 4000
    user = random.integers(0, 150, size)
    item = np.minimum(random.geometric(0.08, size), 40) + 40 * (user % 2)
    time = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(size), unit="h")
    events = pd.DataFrame({"user_id": [f"u{u:03}" for u in user], "item_id": item, "timestamp": time})
    return rc.Interactions.from_table(events, user="user_id", item="item_id", timestamp="timestamp")


@pytest.fixture(scope="module")
def parts(inter):
    return rc.split.random(inter, test_fraction=0.2, seed=0)


def items_of(part):
    return {user: set(group["item_id"]) for user, group in pa.table(part).to_pandas().groupby("user_id", sort=True)}


def test_agrees_with_the_lists_themselves(parts):
    train, test = parts
    model = rc.ItemKNN(k=20).fit(train)
    result = rc.evaluate(model, train, test, n=10)
    relevant = items_of(test)
    users = list(relevant)
    lists = model.recommend(users, n=10).to_pandas()
    by_user = {user: list(group["item_id"]) for user, group in lists.groupby("user_id")}
    expected = rc.metrics.evaluate_lists([by_user[u] for u in users], [relevant[u] for u in users], n=10)

    assert list(result.per_user) == ["user_id", *USER_METRICS]
    assert list(result.per_user["user_id"]) == users
    for metric in USER_METRICS:
        np.testing.assert_allclose(result.per_user[metric], expected[metric], rtol=0, atol=1e-12)
        assert getattr(result, metric) == pytest.approx(expected[metric].mean())
    assert result.coverage == lists["item_id"].nunique() / train.n_items
    assert result.n_users == len(users)
    assert result.cold_users == len(set(users) - set(items_of(train)))


def test_beyond_accuracy_by_hand():
    train = rc.Interactions.from_table(
        pd.DataFrame({"user_id": [1, 2, 2, 3, 3, 4], "item_id": [10, 10, 20, 10, 30, 10]})
    )
    test = rc.Interactions.from_table(pd.DataFrame({"user_id": [1, 9, 9], "item_id": [20, 10, 99]}))
    result = rc.evaluate(rc.Popularity(), train, test, n=1)
    # User 1 gets 20 (1 of 4 users), the unknown 9 gets 10 (4 of 4).
    assert result.per_user["recall"].tolist() == [1.0, 0.5]
    assert result.coverage == pytest.approx(2 / 3)
    assert result.novelty == pytest.approx((2 + 0) / 2)
    assert result.gini == pytest.approx(1 / 3)
    assert (result.cold_users, result.unknown_items, result.repeated) == (1, 1, 0)
    assert result.test_interactions == 3


def test_an_unfitted_model_is_fitted_on_train_and_left_alone(parts):
    train, test = parts
    model = rc.ItemKNN(k=20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = rc.evaluate(model, train, test)
        fitted = rc.evaluate(rc.ItemKNN(k=20).fit(train), train, test)
    assert result.to_dict() == fitted.to_dict()
    with pytest.raises(rc.errors.NotFittedError):
        model.recommend("u001")


def test_a_model_fitted_on_other_data_is_suspicious(inter, parts):
    train, test = parts
    with pytest.warns(UserWarning, match="may have seen the test part"):
        rc.evaluate(rc.Popularity().fit(inter), train, test)


def test_a_split_by_user_is_evaluated_on_its_history(inter):
    train, test = rc.split.by_user(inter, test_fraction=0.3, history_fraction=0.5, seed=0)
    result = rc.evaluate(rc.ItemKNN(k=20), train, test)
    assert result.cold_users == 0
    popular = rc.evaluate(rc.Popularity(), train, test)
    assert result.ndcg > popular.ndcg


def test_seen_items(parts):
    train, _ = parts
    with pytest.raises(rc.errors.InvalidDataError, match="leaves nothing to find"):
        rc.evaluate(rc.Popularity(), train, train)
    again = rc.evaluate(rc.Popularity(), train, train, exclude_seen=False)
    assert again.repeated == 0
    assert again.n_users == train.n_users


def test_intervals_hold_the_mean_and_depend_on_seed_and_level(parts):
    train, test = parts
    model = rc.ItemKNN(k=20).fit(train)
    result = rc.evaluate(model, train, test, n=5, seed=1)
    wider = rc.evaluate(model, train, test, n=5, seed=1, level=0.999)
    for metric in USER_METRICS:
        low, high = result.interval(metric)
        assert low < getattr(result, metric) < high
        assert wider.interval(metric).low < low
        assert wider.interval(metric).high > high
    assert result.interval("ndcg") == rc.evaluate(model, train, test, n=5, seed=1, n_jobs=1).interval("ndcg")
    assert result.interval("ndcg") != rc.evaluate(model, train, test, n=5, seed=2).interval("ndcg")
    with pytest.raises(ValueError, match="unknown metric 'gini'"):
        result.interval("gini")


def test_an_evaluation_as_table_text_and_html(parts):
    train, test = parts
    result = rc.evaluate(rc.ItemKNN(k=20), train, test, n=5)
    frame = result.to_pandas()
    assert frame.shape == (1, len(result.to_dict()))
    assert frame.index.tolist() == ["ItemKNN"]
    assert frame.loc["ItemKNN", "ndcg_low"] == result.interval("ndcg").low
    text = repr(result)
    assert text.startswith("ItemKNN: lists of 5 for ")
    assert f"{result.ndcg:.4f}" in text
    assert "95 % interval" in text
    assert f"<td>{result.ndcg:.4f}</td>" in result._repr_html_()


def test_compare(parts):
    train, test = parts
    models = {"popular": rc.Popularity(), "<knn>": rc.ItemKNN(k=20)}
    comparison = rc.compare(models, train, test, n=10)
    assert list(comparison.evaluations) == ["popular", "<knn>"]
    popular, knn = comparison["popular"], comparison["<knn>"]
    assert knn.ndcg > popular.ndcg
    low, high = comparison.difference_interval("ndcg", "<knn>")
    assert 0 < low < comparison.difference("ndcg", "<knn>") < high
    assert comparison.difference("ndcg", "<knn>") == pytest.approx(knn.ndcg - popular.ndcg)
    spread = [np.subtract(*e.interval("ndcg")) for e in (popular, knn)]
    assert low - high > sum(spread)

    frame = comparison.to_pandas()
    assert len(frame) == 2 * 9
    row = frame[(frame["model"] == "<knn>") & (frame["metric"] == "ndcg")].iloc[0]
    assert (row["value"], row["difference_low"]) == (knn.ndcg, low)
    assert frame[frame["model"] == "popular"]["difference"].isna().all()
    assert f"+{knn.ndcg - popular.ndcg:.4f}" in repr(comparison)
    assert "&lt;knn&gt;" in comparison._repr_html_()
    with pytest.raises(ValueError, match="unknown model 'ease'"):
        comparison["ease"]


def test_compare_needs_several_models(parts):
    model: Any = rc.ItemKNN()
    with pytest.raises(rc.errors.InvalidParameterError, match="for one use evaluate"):
        rc.compare(model, *parts)


def test_compare_names_models_of_a_list(parts):
    train, test = parts
    comparison = rc.compare([rc.ItemKNN(k=5), rc.Popularity(), rc.ItemKNN(k=20)], train, test)
    assert list(comparison.evaluations) == ["ItemKNN", "Popularity", "ItemKNN 2"]
    with pytest.raises(ValueError, match="at least one model"):
        rc.compare([], train, test)


def test_errors_say_what_is_wrong(parts):
    train, test = parts
    model = rc.Popularity()
    for n in (0, -3):
        with pytest.raises(rc.errors.InvalidParameterError, match="n"):
            rc.evaluate(model, train, test, n=n)
    with pytest.raises(rc.errors.InvalidParameterError, match="level"):
        rc.evaluate(model, train, test, level=95)
    with pytest.raises(rc.errors.InvalidParameterError, match="resamples"):
        rc.evaluate(model, train, test, resamples=0)
    numbers = rc.Interactions.from_table(pd.DataFrame({"user_id": [1], "item_id": [1]}))
    with pytest.raises(rc.errors.IdTypeError, match="same kind of ids"):
        rc.evaluate(model, train, numbers)
    with pytest.raises(rc.errors.InvalidParameterError, match="model"):
        rc.evaluate("popularity", train, test)  # type: ignore[arg-type]


def test_item_knn_foresees_better_than_popularity_in_a_wine_shop(real_data):
    ratings = pd.read_csv(real_data / "x-wines" / "ratings.csv", parse_dates=["Date"])
    inter = rc.Interactions.from_table(ratings, user="UserID", item="WineID", timestamp="Date")
    train, test = rc.split.by_time(inter, test_fraction=0.2)
    comparison = rc.compare([rc.Popularity(), rc.ItemKNN()], train, test, n=20)
    assert comparison["Popularity"].ndcg == pytest.approx(0.0806, abs=2e-4)
    assert comparison["ItemKNN"].ndcg > 1.8 * comparison["Popularity"].ndcg
    assert comparison.difference_interval("ndcg", "ItemKNN").low > 0.07
