"""An embeddable recommender engine.

>>> import recocore as rc
>>> events = {"user_id": ["ann", "ann", "bob", "bob", "eve"], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
>>> rc.ItemKNN(k=10).fit(events).recommend("eve", n=1).item_id.tolist()
['pot']
"""

from recocore import errors, metrics, split
from recocore._core import __version__
from recocore.comparison import Comparison, compare
from recocore.errors import RecocoreError
from recocore.evaluation import Evaluation, Interval, evaluate
from recocore.interactions import Interactions
from recocore.item_knn import ItemKNN
from recocore.popularity import Popularity
from recocore.report import Report
from recocore.results import Recommendation, Recommendations, SimilarItem, SimilarItems

__all__ = [
    "Comparison",
    "Evaluation",
    "Interactions",
    "Interval",
    "ItemKNN",
    "Popularity",
    "RecocoreError",
    "Recommendation",
    "Recommendations",
    "Report",
    "SimilarItem",
    "SimilarItems",
    "__version__",
    "compare",
    "errors",
    "evaluate",
    "metrics",
    "split",
]
