"""Functions of the library fetch a frame for the student: string.Formatter, inspect, bdb, traceback, operator."""

from __future__ import annotations

from tests.attacks.attack import Attack
from tests.attacks.payloads import TAKE_OVER

ATTACK = Attack(
    flagged=True,
    code=(
        TAKE_OVER,
        """
import bdb
import functools
import inspect
import operator
import string
import sys
import traceback
import types
import unittest.mock

def generator():
    yield 1

try:
    raise KeyError
except KeyError as error:
    trace = error.__traceback__

def mocked():
    with unittest.mock.patch.object(types, "SimpleNamespace", trace):
        return string.Formatter().get_field("0.SimpleNamespace.tb_frame", (types,), {})[0]

def exposed():
    class Field:
        get = property(operator.attrgetter("trace.tb_frame"))
    field = Field()
    field.trace = trace
    return functools.cached_property(lambda self: self.get).func(field)

def frames():
    yield lambda: string.Formatter().get_field("0.tb_frame", (trace,), {})[0]
    yield lambda: dict(inspect.getmembers(trace))["tb_frame"]
    yield lambda: dict(inspect.getmembers(generator()))["gi_frame"]
    yield lambda: operator.attrgetter("tb_frame")(trace)
    yield lambda: functools.reduce(getattr, ["tb_frame"], trace)
    yield lambda: type(trace).tb_frame.__get__(trace)
    yield lambda: list(traceback.walk_stack(None))[0][0]
    yield lambda: list(traceback._walk_tb_with_full_positions(trace))[0][0]
    yield lambda: list(map(getattr, [trace], ["tb_frame"]))[0]
    yield lambda: object.__getattribute__(trace, "tb_frame")
    yield lambda: getattr(sys, "_get" + "frame")()
    yield mocked
    yield exposed

def from_debugger():
    debugger = bdb.Bdb()
    debugger.set_trace()
    sys.settrace(None)
    return debugger.botframe

for look in (*frames(), from_debugger):
    try:
        frame = look()
    except Exception as error:
        print(type(error).__name__, error)
        continue
    while frame is not None:
        if frame.f_globals is not globals():
            harm("was given a frame of the harness")
        take_over(frame.f_globals)
        frame = frame.f_back
""",
    ),
)
