from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypedDict, type_check_only

import numpy as np
from numpy.typing import NDArray

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
