"""Free text as numbers: weighted words and letter groups, pressed into a few dimensions."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seodang.learn.data._parts import Block, Part, part
from seodang.learn.task import Feature

_WORD = re.compile(r"(?u)\b\w+\b")


@part
class Prose(Part):
    """TF-IDF of words and pairs of words (where letters are not of a spaced alphabet, of two and three letters too:
    Korean words change at their ends), then a truncated singular value decomposition: latent semantic analysis
    (Deerwester et al. 1990). Beside it the length in letters and in words, as logarithms. A missing text is empty.
    """

    name = "prose"
    most_terms = 6_000
    most_letters = 2_000

    def fit_transform(self, X: pd.DataFrame, y: NDArray[Any], rng: np.random.Generator) -> Block:
        self.settings |= {"vocabularies": [], "letters": []}
        blocks, self.features = [], []
        for j, column in enumerate(self.columns):
            texts = self._texts(X, column)
            self.settings["letters"].append(_needs_letters(texts))
            block = np.hstack([self._learn(j, texts, rng), _lengths(texts)])
            blocks.append(block)
            titles = [*(f"topic {k + 1}" for k in range(block.shape[1] - 2)), "letters", "words"]
            self.features += [Feature(f"{column} {title}", column) for title in titles]
        return np.hstack(blocks)

    def transform(self, X: pd.DataFrame) -> Block:
        blocks = []
        for j, column in enumerate(self.columns):
            texts = self._texts(X, column)
            blocks += [self._project(j, self._weigh(j, texts)), _lengths(texts)]
        return np.hstack(blocks)

    def _texts(self, X: pd.DataFrame, column: str) -> list[str]:
        return [text[: self.most_letters].lower() if isinstance(text, str) else "" for text in X[column]]

    def _learn(self, j: int, texts: list[str], rng: np.random.Generator) -> Block:
        from sklearn.feature_extraction.text import CountVectorizer
        from sklearn.utils.extmath import randomized_svd

        counter = CountVectorizer(
            analyzer=_analyzer(self.settings["letters"][j]),
            min_df=2 if len(texts) >= 50 else 1,
            max_df=1.0,
            max_features=self.most_terms,
            dtype=np.float32,
        )
        try:
            counts = counter.fit_transform(texts)
        except ValueError:  # not one word
            self.settings["vocabularies"].append([])
            return np.empty((len(texts), 0), dtype=np.float32)
        vocabulary = sorted(counter.vocabulary_, key=counter.vocabulary_.__getitem__)
        self.settings["vocabularies"].append(vocabulary)
        n_documents = np.asarray((counts > 0).sum(axis=0)).ravel()
        self.arrays[f"weights {j}"] = (np.log((1 + len(texts)) / (1 + n_documents)) + 1).astype(np.float32)
        weighed = self._weigh(j, texts, counts)
        size = int(min(self.settings["size"], min(weighed.shape) - 1))
        if size < 1:
            self.arrays[f"axes {j}"] = np.eye(len(vocabulary), dtype=np.float32)[:, : min(len(vocabulary), 1)]
        else:
            axes = randomized_svd(weighed, size, n_iter=3, random_state=int(rng.integers(2**31)))[2]
            self.arrays[f"axes {j}"] = np.ascontiguousarray(axes.T, dtype=np.float32)
        return self._project(j, weighed)

    def _weigh(self, j: int, texts: list[str], counts: Any = None) -> Any:
        from scipy import sparse
        from sklearn.feature_extraction.text import CountVectorizer
        from sklearn.preprocessing import normalize

        vocabulary = self.settings["vocabularies"][j]
        if not vocabulary:
            return sparse.csr_matrix((len(texts), 0), dtype=np.float32)
        if counts is None:
            counter = CountVectorizer(
                analyzer=_analyzer(self.settings["letters"][j]),
                vocabulary={term: place for place, term in enumerate(vocabulary)},
                dtype=np.float32,
            )
            counts = counter.transform(texts)
        weighed = counts.astype(np.float32)
        weighed.data = 1 + np.log(weighed.data)
        return normalize(weighed @ sparse.diags(self.arrays[f"weights {j}"]), copy=False)

    def _project(self, j: int, weighed: Any) -> Block:
        if not self.settings["vocabularies"][j]:
            return np.empty((weighed.shape[0], 0), dtype=np.float32)
        return np.asarray(weighed @ self.arrays[f"axes {j}"], dtype=np.float32)


def _needs_letters(texts: list[str]) -> bool:
    """Whether letters outside of ASCII are common: Korean, Chinese, Japanese …"""
    some = "".join(texts[:500])
    return bool(some) and sum(1 for letter in some if ord(letter) > 0x2E7F) > 0.1 * len(some)


class _analyzer:  # noqa: N801 - a function with a setting
    def __init__(self, letters: bool) -> None:
        self.letters = letters

    def __call__(self, text: str) -> list[str]:
        words = _WORD.findall(text)
        terms = words + [f"{a} {b}" for a, b in pairwise(words)]
        if self.letters:
            for word in words:
                padded = f"_{word}_"
                terms += [padded[i : i + n] for n in (2, 3) for i in range(len(padded) - n + 1)]
        return terms


def _lengths(texts: list[str]) -> Block:
    return np.log1p(
        np.array([[len(text), len(text.split())] for text in texts], dtype=np.float32).reshape(len(texts), 2)
    )
