from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypedDict, type_check_only

import numpy as np
from numpy.typing import ArrayLike, NDArray

__version__: str
TIERS: tuple[str, ...]

class _NativeType(type): ...

_Progress: TypeAlias = Callable[[str, int, int], None]
_Csr: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]

@type_check_only
class EvaluationResult(TypedDict):
    users: NDArray[np.uint32]
    per_user: dict[str, NDArray[np.float64]]
    mean: dict[str, float]
    coverage: float
    novelty: float
    gini: float
    cold_users: int
    test_interactions: int
    repeated: int
    unknown_items: int

@type_check_only
class InputDrift(TypedDict):
    jensen_shannon: float
    rank_overlap: float
    population_stability: float
    births: float
    deaths: float
    unknown_users: float
    p_jensen_shannon: float
    p_rank_overlap: float
    p_population_stability: float
    p_births: float
    p_deaths: float
    p_unknown_users: float

@type_check_only
class AgeCurve(TypedDict):
    ages: NDArray[np.uint32]
    origins: NDArray[np.uint32]
    ratio: NDArray[np.float64]
    band: NDArray[np.float64]
    decay: NDArray[np.float64]
    decay_band: NDArray[np.float64]
    floor: float
    floor_band: tuple[float, float]
    rate: float
    rate_band: tuple[float, float]
    half_life: float | None
    half_life_band: tuple[float, float]
    old_ratio: float
    old_band: tuple[float, float]
    falls: bool

@type_check_only
class LossParts(TypedDict):
    ages: NDArray[np.uint32]
    origins: NDArray[np.uint32]
    loss: NDArray[np.float64]
    band: NDArray[np.float64]

@type_check_only
class AgeScores(TypedDict):
    """A row an age, from 0; in the matrices a column a slice: new items, new users, warm.

    In ``fresh_relevant`` and ``fresh_hits`` the model of age 0 by slices as an older origin sees them: a row an age of
    that origin, down to the first period of the replay.
    """

    lists: NDArray[np.uint64]
    ndcg: NDArray[np.float64]
    coverage: NDArray[np.float64]
    gini: NDArray[np.float64]
    divergence: NDArray[np.float64]
    relevant: NDArray[np.uint64]
    hits: NDArray[np.uint64]
    fresh_relevant: NDArray[np.uint64]
    fresh_hits: NDArray[np.uint64]

@type_check_only
class OriginScores(TypedDict):
    all: AgeScores
    live: AgeScores
    outcomes: list[NDArray[np.uint8]]

@type_check_only
class ListChange(TypedDict):
    lists: int
    jaccard: float
    rbo: float

@type_check_only
class PlanOutcome(TypedDict):
    value: NDArray[np.float64]
    total: float
    cost: float
    refits: int

@type_check_only
class PlanComparison(TypedDict):
    block: int
    relative: NDArray[np.float64]
    band: NDArray[np.float64]
    differences: list[tuple[int, int, float, tuple[float, float]]]

class Ids(metaclass=_NativeType):
    def __init__(self, *args: object, **kwargs: object) -> None: ...
    @staticmethod
    def view(values: NDArray[np.int64]) -> Ids: ...
    @staticmethod
    def from_sequence(values: Sequence[object], what: str) -> Ids: ...
    @staticmethod
    def from_arrow(stream: object, what: str) -> Ids: ...
    def to_array(self) -> NDArray[Any]: ...
    def __len__(self) -> int: ...

class Where(metaclass=_NativeType):
    def __init__(self, text: str) -> None: ...
    @property
    def text(self) -> str: ...
    @property
    def needs_item(self) -> bool: ...
    @property
    def needs_user(self) -> bool: ...
    def columns(self) -> list[str]: ...
    def select(
        self, catalogue: Catalogue, item: object = None, users: Catalogue | None = None, user: object = None
    ) -> NDArray[Any]: ...

class Rules(metaclass=_NativeType):
    def __init__(
        self,
        *,
        boosts: Sequence[tuple[Where, float]],
        max_moves: int | None,
        pins: Sequence[tuple[object, int]],
        at_most: Mapping[str, int],
        min_score: float | None,
        min_relevance: float,
        diversity: float,
        diversity_columns: Sequence[str],
        calibration: float,
        calibration_column: str,
        calibration_alpha: float,
        value: float,
        value_column: str,
        fatigue: float,
        impressions: Sequence[tuple[object, float]],
        rotation: float,
        explore: float,
        new_items: Where | None,
        explore_pool: int,
        seed: int,
        fill_up: bool,
        depth: int,
    ) -> None: ...
    @property
    def empty(self) -> bool: ...

def recommend_with_rules(
    model: Model, user: object, n: int, exclude_seen: bool, rules: Rules, where: Where | None
) -> dict[str, Any]: ...
def calibration_divergence(p: Sequence[float], q: Sequence[float], alpha: float) -> float: ...

class Limits(metaclass=_NativeType):
    def __init__(self, *, time_limit: float | None, memory_limit: int | None) -> None: ...

class InteractionsConfig(metaclass=_NativeType):
    def __init__(
        self,
        *,
        duplicates: str,
        half_life_seconds: float | None,
        reference_time: int | None,
        max_events_per_user: int,
        min_items_per_user: int,
        min_users_per_item: int,
    ) -> None: ...

class Columns(metaclass=_NativeType):
    def __init__(
        self,
        *,
        user: str,
        item: str,
        weight: str | None,
        event: str | None,
        timestamp: str | None,
        event_weights: Mapping[str, float],
        time_unit: str,
        consent: str | None = None,
        purposes: Sequence[str] = [],
    ) -> None: ...
    @property
    def withheld(self) -> int: ...

class Interactions(metaclass=_NativeType):
    def __init__(self, *args: object, **kwargs: object) -> None: ...
    @staticmethod
    def from_arrow(stream: object, columns: Columns, config: InteractionsConfig) -> Interactions: ...
    @staticmethod
    def from_columns(
        arrays: Mapping[str, Ids | tuple[str, NDArray[Any]]], columns: Columns, config: InteractionsConfig
    ) -> Interactions: ...
    @staticmethod
    def from_csr(
        indptr: NDArray[Any],
        indices: NDArray[Any],
        data: NDArray[Any],
        n_columns: int,
        config: InteractionsConfig,
    ) -> Interactions: ...
    @staticmethod
    def from_csv(path: str, columns: Columns, config: InteractionsConfig, delimiter: str | None) -> Interactions: ...
    @staticmethod
    def from_bytes(state: bytes) -> Interactions: ...
    def to_bytes(self) -> bytes: ...
    def arrow_stream(self) -> object: ...
    def users(self) -> NDArray[Any]: ...
    def items(self) -> NDArray[Any]: ...
    def csr(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32] | None]: ...
    def times(self) -> NDArray[np.int64] | None: ...
    def sequences(self) -> tuple[NDArray[np.uint64], NDArray[np.uint32], NDArray[Any]]: ...
    def report(self) -> dict[str, int]: ...
    def report_text(self) -> str: ...
    @property
    def n_users(self) -> int: ...
    @property
    def n_items(self) -> int: ...
    def __len__(self) -> int: ...
    def equals(self, other: Interactions) -> bool: ...

class TableConfig(metaclass=_NativeType):
    def __init__(
        self,
        *,
        id: str,  # noqa: A002
        kinds: Mapping[str, str],
        ignored: Sequence[str],
        points: Mapping[str, tuple[str, str]],
        like: Catalogue | None,
    ) -> None: ...

class AttributeTable(metaclass=_NativeType):
    def __init__(self) -> None: ...
    @staticmethod
    def from_arrow(stream: object, config: TableConfig) -> AttributeTable: ...
    @staticmethod
    def from_columns(columns: Sequence[tuple[str, str, object]], config: TableConfig) -> AttributeTable: ...
    @staticmethod
    def from_csv(path: str, config: TableConfig, delimiter: str | None) -> AttributeTable: ...
    def __len__(self) -> int: ...

class Catalogue(metaclass=_NativeType):
    def __init__(self, table: AttributeTable) -> None: ...
    @staticmethod
    def from_bytes(state: bytes) -> Catalogue: ...
    def to_bytes(self) -> bytes: ...
    def updated(self, rows: AttributeTable) -> Catalogue: ...
    def retired(self, ids: Ids) -> Catalogue: ...
    def ids(self) -> NDArray[Any]: ...
    def retired_marks(self) -> NDArray[np.bool_]: ...
    def kinds(self) -> list[tuple[str, str]]: ...
    def values(self, name: str) -> list[Any]: ...
    def summary(self, name: str) -> tuple[int, list[str]]: ...
    def all_rows(self) -> AttributeTable: ...
    def __len__(self) -> int: ...

class Lists(metaclass=_NativeType):
    def __init__(self, *args: object, **kwargs: object) -> None: ...
    @staticmethod
    def from_columns(
        keys: Ids | None, offsets: Sequence[int], items: Ids, scores: Sequence[float], tiers: Sequence[int]
    ) -> Lists: ...
    def offsets(self) -> NDArray[np.uint64]: ...
    def keys(self) -> NDArray[Any] | None: ...
    def key_ids(self) -> NDArray[Any] | None: ...
    def item_ids(self) -> NDArray[Any]: ...
    def ranks(self) -> NDArray[np.int32]: ...
    def scores(self) -> NDArray[np.float32]: ...
    def tiers(self) -> NDArray[np.int8]: ...
    def arrow_stream(self, key_name: str) -> object: ...
    def ruled(self) -> tuple[list[tuple[int, str, float]], bool, tuple[float, float] | None] | None: ...
    def find(self, key: object) -> list[int]: ...
    def select(self, lists: Sequence[int]) -> Lists: ...
    @property
    def count(self) -> int: ...
    def __len__(self) -> int: ...

class EaseConfig(metaclass=_NativeType):
    def __init__(
        self,
        *,
        l2: float,
        user_exponent: float,
        count_exponent: float,
        candidate_exponent: float,
        dropout: float,
        diagonal: float,
    ) -> None: ...

class SparseEaseConfig(metaclass=_NativeType):
    def __init__(self, *, k: int, ease: EaseConfig) -> None: ...

class GraphFilterConfig(metaclass=_NativeType):
    def __init__(
        self,
        *,
        k: int,
        history_exponent: float,
        user_exponent: float,
        candidate_exponent: float,
        power: float,
        dimensions: int | None,
        low_pass_weight: float,
        low_pass_history_exponent: float,
        low_pass_candidate_exponent: float,
        low_pass_damping: float,
        sharpening: float,
        sharpening_order: int,
        seed: int,
    ) -> None: ...

class ContentKnnConfig(metaclass=_NativeType):
    def __init__(
        self, *, k: int, column_weights: Sequence[tuple[str, float]], learn_weights: bool, seed: int
    ) -> None: ...

class ItemKnnConfig(metaclass=_NativeType):
    def __init__(
        self,
        *,
        k: int,
        similarity: str,
        weighting: str,
        shrinkage: float,
        min_common: int,
        alpha: float,
        beta: float,
        bm25_k1: float,
        bm25_b: float,
    ) -> None: ...

class Rp3betaConfig(metaclass=_NativeType):
    def __init__(self, *, k: int, alpha: float, beta: float, keep: str, normalise: bool) -> None: ...

class SlimConfig(metaclass=_NativeType):
    def __init__(
        self,
        *,
        l1: float,
        l2: float,
        positive: bool,
        candidates: int,
        tolerance: float,
        max_iterations: int,
    ) -> None: ...

class UserKnnConfig(metaclass=_NativeType):
    def __init__(self, *, similar: ItemKnnConfig, amplification: float) -> None: ...

class AlsConfig(metaclass=_NativeType):
    def __init__(
        self,
        *,
        factors: int,
        epochs: int,
        regularization: float,
        unobserved_weight: float,
        frequency_exponent: float,
        block_size: int,
        init_scale: float,
        seed: int,
    ) -> None: ...

class BlendConfig(metaclass=_NativeType):
    def __init__(self, *, method: str, depth: int) -> None: ...

class NextBasketConfig(metaclass=_NativeType):
    def __init__(
        self, *, k: int, group_size: int, within_decay: float, group_decay: float, alpha: float, basket: str
    ) -> None: ...

class SessionKnnConfig(metaclass=_NativeType):
    def __init__(
        self,
        *,
        scoring: str,
        k: int,
        max_sessions: int,
        position_decay: float,
        neighbour_power: float,
        length_exponent: float,
        recency: float,
        distance_decay: float,
        before_weight: float,
        popularity_exponent: float,
        expansion: float,
        second_hop: float,
        reminders: float,
    ) -> None: ...

class PopularityConfig(metaclass=_NativeType):
    def __init__(self, *, kind: str, window_days: float, baseline_windows: int) -> None: ...

class ModelFile(metaclass=_NativeType):
    def __init__(self, *args: object, **kwargs: object) -> None: ...
    @staticmethod
    def open(path: bytes, mmap: bool, verify: bool) -> ModelFile: ...
    def model(self) -> Model: ...
    @property
    def model_name(self) -> str: ...
    @property
    def serving_only(self) -> bool: ...
    @property
    def sequence(self) -> int: ...
    @property
    def parameters(self) -> bytes: ...
    @property
    def bytes(self) -> int: ...

class Model(metaclass=_NativeType):
    def __init__(self, *args: object, **kwargs: object) -> None: ...
    @staticmethod
    def from_bytes(state: bytes) -> Model: ...
    def to_bytes(self) -> bytes: ...
    @property
    def name(self) -> str: ...
    @property
    def interactions(self) -> Interactions: ...
    @property
    def catalogue(self) -> Catalogue | None: ...
    @property
    def profiles(self) -> Catalogue | None: ...
    @property
    def n_items(self) -> int: ...
    def recommend_user(
        self,
        user: object,
        n: int,
        exclude_seen: bool,
        exclude: Ids | None,
        candidates: Ids | None,
        on_unknown: str,
        where: PreparedWhere | None,
        rules: PreparedRules | None,
    ) -> Lists: ...
    def recommend_users(
        self,
        users: Ids,
        n: int,
        exclude_seen: bool,
        exclude: Ids | None,
        candidates: Ids | None,
        on_unknown: str,
        where: PreparedWhere | None,
        rules: PreparedRules | None,
        threads: int,
        progress: _Progress | None,
    ) -> Lists: ...
    def recommend_history(
        self,
        profile: object,
        history: Ids,
        weights: NDArray[np.float32] | None,
        n: int,
        exclude_seen: bool,
        exclude: Ids | None,
        candidates: Ids | None,
        on_unknown: str,
        where: PreparedWhere | None,
        rules: PreparedRules | None,
    ) -> Lists: ...
    def recommend_histories(
        self,
        items: Ids,
        offsets: NDArray[np.uint64],
        n: int,
        exclude_seen: bool,
        exclude: Ids | None,
        candidates: Ids | None,
        on_unknown: str,
        where: PreparedWhere | None,
        rules: PreparedRules | None,
        threads: int,
        progress: _Progress | None,
    ) -> Lists: ...
    def similar_items(
        self,
        item: object,
        n: int,
        exclude: Ids | None,
        candidates: Ids | None,
        on_unknown: str,
        where: PreparedWhere | None,
    ) -> Lists: ...

class PreparedWhere(metaclass=_NativeType):
    def __init__(self, where: Where, model: Model) -> None: ...

class PreparedRules(metaclass=_NativeType):
    def __init__(self, rules: Rules, model: Model) -> None: ...

class HybridConfig(metaclass=_NativeType):
    def __init__(
        self,
        *,
        half_support: float,
        inheritance: float,
        likeness: float,
        k: int,
        links: int,
        user_half_support: float,
        segment: int,
    ) -> None: ...
    @property
    def half_support(self) -> float: ...
    @property
    def inheritance(self) -> float: ...
    @property
    def likeness(self) -> float: ...
    @property
    def k(self) -> int: ...

class HybridParts(metaclass=_NativeType):
    def __init__(
        self,
        interactions: Interactions,
        items: Catalogue,
        users: Catalogue | None,
        weights: Sequence[tuple[str, float]],
        learn: bool,
        seed: int,
        threads: int,
        limits: Limits,
        progress: _Progress | None,
    ) -> None: ...
    @property
    def report_text(self) -> str: ...
    @property
    def column_weights(self) -> dict[str, float]: ...

class VectorIndexConfig(metaclass=_NativeType):
    def __init__(
        self, *, factory: str, metric: str, dimensions: int, ef_search: int, n_probe: int, seed: int
    ) -> None: ...

class VectorIndex(metaclass=_NativeType):
    def __init__(self, config: VectorIndexConfig) -> None: ...
    def add(
        self, vectors: NDArray[np.float32], ids: Ids, limits: Limits, threads: int, progress: _Progress | None
    ) -> None: ...
    def remove(self, ids: Ids) -> int: ...
    def search(
        self,
        queries: NDArray[np.float32],
        n: int,
        candidates: Ids | None,
        exclude: Ids | None,
        threads: int,
        progress: _Progress | None,
    ) -> tuple[NDArray[np.uint64], NDArray[Any], NDArray[np.float32]]: ...
    def contains(self, id: object) -> bool: ...  # noqa: A002
    @property
    def dimensions(self) -> int: ...
    @property
    def memory(self) -> int: ...
    @property
    def keeps_vectors(self) -> bool: ...
    def state(self) -> tuple[NDArray[Any], NDArray[np.uint32], NDArray[np.float32]]: ...
    @staticmethod
    def restore(
        config: VectorIndexConfig, ids: Ids, labels: Sequence[int], vectors: NDArray[np.float32]
    ) -> VectorIndex: ...
    def __len__(self) -> int: ...

def has_faiss() -> bool: ...
def missing_column_text(wanted: str, columns: Sequence[str]) -> str: ...
def parse_time(text: str) -> int | None: ...
def fit_ease(
    interactions: Interactions, config: EaseConfig, threads: int, limits: Limits, progress: _Progress | None
) -> Model: ...
def fit_sparse_ease(
    interactions: Interactions, config: SparseEaseConfig, threads: int, limits: Limits, progress: _Progress | None
) -> Model: ...
def ease_weights(model: Model) -> NDArray[np.float32]: ...
def sparse_ease_weights(model: Model) -> _Csr: ...
def estimate_ease_memory(interactions: Interactions, config: EaseConfig, threads: int) -> int: ...
def estimate_sparse_ease_memory(interactions: Interactions, config: SparseEaseConfig, threads: int) -> int: ...
def fit_graph_filter(
    interactions: Interactions, config: GraphFilterConfig, threads: int, limits: Limits, progress: _Progress | None
) -> Model: ...
def graph_filter_weights(model: Model) -> _Csr: ...
def graph_filter_factors(model: Model) -> tuple[NDArray[np.float32], NDArray[np.float32]]: ...
def estimate_graph_filter_memory(interactions: Interactions, config: GraphFilterConfig, threads: int) -> int: ...
def fit_content_knn(
    interactions: Interactions,
    items: Catalogue,
    config: ContentKnnConfig,
    threads: int,
    limits: Limits,
    progress: _Progress | None,
) -> Model: ...
def estimate_content_knn_memory(
    interactions: Interactions, items: Catalogue, config: ContentKnnConfig, threads: int
) -> int: ...
def content_knn_catalogue(model: Model) -> Catalogue: ...
def content_knn_report(model: Model) -> tuple[list[dict[str, Any]], str]: ...
def content_knn_explain(model: Model, a: object, b: object) -> tuple[float, list[dict[str, Any]], str]: ...
def fit_item_knn(
    interactions: Interactions, config: ItemKnnConfig, threads: int, limits: Limits, progress: _Progress | None
) -> Model: ...
def item_knn_neighbours(model: Model) -> _Csr: ...
def fit_als(
    interactions: Interactions, config: AlsConfig, threads: int, limits: Limits, progress: _Progress | None
) -> Model: ...
def als_item_factors(model: Model) -> NDArray[np.float32]: ...
def als_user_factors(model: Model) -> NDArray[np.float32]: ...
def estimate_als_memory(interactions: Interactions, config: AlsConfig, threads: int) -> int: ...
def blend(models: Sequence[Model], weights: Sequence[float], config: BlendConfig) -> Model: ...
def blend_parts(model: Model) -> list[Model]: ...
def blend_weights(model: Model) -> list[float]: ...
def learn_blend_weights(
    models: Sequence[Model],
    test: Interactions,
    config: BlendConfig,
    exclude_seen: bool,
    seed: int,
    threads: int,
    limits: Limits,
    progress: _Progress | None,
) -> tuple[list[float], float, int]: ...
def estimate_blend_weights_memory(interactions: Interactions, parts: int, config: BlendConfig, threads: int) -> int: ...
def require_memory(needed: int, limits: Limits, what: str, advice: str) -> None: ...
def fit_next_basket(
    interactions: Interactions, config: NextBasketConfig, threads: int, limits: Limits, progress: _Progress | None
) -> Model: ...
def next_basket_vectors(model: Model) -> _Csr: ...
def estimate_next_basket_memory(interactions: Interactions, config: NextBasketConfig, threads: int) -> int: ...
def fit_popularity(
    interactions: Interactions, config: PopularityConfig, threads: int, limits: Limits, progress: _Progress | None
) -> Model: ...
def fit_rp3beta(
    interactions: Interactions, config: Rp3betaConfig, threads: int, limits: Limits, progress: _Progress | None
) -> Model: ...
def rp3beta_weights(model: Model) -> _Csr: ...
def fit_session_knn(
    interactions: Interactions, config: SessionKnnConfig, threads: int, limits: Limits, progress: _Progress | None
) -> Model: ...
def session_knn_next_items(model: Model) -> _Csr: ...
def session_knn_reminder_rates(model: Model) -> NDArray[np.float64]: ...
def estimate_session_knn_memory(interactions: Interactions, config: SessionKnnConfig, threads: int) -> int: ...
def fit_slim(
    interactions: Interactions, config: SlimConfig, threads: int, limits: Limits, progress: _Progress | None
) -> Model: ...
def slim_weights(model: Model) -> _Csr: ...
def fit_user_knn(
    interactions: Interactions, config: UserKnnConfig, threads: int, limits: Limits, progress: _Progress | None
) -> Model: ...
def estimate_rp3beta_memory(interactions: Interactions, config: Rp3betaConfig, threads: int) -> int: ...
def estimate_slim_memory(interactions: Interactions, config: SlimConfig, threads: int) -> int: ...
def estimate_user_knn_memory(interactions: Interactions, config: UserKnnConfig, threads: int) -> int: ...
def estimate_item_knn_memory(interactions: Interactions, config: ItemKnnConfig, threads: int) -> int: ...
def estimate_popularity_memory(interactions: Interactions, config: PopularityConfig, threads: int) -> int: ...
def split_by_time(interactions: Interactions, test_fraction: float) -> tuple[Interactions, Interactions]: ...
def split_by_user(
    interactions: Interactions, test_fraction: float, history_fraction: float, seed: int
) -> tuple[Interactions, Interactions, Interactions]: ...
def split_leave_last(interactions: Interactions, count: int) -> tuple[Interactions, Interactions]: ...
def extend_interactions(interactions: Interactions, items: Catalogue, users: Catalogue | None) -> Interactions: ...
def extend_like(interactions: Interactions, like: Interactions) -> Interactions: ...
def fit_hybrid(
    collaborative: Model,
    parts: HybridParts,
    config: HybridConfig,
    threads: int,
    limits: Limits,
    progress: _Progress | None,
) -> Model: ...
def learn_hybrid(
    collaborative: Model,
    parts: HybridParts,
    whole: Interactions,
    test: Interactions,
    start: HybridConfig,
    seed: int,
    threads: int,
    limits: Limits,
    progress: _Progress | None,
) -> tuple[HybridConfig, float, float, int]: ...
def estimate_hybrid_memory(
    interactions: Interactions, items: Catalogue, dense: bool, config: HybridConfig, threads: int
) -> int: ...
def hybrid_collaborative(model: Model) -> Model: ...
def hybrid_shares(
    model: Model,
    user: object,
    history: Ids | None,
    weights: list[float] | None,
    items: Ids,
    sensitive: Where | None,
    min_support: int,
    private: Sequence[str],
) -> list[tuple[float, list[tuple[Any, float]], float, float, str]]: ...
def split_new_items(
    interactions: Interactions, item_fraction: float, left: Sequence[int], seed: int
) -> tuple[Interactions, Interactions]: ...
def split_random(interactions: Interactions, test_fraction: float, seed: int) -> tuple[Interactions, Interactions]: ...
def evaluate(
    model: Model,
    train: Interactions,
    test: Interactions,
    history: Interactions | None,
    n: int,
    exclude_seen: bool,
    threads: int,
    progress: _Progress | None,
) -> EvaluationResult: ...
def bootstrap_means(
    columns: Sequence[NDArray[np.float64]], resamples: int, level: float, seed: int, threads: int
) -> list[tuple[float, float]]: ...
def measure_lists(
    hits: NDArray[np.uint8], offsets: NDArray[np.uint64], relevant: NDArray[np.uint64], n: int
) -> dict[str, NDArray[np.float64]]: ...

class TimelineBase(metaclass=_NativeType):
    def __init__(self, *args: object, **kwargs: object) -> None: ...

class Timeline(TimelineBase):
    """Events by time, in periods of ``length`` microseconds; arrays are read-only views.

    Users and items have positions in the order of their ids. Raises ``InvalidDataError`` for events without times,
    ``InvalidParameterError`` for more than 100,000 periods or a start after the first event.
    """

    def __init__(self, interactions: Interactions, length: int, start: int | None = None) -> None: ...
    @property
    def periods(self) -> int: ...
    @property
    def length(self) -> int: ...
    @property
    def offsets(self) -> NDArray[np.int64]:
        """The events of period p are those from ``offsets[p]`` until ``offsets[p + 1]``."""
    @property
    def item_births(self) -> NDArray[np.uint32]:
        """The period of each item's first event."""
    @property
    def item_deaths(self) -> NDArray[np.uint32]:
        """The period of each item's last event."""
    @property
    def user_births(self) -> NDArray[np.uint32]: ...
    def start_of(self, period: int) -> int:
        """Microseconds since 1970."""
    def items(self) -> NDArray[Any]: ...
    def users(self) -> NDArray[Any]: ...
    def event_items(self) -> NDArray[np.uint32]:
        """The position of each event's item."""
    def event_users(self) -> NDArray[np.uint32]: ...
    def event_times(self) -> NDArray[np.int64]: ...
    def interactions(self, since: int, until: int, half_life_seconds: float | None = None) -> Interactions:
        """Of the events of the periods ``since`` until before ``until``, made as the given ones were.

        A half-life stands in for theirs; it counts from the latest of the events, unless they had a reference time.
        """
    def without_random_events(self, until: int, count: int, seed: int) -> Interactions:
        """Of the events before period ``until`` but for ``count`` of them."""
    def shuffled(self, seed: int, even: bool = False) -> Timeline:
        """With the times dealt out to the events at random: no drift. ``even``: times at equal distances instead."""
    def with_change(self, at: int, share: float, ramp: int, seed: int) -> Timeline:
        """With the items of a share of the events exchanged from ``at`` on, over ``ramp`` periods."""
    def usual_gap(self, until: int, share: float = 0.99) -> int:
        """Within how many periods an item has its next event, in ``share`` of the cases before period ``until``."""

class Replay(metaclass=_NativeType):
    """Scores models of the past on what came after them.

    ``protocol`` is "period" or "next", ``histories`` (of the former) "frozen" or "live". An item is on offer in the
    periods that have an instant (microseconds) from ``offered_from`` until before ``offered_until``; without these,
    while it had an event in the last ``retired_after`` periods (0: ``usual_gap(first)``). ``most_lists`` of a period
    are drawn (0: all).
    """

    def __init__(
        self,
        timeline: Timeline,
        *,
        n: int = 10,
        exclude_seen: bool = True,
        protocol: str = "period",
        histories: str = "frozen",
        retired_after: int = 0,
        first: int = 1,
        most_lists: int = 0,
        seed: int = 0,
        offered_from: NDArray[np.int64] | None = None,
        offered_until: NDArray[np.int64] | None = None,
    ) -> None: ...
    def score(
        self, model: Model, origin: int, ages: int, threads: int = 0, progress: _Progress | None = None
    ) -> OriginScores:
        """The model of an origin in at most ``ages`` periods from there on.

        ``outcomes`` has for each of them, list by list, mixed, 1 where there was a hit.
        """
    def compare(self, older: Model, newer: Model, period: int, most: int, threads: int = 0) -> ListChange:
        """The mean likeness of lists by two models, for at most ``most`` users of a period (0: all).

        Only users the older model knows something of count: with none, ``lists`` is 0 and both likenesses are 1.
        """

def jensen_shannon(a: ArrayLike, b: ArrayLike) -> float:
    """The Jensen-Shannon divergence of two distributions given as counts, in bits: 0 to 1 (Lin 1991)."""

def population_stability(a: ArrayLike, b: ArrayLike, pseudo: float = 0.5) -> float:
    """Sum of (p - q) ln(p / q) over bins, each count raised by ``pseudo`` so that an empty bin has a finite term."""

def rank_biased_overlap(a: ArrayLike, b: ArrayLike, p: float) -> float:
    """The extrapolated overlap of two rankings of item positions (Webber, Moffat, Zobel 2010, eq. 32): 0 to 1.

    ``p``, the persistence, is above 0 and below 1. Raises ``InvalidParameter`` for an item that is twice in a ranking.
    """

def input_drift(
    timeline: Timeline,
    origin: int,
    period: int,
    *,
    reference: int = 4,
    rate: float = 0.01,
    permutations: int = 199,
    bins: int = 20,
    rbo_persistence: float = 0.98,
    seed: int = 0,
    threads: int = 0,
) -> InputDrift:
    """How the events of a period differ from those of the ``reference`` periods before the origin.

    The p-values are of permutations of whole users: without drift one of at most ``rate`` is as frequent as ``rate``.
    ``births`` and ``unknown_users`` are shares of events since the origin, which grow at a steady rate of newcomers;
    their p-values say whether this period has more newcomers than those of the reference.
    """

class Adwin(metaclass=_NativeType):
    """Adaptive windowing (Bifet, Gavalda 2007); parameters and results as river's ``drift.ADWIN``."""

    def __init__(
        self,
        *,
        delta: float = 0.002,
        clock: int = 32,
        max_buckets: int = 5,
        min_window_length: int = 5,
        grace_period: int = 10,
    ) -> None: ...
    def update(self, value: float) -> bool:
        """Add a value; whether it raises an alarm."""

    @property
    def mean(self) -> float: ...
    @property
    def width(self) -> float: ...

class PageHinkley(metaclass=_NativeType):
    """Page's test with Hinkley's running mean; parameters and results as river's ``drift.PageHinkley``."""

    def __init__(
        self,
        *,
        min_instances: int = 30,
        delta: float = 0.005,
        threshold: float = 50.0,
        alpha: float = 0.9999,
        mode: str = "both",
    ) -> None: ...
    def update(self, value: float) -> bool:
        """Add a value; whether it raises an alarm."""

    @property
    def mean(self) -> float: ...
    @property
    def width(self) -> float: ...

def first_alarm_adwin(outcomes: Sequence[ArrayLike], delta: float = 0.002) -> int | None:
    """The age at whose end ADWIN knows that a model hits less than before; ``None``: never.

    ``outcomes``: for each age, list by list, 1 for a hit and 0 for none, as uint8.
    """

def first_alarm_page_hinkley(outcomes: Sequence[ArrayLike], rate: float = 0.01) -> int | None:
    """The age at whose end the test of Page and Hinkley knows that a model hits less than before; ``None``: never.

    Its parameters follow from what was seen before and from ``rate``, that of false alarms an age, between 0 and 1.
    """

def age_curve(
    origin: ArrayLike,
    age: ArrayLike,
    value: ArrayLike,
    fresh: ArrayLike,
    resamples: int,
    level: float,
    seed: int,
    threads: int = 0,
) -> AgeCurve:
    """How the worth of a model falls with its age.

    Point i is what a model of ``origin[i]`` found at ``age[i]`` periods, ``value[i]``, beside what a model fitted just
    before that same period found, ``fresh[i]``. Ratios are of sums over origins, with percentile bands over origins
    drawn with replacement; the decay ``floor + (1 - floor) exp(-rate age)`` is least squares over ages from 1 on,
    weighted by fresh values. What pools ages (the decay, ``old_ratio``) is resampled over origins and periods at once
    (Owen 2007, "The pigeonhole bootstrap"). An age that one origin alone has gets the band ``[0, inf]``.

    Raises ``InvalidParameter`` for fewer than two origins, ``InvalidData`` for values that are negative or not finite.
    """

def loss_parts(
    origin: ArrayLike,
    age: ArrayLike,
    value: ArrayLike,
    fresh: ArrayLike,
    resamples: int,
    level: float,
    seed: int,
    threads: int = 0,
) -> LossParts:
    """Which part of the demand an ageing model loses.

    ``value`` and ``fresh`` have shape (points, parts), of parts that make up the whole. The loss of a part at an age is
    (fresh - value of the part) / fresh of all parts, summed over origins: the parts sum to 1 - ratio of the age
    curve.
    """

def every_plan(periods: int, k: int) -> list[int]: ...
def random_plan(periods: int, fits: int, seed: int) -> list[int]: ...
def triggered_plan(alarm: ArrayLike) -> list[int]:
    """``alarm``: for each origin the period at whose end its first alarm is raised, or -1."""

def oracle_plans(value: ArrayLike, fit_cost: ArrayLike, most: int) -> list[list[int]]:
    """The plans of greatest value with at most 1, 2, ... fits; ``value``: see ``follow``."""

def oracle_plan(value: ArrayLike, fit_cost: ArrayLike, price: float) -> list[int]:
    """The plan of greatest value less ``price`` times its cost, knowing the future."""

def cost_aware_plan(value: ArrayLike, fit_cost: ArrayLike, price: float, at_first: int = 4) -> list[int]:
    """Refits when the loss since the last fit, judged by the past alone, exceeds ``price`` times the cost of that."""

def follow(value: ArrayLike, fit_cost: ArrayLike, plan: Sequence[int]) -> PlanOutcome:
    """What a plan would have brought.

    ``value`` has what origin 0 brings in the periods 0, 1, ..., then origin 1 in 1, 2, ...: periods (periods + 1) / 2
    values; ``fit_cost`` has what the fit of each origin costs; ``plan`` the periods before which to fit, from 0 on. The
    cost is without the first fit.
    """

def compare_plans(
    plans: ArrayLike,
    baseline: ArrayLike,
    block: int,
    resamples: int,
    level: float,
    seed: int,
    threads: int = 0,
) -> PlanComparison:
    """Total values of plans, of shape (plans, periods), relative to a baseline's, and their differences.

    Intervals are of a moving-block bootstrap over periods (Künsch 1989), with the same draws for all plans; ``block``
    periods each, 0 for the cube root of the number of periods. Differences: (first, second, difference of totals,
    interval).
    """

class CostMeter(metaclass=_NativeType):
    def __init__(self) -> None: ...
    def stop(self) -> tuple[float, float, int | None]:
        """Wall seconds, CPU seconds of all threads, and peak resident memory in bytes above that at the beginning."""

def swap_latency(
    model: Model,
    next: Callable[[], Model],  # noqa: A002
    at_least: int,
) -> dict[str, float]:
    """Seconds that a list takes while idle, and while another thread makes the next model and puts it in place.

    ``idle_p50``, ``idle_p99``, ``swap_p50``, ``swap_p99``; ``lists`` measured after the swap was begun, ``during_swap``
    those of them begun before the next model was in place, and ``swap_seconds``, which it took.

    Lists are made without the GIL; ``next`` is called with it, on a thread of its own. Ctrl-C waits for ``next``.
    """

class AudienceBars(metaclass=_NativeType):
    def __init__(self, *args: object, **kwargs: object) -> None: ...
    @staticmethod
    def of(model: Model, alternative: int, threads: int, progress: _Progress | None) -> AudienceBars: ...

class AudienceFilter(metaclass=_NativeType):
    def __init__(
        self,
        *,
        model: Model,
        users: Ids | None,
        where: str | None,
        told_users: Ids | None,
        told: Sequence[int],
        most_messages: int,
        min_history: int,
    ) -> None: ...

def audience(
    model: Model,
    item: object,
    bars: AudienceBars,
    filter: AudienceFilter,  # noqa: A002
    n: int,
    ranks: bool,
    threads: int,
    progress: _Progress | None,
) -> dict[str, Any]: ...
def campaign(
    model: Model,
    users: Ids | None,
    items: Ids,
    bars: AudienceBars,
    filter: AudienceFilter,  # noqa: A002
    per_user: int,
    per_item: int,
    min_meaning: float,
    tolerance: float,
    ranks: bool,
    threads: int,
    limits: Limits,
    progress: _Progress | None,
) -> dict[str, Any]: ...
def look_alikes(
    interactions: Interactions,
    model: Model | None,
    seeds: Ids,
    users: Ids | None,
    where: str | None,
    n: int,
    hidden: float | None,
    seed: int,
    threads: int,
    progress: _Progress | None,
) -> dict[str, Any]: ...
def save_model(
    model: Model, path: bytes, serving_only: bool, histories: bool, sequence: int, parameters: bytes
) -> None: ...
def interactions_in_use(interactions: Interactions) -> Interactions: ...
def live_change(
    model: Model,
    removed: Interactions | None,
    added: Interactions | None,
    threads: int,
    limits: Limits,
    progress: object,
) -> dict[str, Any]: ...
def live_forget(model: Model, user: object, threads: int, limits: Limits, progress: object) -> dict[str, Any]: ...
def live_drop_before(model: Model, time: int, threads: int, limits: Limits, progress: object) -> dict[str, Any]: ...
def live_merge(model: Model, other: Model, threads: int, limits: Limits, progress: object) -> dict[str, Any]: ...
def live_retire(model: Model, ids: Ids, back: bool) -> dict[str, Any]: ...
def live_retired(model: Model) -> NDArray[Any]: ...
def live_add_items(model: Model, rows: AttributeTable) -> dict[str, Any]: ...
def live_add_users(model: Model, rows: AttributeTable) -> dict[str, Any]: ...
def live_events_of(model: Model, user: object) -> tuple[list[Any], list[float], NDArray[np.int64] | None]: ...
def live_version(model: Model) -> int: ...
def live_events_version(model: Model) -> int: ...
def live_snapshot(model: Model) -> Model: ...
def format_time(microseconds: int) -> str: ...
def model_parameters(model: Model) -> tuple[str, dict[str, Any]]: ...
