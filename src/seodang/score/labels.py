"""Class labels: their order, their codes, and how strictly they are compared.

Labels compare as written. Only where nothing else could be meant are other spellings of the same label taken:
whole numbers as floats ("1.0" for "1"), and the case of true and false ("True" for "true"); and true and false
for 1 and 0 where exactly those two are the labels, or the other way round.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Codes = NDArray[np.signedinteger[Any]]


def sort_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """Numbers by value, everything else by text; of two labels the second is the positive one."""
    labels = list(labels)
    try:
        numbers = {label: float(label) for label in labels}
    except ValueError:
        return tuple(sorted(labels))
    if not all(isfinite(number) for number in numbers.values()):
        return tuple(sorted(labels))
    return tuple(sorted(labels, key=lambda label: (numbers[label], label)))


def encode_labels(values: Any, labels: Sequence[str]) -> Codes:
    """Codes of a chunked array of text (or dictionary of text) in `labels`; -1 for what is no label."""
    code_of = reader_of(labels)
    # The narrowest integers that hold a code: a million rows are then one megabyte, not four or eight.
    kind = np.min_scalar_type(-max(1, len(labels)))
    parts = []
    for chunk in values.chunks:
        encoded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
        known = [code_of(word) for word in encoded.dictionary.to_pylist()]
        codes = np.array([*known, -1], dtype=kind)
        # A missing value has no index; it takes the last code, -1.
        parts.append(codes[encoded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)])
    return np.concatenate(parts) if parts else np.empty(0, dtype=kind)


def reader_of(labels: Sequence[str]) -> Callable[[str | None], int]:
    """From a word to the code of the label it means, or -1. Another spelling counts if no two labels share it."""
    exact = {label: code for code, label in enumerate(labels)}
    plain = [normal(label) for label in labels]
    shared = Counter(plain)
    others = {word: code for code, word in enumerate(plain) if shared[word] == 1}
    if sorted(plain) == ["0", "1"]:
        others |= {"false": plain.index("0"), "true": plain.index("1")}
    elif sorted(plain) == ["false", "true"]:
        others |= {"0": plain.index("false"), "1": plain.index("true")}

    def code_of(word: str | None) -> int:
        found = exact.get(word or "")
        return others.get(normal(word), -1) if found is None else found

    return code_of


def normal(label: str | None) -> str:
    """The spelling under which variants of a label meet."""
    if label is None:
        return ""
    label = label.strip()
    head, point, tail = label.partition(".")
    if point and tail and not tail.strip("0") and head.lstrip("-").isdigit():
        label = head
    return label.lower() if label.lower() in ("true", "false") else label
