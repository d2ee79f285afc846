"""An embeddable recommender engine.

>>> import recocore as rc
>>> events = {"user_id": ["ann", "ann", "bob", "bob", "eve"], "item_id": ["tea", "pot", "tea", "pot", "tea"]}
>>> rc.ItemKNN(k=10).fit(events).recommend("eve", n=1).item_id.tolist()
['pot']
"""

from recocore import drift, errors, metrics, spaces, split, store
from recocore._changing import Receipt
from recocore._core import __version__
from recocore._files import load
from recocore.als import ALS
from recocore.audience import Audience, Campaign, LookAlikeRecall, LookAlikes, campaign, look_alikes
from recocore.auto import AutoResult, auto
from recocore.blend import Blend
from recocore.catalogue import Catalogue
from recocore.comparison import Comparison, compare
from recocore.content_knn import ContentKNN, ContentMatch, ContentReport
from recocore.ease import EASE, SparseEASE
from recocore.errors import RecocoreError
from recocore.evaluation import Evaluation, Interval, evaluate
from recocore.graph_filter import GraphFilter
from recocore.hybrid import Hybrid
from recocore.interactions import Interactions
from recocore.item_knn import ItemKNN
from recocore.next_basket import NextBasket
from recocore.next_item import evaluate_next
from recocore.popularity import Popularity
from recocore.pseudonyms import Pseudonyms
from recocore.reasons import Reason
from recocore.report import Report
from recocore.results import Recommendation, Recommendations, SimilarItem, SimilarItems
from recocore.rp3beta import P3alpha, RP3beta
from recocore.rules import Rules
from recocore.session_knn import SessionKNN
from recocore.slim import SLIM
from recocore.store import Store
from recocore.tuning import Trial, Tuning, tune
from recocore.user_knn import UserKNN
from recocore.vector_index import Nearest, NearestVector, VectorIndex

#: What to start with.
Recommender = Hybrid

__all__ = [
    "ALS",
    "EASE",
    "SLIM",
    "Audience",
    "AutoResult",
    "Blend",
    "Campaign",
    "Catalogue",
    "Comparison",
    "ContentKNN",
    "ContentMatch",
    "ContentReport",
    "Evaluation",
    "GraphFilter",
    "Hybrid",
    "Interactions",
    "Interval",
    "ItemKNN",
    "LookAlikeRecall",
    "LookAlikes",
    "Nearest",
    "NearestVector",
    "NextBasket",
    "P3alpha",
    "Popularity",
    "Pseudonyms",
    "RP3beta",
    "Reason",
    "Receipt",
    "RecocoreError",
    "Recommendation",
    "Recommendations",
    "Recommender",
    "Report",
    "Rules",
    "SessionKNN",
    "SimilarItem",
    "SimilarItems",
    "SparseEASE",
    "Store",
    "Trial",
    "Tuning",
    "UserKNN",
    "VectorIndex",
    "__version__",
    "auto",
    "campaign",
    "compare",
    "drift",
    "errors",
    "evaluate",
    "evaluate_next",
    "load",
    "look_alikes",
    "metrics",
    "spaces",
    "split",
    "store",
    "tune",
]
