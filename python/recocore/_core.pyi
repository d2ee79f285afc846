from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypedDict, type_check_only

import numpy as np
from numpy.typing import NDArray

__version__: str
TIERS: tuple[str, str]

class _NativeType(type): ...

_Progress: TypeAlias = Callable[[str, int, int], None]

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
    ) -> None: ...

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
    def report(self) -> dict[str, int]: ...
    def report_text(self) -> str: ...
    @property
    def n_users(self) -> int: ...
    @property
    def n_items(self) -> int: ...
    def __len__(self) -> int: ...
    def equals(self, other: Interactions) -> bool: ...

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
    def find(self, key: object) -> list[int]: ...
    def select(self, lists: Sequence[int]) -> Lists: ...
    @property
    def count(self) -> int: ...
    def __len__(self) -> int: ...

class Model(metaclass=_NativeType):
    def __init__(self, *args: object, **kwargs: object) -> None: ...
    @staticmethod
    def from_bytes(state: bytes) -> Model: ...
    def to_bytes(self) -> bytes: ...
    @property
    def name(self) -> str: ...
    @property
    def interactions(self) -> Interactions: ...
    def recommend_user(
        self,
        user: object,
        n: int,
        exclude_seen: bool,
        exclude: Ids | None,
        candidates: Ids | None,
        on_unknown: str,
    ) -> Lists: ...
    def recommend_users(
        self,
        users: Ids,
        n: int,
        exclude_seen: bool,
        exclude: Ids | None,
        candidates: Ids | None,
        on_unknown: str,
        threads: int,
        progress: _Progress | None,
    ) -> Lists: ...
    def recommend_history(
        self,
        history: Ids,
        weights: NDArray[np.float32] | None,
        n: int,
        exclude_seen: bool,
        exclude: Ids | None,
        candidates: Ids | None,
        on_unknown: str,
    ) -> Lists: ...
    def similar_items(
        self, item: object, n: int, exclude: Ids | None, candidates: Ids | None, on_unknown: str
    ) -> Lists: ...
    def neighbours(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]: ...

def missing_column_text(wanted: str, columns: Sequence[str]) -> str: ...
def parse_time(text: str) -> int | None: ...
def fit_item_knn(
    interactions: Interactions,
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
    threads: int,
    progress: _Progress | None,
) -> Model: ...
def fit_popularity(
    interactions: Interactions,
    *,
    kind: str,
    window_days: float,
    baseline_windows: int,
    threads: int,
    progress: _Progress | None,
) -> Model: ...
def split_by_time(interactions: Interactions, test_fraction: float) -> tuple[Interactions, Interactions]: ...
def split_by_user(
    interactions: Interactions, test_fraction: float, history_fraction: float, seed: int
) -> tuple[Interactions, Interactions, Interactions]: ...
def split_leave_last(interactions: Interactions, count: int) -> tuple[Interactions, Interactions]: ...
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
