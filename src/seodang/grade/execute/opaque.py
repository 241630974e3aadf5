"""A callable behind which Python code cannot look. Alone in a module, because functions lead to their module."""

from __future__ import annotations

from _functools import _lru_cache_wrapper  # type: ignore[import-not-found]
from collections.abc import Callable
from typing import Any

_COUNTED = type("CacheInfo", (tuple,), {})


def opaque(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same, callable and nothing else: a C object that keeps nothing of what it is called with."""
    wrapped: Callable[..., Any] = _lru_cache_wrapper(function, 0, False, _COUNTED)
    return wrapped
