"""Canaries: comparisons that must fail where an honest one holds.

The driver writes calls around both sides of a test's comparisons (`instrument`). They give back what they are
given, and compare the left side with a changed right side besides: an object that equals everything is found out,
also one that says yes to the first thing it is asked, because half of the changed comparisons are made before the
true one.
A class that compares in Python code of its own is asked a random number of times before and once after, near the
true value and far from it, so that it cannot know which question counts. Values of exact built-in types decide for
themselves and are not asked.
"""

from __future__ import annotations

import builtins
import math
import operator
import random
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

from seodang.grade.execute.guard import library_roots
from seodang.grade.execute.opaque import opaque

globals()["__builtins__"] = dict(vars(builtins))  # see wire

_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_PLAIN = (int, float, complex, str, bytes, bool, type(None))
# After so many comparisons at one place the rest is believed: a test may compare a million times.
_ASKED_AT_MOST = 200
_ASKED_OFTEN = 5
_random = random.SystemRandom()
_draw, _between, _far_between = _random.random, _random.randrange, _random.uniform
_ROOTS = library_roots()
_line_of = type.__dict__["__mro__"].__get__
_truth, _finite = operator.truth, math.isfinite
_modules = sys.modules


def make_canaries(
    namespace: dict[str, Any], kinds: dict[int, str], left_name: str, right_name: str
) -> tuple[Callable[[str], None], Callable[[], list[str]]]:
    """Put both probes into the namespace; gives (the canary of `assert` itself, judge: what was found).

    kinds: number of a comparison → "==", "<", "<=", ">", ">=" or "call FUNCTION".
    """
    found: list[str] = []
    held: list[tuple[int, Any]] = []
    last: dict[int, tuple[Any, Any]] = {}
    asked: dict[int, int] = {}

    def left(number: int, value: Any) -> Any:
        held.append((number, value))
        return value

    def right(number: int, value: Any) -> Any:
        while held:
            place, other = held.pop()
            if place == number:
                break
        else:
            return value
        count = asked[number] = asked.get(number, 0) + 1
        if count <= _ASKED_AT_MOST:
            last[number] = (other, value)
            own = count <= _ASKED_OFTEN and (_compares_itself(other) or _compares_itself(value))
            for _ in range(_between(1, 24)) if own else range(_draw() < 0.5):
                ask(number, other, value)
        return value

    def ask(number: int, one: Any, other: Any) -> None:
        kind = kinds.get(number, "")
        if kind == "==":
            wrong = _equal_to_changed(one, other) or _equal_to_near(one, other)
        elif kind in _ORDER:
            wrong = _both_hold(kind, one, other)
        else:
            wrong = _call_holds(namespace, kind.removeprefix("call "), one, other)
        if wrong:
            found.append(f"comparison:{number}")

    def generic(filename: str) -> None:
        """An assert of two different numbers must raise AssertionError, through the very path the test takes."""
        number = _between(1, 10**9)
        code = compile(f"assert {number} == {number + 1}", filename, "exec", 0, True, 0)
        try:
            exec(code, namespace)  # noqa: S102 - an assert of our own
        except AssertionError as error:
            if type(error) is AssertionError:
                return
        found.append("assert")

    def judge() -> list[str]:
        for number, (one, other) in last.items():
            ask(number, one, other)
        return found

    namespace[left_name], namespace[right_name] = opaque(left), opaque(right)
    return generic, judge


def _equal_to_changed(left: Any, right: Any) -> bool:
    if is_plain(left) and is_plain(right):
        return False
    for one, other in ((left, changed(right)), (changed(left), right)):
        try:
            if _truth(one == other) is True:
                return True
        except BaseException:  # noqa: S112 - a comparison that raises says nothing
            continue
    return False


def _compares_itself(value: Any) -> bool:
    """Its class, or one that it builds on, has an `__eq__` written in Python, and no library's."""
    if is_plain(value):
        return False
    written = [vars(cls).get("__eq__") for cls in _line_of(type(value))]
    return any([type(one) is FunctionType and not one.__code__.co_filename.startswith(_ROOTS) for one in written])  # noqa: C419


def _equal_to_near(left: Any, right: Any) -> bool:
    """What compares itself equals a plain value's neighbour too; or the built-in type it builds on denies it."""
    for one, other in ((left, right), (right, left)):
        if type(other) not in _PLAIN or not _compares_itself(one):
            continue
        try:
            if _truth(one == _near(other)) is True:
                return True
            for base in (int, float, str, bytes):
                if isinstance(other, base) and base in _line_of(type(one)):
                    return base.__eq__(one, other) is False and _truth(one == other) is True
        except BaseException:  # noqa: S112 - a comparison that raises says nothing
            continue
    return False


def _near(value: Any) -> Any:
    """Another plain value, close to this one or some way off."""
    cls, step = type(value), _between(1, 10) if _draw() < 0.5 else -_between(1, 10)
    if cls is int:
        return value + (step if _draw() < 0.5 else step * (abs(value) // 20 + 1))
    if cls is float and _finite(value):
        return value * (1 + step / 20) if value else step / 2
    if cls is str and value:
        place = _between(len(value))
        return value[:place] + chr((ord(value[place]) + 1) % 0xD800) + value[place + 1 :]
    return changed(value)


def _both_hold(kind: str, left: Any, right: Any) -> bool:
    """`left < right` and `left >= right` at once: no order has that."""
    if is_plain(left) and is_plain(right):
        return False
    try:
        return _truth(_ORDER[kind](left, right)) and _truth(_ORDER[_OPPOSITE[kind]](left, right))
    except BaseException:
        return False


def _call_holds(namespace: dict[str, Any], function: str, left: Any, right: Any) -> bool:
    """`allclose(left, something far away)` and its like: either is false, or raises."""
    other = changed(right)
    try:
        called = namespace
        first, *attributes = function.split(".")
        value: Any = called[first]
        for name in attributes:
            value = getattr(value, name)
        held = value(left, other)
        return held is None or _truth(held)
    except BaseException:
        return False


def is_plain(value: Any) -> bool:
    if type(value) in _PLAIN:
        return True
    if type(value) in (list, tuple, set, frozenset) and len(value) <= 10_000:
        return all([type(entry) in _PLAIN for entry in value])  # noqa: C419 - quicker
    return False


def changed(value: Any) -> Any:
    """Another value of the same kind, far from this one; of an unknown kind an object that equals nothing."""
    cls = type(value)
    if cls is bool:
        return not value
    if cls is int:
        return value + (abs(value) + 1) * _between(3, 10**4)
    if cls in (float, complex):
        return _far(value)
    if cls is str:
        return value + "\u2063" + str(_between(10**9))
    if cls is bytes:
        return value + b"\xfe" + str(_between(10**9)).encode()
    if cls in (list, tuple):
        return cls([changed(entry) for entry in value] or [_between(10**9) for _ in range(3)])
    if cls in (set, frozenset):
        return cls([_between(10**9, 10**12)])
    if cls is dict:
        return {key: changed(entry) for key, entry in value.items()} or {_between(10**9): 0}
    return _changed_array(value)


def _far(value: Any) -> Any:
    size = abs(value)
    other = _far_between(1e3, 1e6) * (1 + (size if _finite(size) else 0))
    return type(value)(other) if _finite(other) else type(value)(_far_between(1.0, 2.0))


def _changed_array(value: Any) -> Any:
    numpy: Any = _modules.get("numpy")
    if numpy is None:
        return object()
    if type(value) is numpy.ndarray and not value.size:
        return numpy.arange(3) + _between(10**9)  # nothing is broadcast to this
    if type(value) is numpy.ndarray and value.dtype.kind in "iufb":
        if value.dtype.kind == "b":
            return ~value
        finite = numpy.where(numpy.isfinite(value), numpy.abs(value.astype(float)), 0.0)
        return (finite + 1.0) * _far_between(1e3, 1e6)
    if type(value).__module__ == "numpy" and isinstance(value, numpy.generic):
        if isinstance(value, numpy.bool_):
            return not value
        if isinstance(value, (numpy.integer, numpy.floating)):
            return _far(float(value))
    return object()
