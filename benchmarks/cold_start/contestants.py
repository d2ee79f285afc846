"""Which of recocore's models race, and how each is fitted where some items are new."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import recocore as rc

from benchmarks.cold_start.data import DATA, Shop
from benchmarks.cold_start.measure import lists_of, random_lists

if TYPE_CHECKING:
    from benchmarks.cold_start.protocols import Cold

Settings = dict[str, Any]
#: The items of EASE are inverted all at once.
SMALL = ("x-wines", "online-retail")


@dataclass(frozen=True)
class Contestant:
    make: Callable[[Settings], Any]
    #: Draws settings.
    draw: Callable[[Random], Settings] | None = None
    #: Takes what items are.
    content: bool = False
    data: tuple[str, ...] = DATA


def rows_of(shop: Shop, items: Any) -> dict[str, Any]:
    """The rows of the table that belong to some items."""
    return {
        column: values[items] if hasattr(values, "dtype") else [values[item] for item in items.tolist()]
        for column, values in shop.table.items()
    }


def fitted(name: str, settings: Settings, part: Cold, shop: Shop) -> Any:
    """New items come after the fit, as in life."""
    contestant = CONTESTANTS[name]
    model = contestant.make(settings)
    if not contestant.content:
        return model.fit(part.train.interactions())
    known = rc.Catalogue.from_table(rows_of(shop, part.warm), kinds=shop.kinds)
    model.fit(part.train.interactions(), items=known)
    if part.new.size:
        model.add_items(rows_of(shop, part.new))
    return model


class Drawn:
    """Random lists, as if by a model."""

    def fit(self, interactions: Any) -> Drawn:
        self.rows = {user: interactions.items_of(user).tolist() for user in interactions.users.tolist()}
        return self


def lists_for(model: Any, users: Any, candidates: Any, hidden: dict[int, list[int]] | None = None) -> Any:
    if isinstance(model, Drawn):
        return random_lists(model.rows, users, candidates)
    return lists_of(model, users, candidates, hidden)


def draw_item_knn(random: Random) -> Settings:
    return rc.spaces.sample(rc.ItemKNN.search_space(), random)


def draw_ease(random: Random) -> Settings:
    return rc.spaces.sample(rc.EASE.search_space(), random)


def hybrid(collaborative: Callable[..., Any]) -> Callable[[Settings], Any]:
    """Settings of the collaborative part have its mark."""

    def make(settings: Settings) -> Any:
        inner = {key[2:]: value for key, value in settings.items() if key.startswith("c.")}
        outer = {key: value for key, value in settings.items() if not key.startswith("c.")}
        return rc.Hybrid(collaborative=collaborative(**inner), **outer)

    return make


def draw_hybrid(draw: Callable[[Random], Settings]) -> Callable[[Random], Settings]:
    def both(random: Random) -> Settings:
        inner = {f"c.{key}": value for key, value in draw(random).items()}
        # All else is learned in the fit.
        return {**inner, "k": random.choice((10, 30, 100))}

    return both


def draw_content(random: Random) -> Settings:
    return {"k": round(math.exp(random.uniform(math.log(20), math.log(500))))}


CONTESTANTS: dict[str, Contestant] = {
    "random": Contestant(lambda _: Drawn()),
    "Popularity": Contestant(lambda _: rc.Popularity()),
    "ItemKNN": Contestant(lambda settings: rc.ItemKNN(**settings), draw_item_knn),
    "EASE": Contestant(lambda settings: rc.EASE(**settings), draw_ease, data=SMALL),
    "ContentKNN": Contestant(lambda settings: rc.ContentKNN(**settings), draw_content, content=True),
    "Hybrid(ItemKNN)": Contestant(hybrid(rc.ItemKNN), draw_hybrid(draw_item_knn), content=True),
    "Hybrid(EASE)": Contestant(hybrid(rc.EASE), draw_hybrid(draw_ease), content=True, data=SMALL),
}
#: What a Hybrid is compared with: its collaborative model alone.
ALONE = {"Hybrid(ItemKNN)": "ItemKNN", "Hybrid(EASE)": "EASE"}


def there() -> list[str]:
    """Contestants that this version of the library has."""
    missing = [name for name in ("ContentKNN", "Hybrid") if not hasattr(rc, name)]
    return [name for name in CONTESTANTS if not any(name.startswith(other) for other in missing)]
