"""Nearest neighbours by what the items are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recocore import _core
from recocore._catalogued import CatalogueModel
from recocore._checks import check_count, check_flag, check_number, check_seed, check_text, check_threads, shown
from recocore._tables import html_table
from recocore.catalogue import Catalogue, as_catalogue
from recocore.errors import InvalidParameterError
from recocore.interactions import as_interactions

if TYPE_CHECKING:
    from typing_extensions import Self

    from recocore._base import Data
    from recocore.interactions import Interactions

__all__ = ["ContentKNN", "ContentMatch", "ContentReport"]


@dataclass(frozen=True)
class ContentReport:
    """What was found out about the columns of a table. ``print`` it for plain language.

    Attributes
    ----------
    columns : list of dict
        Of each column its name ``column``, its ``kind``, its share ``weight`` in the similarity (all add up to 1),
        whether that was given ``by_hand``, its ``coverage`` (share of the items that have a value), its ``lift``
        (how many times more alike pairs chosen together are in it than others) and ``auc`` (how often a pair chosen
        together is more alike in it than one that is not; 0.5 is chance).
    text : str
        The same in words.
    """

    columns: list[dict[str, Any]]
    text: str

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each column."""
        return {row["column"]: row["weight"] for row in self.columns}

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        names = ["column", "kind", "weight", "lift", "auc", "coverage"]
        rows = [[f"{row[n]:.3f}" if isinstance(row[n], float) else row[n] for n in names] for row in self.columns]
        return html_table(self.text.partition("\n")[0], names, rows)


@dataclass(frozen=True)
class ContentMatch:
    """Why two items are alike. ``print`` it for plain language.

    Attributes
    ----------
    score : float
        Their similarity, 0 to 1.
    columns : list of dict
        Of each ``column``, the largest share first: its ``kind``, its ``similarity`` (0 to 1), the ``share`` it has
        in the score (they add up to it), and a ``fact`` such as "same region: Rioja", empty where there is none.
    text : str
        The facts that count.
    """

    score: float
    columns: list[dict[str, Any]]
    text: str

    def __str__(self) -> str:
        return self.text


class ContentKNN(CatalogueModel):
    r"""More like what you chose, by what the items are.

    Knows items from a table of attributes, so that a new item is recommended as soon as it is known: see
    :meth:`add_items`; lists that a changed item leaves are not filled up again before the next fit. The score of an
    item j for a user is the sum of w_i sim(i, j) over those of the user's items i that are among the ``k`` most similar
    of j, or have j among theirs. [1]_

    sim(i, j) is the sum over the columns of weight_c sim_c(i, j). With N items that have a value, n_v of them the
    value v, and idf(v) = ln(1 + N / n_v):

    ===================  ========================================================================================
    kind of column       sim_c(i, j), in [0, 1]; 0 where a value is missing
    ===================  ========================================================================================
    category, flag       idf(v) / ln(1 + N) when both are v
    labels               cosine of the vectors of idf(v)
    number, date         (1 - \|r_i - r_j\|)^4, r the rank as a share of all
    point                1 / (1 + (d / s)²), d the distance, s a quarter of the median distance of two items
    text                 cosine of TF-IDF vectors of words, pairs of words and 3 to 5 characters, in any script [2]_
    embedding            cosine, 0 where negative
    ===================  ========================================================================================

    The weights are learned by logistic regression: which columns tell pairs of items that are chosen together from
    others that are as popular. :attr:`report_` says what was found.

    Parameters
    ----------
    k : int, default 100
        Nearest items to keep of each.
    column_weights : dict of str to float, optional
        Weights by hand, as shares of 1, of some columns; the others share what is left as they were learned. 0
        switches a column off.
    learn_weights : bool, default True
        Whether the other weights are learned; they are equal when not, or with fewer than 50 pairs to learn from.
    seed : int, default 42
        Seed of the pairs that weights are learned from.
    n_jobs : int or None, default -1
        Threads: -1 for all the machine has, None for one. The result is the same.
    progress : bool, default False
        Show a bar; needs tqdm.
    time_limit : float, optional
        Seconds a fit may take. When they are over :meth:`fit` raises
        :class:`~recocore.errors.DeadlineExceededError`.
    memory_limit : int, optional
        Bytes a fit may use beside its input. One that needs more by :meth:`estimate_fit_memory` raises
        :class:`~recocore.errors.MemoryLimitError` before it begins.

    Attributes
    ----------
    report_ : ContentReport
        The weights of the columns and how much each explains.
    catalogue_ : Catalogue
        The items, with what was added, changed and retired.
    interactions_, n_users_, n_items_, fit_seconds_
        What the model was fitted on, and how long that took.

    References
    ----------
    .. [1] Pazzani, Billsus 2007, "Content-based recommendation systems".
    .. [2] Salton, Buckley 1988, "Term-weighting approaches in automatic text retrieval"; Weinberger et al. 2009,
       "Feature hashing for large scale multitask learning".

    Examples
    --------
    >>> import recocore as rc
    >>> events = {"user_id": ["ann", "bob"], "item_id": ["rioja 1", "chablis 1"]}
    >>> wines = {
    ...     "item_id": ["rioja 1", "rioja 2", "chablis 1", "chablis 2"],
    ...     "region": ["Rioja", "Rioja", "Chablis", "Chablis"],
    ...     "price": [12.5, 13.0, 20.0, 24.0],
    ... }
    >>> model = rc.ContentKNN().fit(events, items=rc.Catalogue.from_table(wines, kinds={"region": "category"}))
    >>> model.recommend("ann", n=1).item_id.tolist()
    ['rioja 2']
    >>> print(model.explain_pair("rioja 1", "rioja 2"))
    same region: Rioja; price 12.5 and 13
    """

    def __init__(
        self,
        *,
        k: int = 100,
        column_weights: Mapping[str, float] | None = None,
        learn_weights: bool = True,
        seed: int = 42,
        n_jobs: int | None = -1,
        progress: bool = False,
        time_limit: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.k = k
        self.column_weights = column_weights
        self.learn_weights = learn_weights
        self.seed = seed
        self._set_run_parameters(n_jobs, progress, time_limit, memory_limit)

    def fit(self, X: Data, y: object = None, *, items: Any = None) -> Self:  # noqa: ARG002
        """Learn from interactions and a table of items.

        A fit that fails or is interrupted leaves the model as it was. Ctrl-C is felt at once.

        Parameters
        ----------
        X : Interactions, table or sparse matrix
            As for all models.
        y
            Ignored; for scikit-learn.
        items : Catalogue, table or path
            What the items are: one row an item, with a column ``item_id``. It need not have all items of ``X``, and may
            have others. Needed.

        Returns
        -------
        self

        Raises
        ------
        InvalidParameterError, InvalidDataError, MissingColumnError, IdTypeError, DeadlineExceededError,
        MemoryLimitError
        """
        catalogue = _needed(items)

        def fit_core(interactions: Interactions, threads: int, limits: _core.Limits, progress: Any) -> _core.Model:
            config = self._config()
            return _core.fit_content_knn(interactions._core, catalogue._core, config, threads, limits, progress)

        return self._fit_and_set(X, lambda: {"_item_names": (catalogue._id, catalogue._kinds)}, fit_core)

    def estimate_fit_memory(self, X: Data, *, items: Any = None) -> int:
        """Bytes that :meth:`fit` would need beside its input, with the parameters as they are now.

        Parameters
        ----------
        X, items
            As in :meth:`fit`.
        """
        return _core.estimate_content_knn_memory(
            as_interactions(X)._core, _needed(items)._core, self._config(), check_threads(self.n_jobs)
        )

    def _attributes_of_native(self, native: _core.Model) -> dict[str, Any]:  # noqa: ARG002
        return {"_item_names": ("item_id", {})}

    def _add_rows(self, model: _core.Model, rows: _core.AttributeTable) -> None:
        _core.live_add_items(model, rows)

    @property
    def report_(self) -> ContentReport:
        """The weights of the columns and how much each explains."""
        return ContentReport(*_core.content_knn_report(self._fitted()))

    def explain_pair(self, a: int | str, b: int | str) -> ContentMatch:
        """Why two items are alike, column by column.

        Parameters
        ----------
        a, b : id

        Returns
        -------
        ContentMatch

        Raises
        ------
        NotFittedError, UnknownIdError
        """
        return ContentMatch(*_core.content_knn_explain(self._fitted(), a, b))

    def _fit_core(self, *_: Any) -> _core.Model:
        raise InvalidParameterError("ContentKNN needs a table of items: fit(X, items=...)")

    def _estimate_core(self, *_: Any) -> int:
        raise InvalidParameterError("ContentKNN needs a table of items: estimate_fit_memory(X, items=...)")

    def _config(self) -> _core.ContentKnnConfig:
        given = {} if self.column_weights is None else self.column_weights
        if not isinstance(given, Mapping):
            raise InvalidParameterError(
                f'column_weights must be weights by column, as in {{"price": 0.2}}; got {shown(given)}'
            )
        return _core.ContentKnnConfig(
            k=check_count("k", self.k),
            column_weights=[
                (check_text("the name of a column", name), check_number(f"the weight of {name!r}", weight))
                for name, weight in given.items()
            ],
            learn_weights=check_flag("learn_weights", self.learn_weights),
            seed=check_seed(self.seed),
        )


def _needed(items: Any) -> Catalogue:
    if items is None:
        raise InvalidParameterError(
            "ContentKNN needs to know what the items are: fit(X, items=table), a table with a column item_id"
        )
    return as_catalogue(items)
