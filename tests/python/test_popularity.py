"""What everybody chooses."""

from __future__ import annotations

import polars as pl
import pytest
import recocore as rc

DAY = 86_400
CATALOGUE = {
    "item_id": ["cup", "pot", "tea", "new", "pot"],
    "kind": ["ware", "ware", "drink", "drink", "gift"],
}


def test_people_count_not_events():
    model = rc.Popularity().fit({"user_id": [1, 1, 1, 2, 3], "item_id": ["a", "a", "a", "b", "b"]})
    top = model.top(n=5)
    assert top.item_id.tolist() == ["b", "a"]
    assert top.score.tolist() == [2.0, 1.0]
    assert set(top.tier) == {"popular"}
    assert top.user_id.tolist() == [None, None]


def test_windows():
    # Users of "old" come before the last 30 days, those of "new" within.
    users = [*range(10), *range(10, 14), 20]
    items = ["old"] * 10 + ["new"] * 4 + ["old"]
    times = [day * DAY for day in (0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 96, 97, 98, 99, 100)]
    interactions = rc.Interactions.from_arrays(users, items, timestamp=times)
    assert rc.Popularity().fit(interactions).top(1).item_id[0] == "old"
    recent = rc.Popularity(kind="recent").fit(interactions).top(2)
    assert (recent.item_id.tolist(), recent.score.tolist()) == (["new", "old"], [4.0, 1.0])
    trending = rc.Popularity(kind="trending", baseline_windows=2).fit(interactions).top(2)
    # old: 1 in the window; before it 3 in days 40..70 and 5 in days 10..40 or so: the mean is above 1.
    assert trending.item_id.tolist() == ["new", "old"]
    assert trending.score[0] == pytest.approx(4.0)
    assert trending.score[1] < 0


def test_categories(shop):
    model = rc.Popularity(category="kind").fit(shop, items=CATALOGUE)
    assert model.categories_.tolist() == ["drink", "gift", "ware"]
    assert model.top(5, category="ware").item_id.tolist() == ["pot", "cup"]
    assert model.top(5, category="gift").item_id.tolist() == ["pot"]
    assert model.top(5, category="drink").item_id.tolist() == ["tea"]
    assert model.recommend("dan", category="ware").item_id.tolist() == ["cup"]
    assert model.recommend(["dan", "eve"], category="ware").user_id.tolist() == ["dan", "eve", "eve"]
    assert len(model.top(5)) == 3
    frame = rc.Popularity(category="kind").fit(shop, items=pl.DataFrame(CATALOGUE))
    assert frame.top(5, category="ware") == model.top(5, category="ware")


def test_integer_categories(shop):
    model = rc.Popularity(category="shelf").fit(shop, items={"item_id": ["cup", "tea"], "shelf": [4, 7]})
    assert model.top(category=7).item_id.tolist() == ["tea"]
    with pytest.raises(rc.errors.UnknownIdError, match="no category 'x'; known are 4, 7"):
        model.top(category="x")


def test_category_errors(shop):
    with pytest.raises(rc.errors.InvalidParameterError, match="needs the catalogue"):
        rc.Popularity(category="kind").fit(shop)
    with pytest.raises(rc.errors.InvalidParameterError, match="no category; say which"):
        rc.Popularity().fit(shop, items=CATALOGUE)
    with pytest.raises(rc.errors.MissingColumnError, match="'kin'; did you mean 'kind'"):
        rc.Popularity(category="kin").fit(shop, items=CATALOGUE)
    model = rc.Popularity(category="kind").fit(shop, items=CATALOGUE)
    with pytest.raises(rc.errors.UnknownIdError, match="no category 'food'; known are 'drink', 'gift', 'ware'"):
        model.top(category="food")
    with pytest.raises(rc.errors.InvalidParameterError, match="give one"):
        model.recommend("eve", category="ware", candidates=["cup"])
    with pytest.raises(rc.errors.InvalidParameterError, match="knows no categories"):
        rc.Popularity().fit(shop).top(category="ware")
    with pytest.raises(rc.errors.NotFittedError):
        rc.Popularity().top(category="ware")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"kind": "hot"}, "unknown popularity kind 'hot'; known are 'all_time'"),
        ({"window_days": 0}, "window_days must be"),
        ({"baseline_windows": 0}, "baseline_windows must be"),
    ],
)
def test_bad_parameters(shop, parameters, message):
    with pytest.raises(rc.errors.InvalidParameterError, match=message):
        rc.Popularity(**parameters).fit(shop)


def test_windows_need_times(events):
    with pytest.raises(rc.errors.InvalidDataError, match="needs the times of events"):
        rc.Popularity(kind="recent").fit(events)


def test_has_no_similar_items(shop):
    assert not hasattr(rc.Popularity().fit(shop), "similar_items")


def test_refit_without_category_forgets_the_catalogue(shop):
    catalogue = {"item_id": ["tea", "pot", "cup"], "kind": ["drink", "thing", "thing"]}
    model = rc.Popularity(category="kind").fit(shop, items=catalogue)
    model.set_params(category=None).fit(shop)
    assert not hasattr(model, "categories_")
    with pytest.raises(rc.errors.InvalidParameterError, match="knows no categories"):
        model.top(category="drink")


def test_a_missing_category_names_the_catalogue(shop):
    with pytest.raises(rc.errors.InvalidDataError, match="in the catalogue, whose column 'kind'"):
        rc.Popularity(category="kind").fit(shop, items={"item_id": ["tea", "pot"], "kind": ["drink", None]})
