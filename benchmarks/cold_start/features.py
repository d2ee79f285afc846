"""Items as sets of words for libraries that know no columns: one for each value, one for each word of a text."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import scipy.sparse as sp

#: A number is the fifth of the numbers that it is in.
BINS = 5


def terms_of(table: dict[str, Any], kinds: dict[str, str]) -> list[list[str]]:
    """Of each row of the table."""
    rows: list[list[str]] = [[] for _ in range(len(table["item_id"]))]
    for column, kind in kinds.items():
        values = binned(table[column]) if kind == "number" else table[column]
        for row, value in zip(rows, values, strict=True):
            row += [f"{column}={term}" for term in terms_of_value(value, kind)]
    return rows


def terms_of_value(value: Any, kind: str) -> list[Any]:
    if value is None:
        return []
    if kind == "labels":
        return sorted(set(value))
    return sorted(set(re.findall(r"\w+", value.lower()))) if kind == "text" else [value]


def binned(values: Any) -> list[int | None]:
    known = ~np.isnan(values)
    edges = np.quantile(values[known], np.arange(1, BINS) / BINS)
    return [int(np.searchsorted(edges, value)) if there else None for value, there in zip(values, known, strict=True)]


def matrix_of(rows: list[list[str]]) -> sp.csr_matrix:
    """Items by words, ones; the words in their order."""
    words = {word: number for number, word in enumerate(sorted({word for row in rows for word in row}))}
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    indices = np.array([words[word] for row in rows for word in row], dtype=np.int32)
    ones = np.ones(indices.size, dtype=np.float32)
    return sp.csr_matrix((ones, indices, indptr), shape=(len(rows), len(words)))
