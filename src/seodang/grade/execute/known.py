"""What the modules that tests rely on looked like before any student's code ran, and putting it back.

Owns: a snapshot of functions, classes, constants and their code in the built-ins and in what tests commonly use.
`restore` compares by identity, so nothing of a student's is called by looking. Additions are left alone: only what
a module had is put back. It does not cover the inside of C objects, nor mutable state such as an option of pandas.
"""

from __future__ import annotations

import builtins
import ctypes
import gc
import operator
import sys
from array import array
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

globals()["__builtins__"] = dict(vars(builtins))  # see wire

WATCHED = (
    "math",
    "cmath",
    "operator",
    "functools",
    "itertools",
    "random",
    "json",
    "re",
    "string",
    "statistics",
    "inspect",
    "ast",
    "io",
    "contextlib",
    "copy",
    "types",
    "abc",
    "hashlib",
    "time",
    "unittest",
    "unittest.case",
    "unittest.mock",
    "numpy",
    "numpy.linalg",
    "numpy.random",
    "numpy.testing",
    "numpy.testing._private.utils",
    "numpy._core.numeric",
    "numpy._core.fromnumeric",
    "numpy._core.shape_base",
    "pandas",
    "pandas.testing",
    "pandas._testing",
    "pandas._testing.asserters",
    "scipy",
    "scipy.stats",
    "sklearn.metrics",
    "sklearn.utils.validation",
    "keras",
    "keras.utils",
    "keras.models",
    "keras.layers",
    "tensorflow",
    "tensorflow.math",
    "tensorflow.debugging",
    "pytest",
    "IPython.core.getipython",
)
WATCHED_CLASSES = (
    ("unittest.case", "TestCase"),
    ("pandas", "DataFrame"),
    ("pandas", "Series"),
    ("pandas", "Index"),
    ("keras", "Model"),
    ("keras", "Sequential"),
    ("keras", "Layer"),
    ("sklearn.base", "BaseEstimator"),
    ("sklearn.base", "ClassifierMixin"),
    ("sklearn.base", "RegressorMixin"),
    ("fractions", "Fraction"),
    ("decimal", "Decimal"),
    ("pathlib", "Path"),
)
_CONSTANT = (int, float, complex, str, bytes, bool, type(None))
# Set anew by the interpreter and by IPython as a matter of course.
_CHANGING = frozenset(
    {("builtins", "_"), ("builtins", "input"), ("builtins", "display"), ("builtins", "get_ipython")}
    | {("os", "register_at_fork"), ("posix", "register_at_fork")}  # `shell.install` replaces it
)


Restore = Callable[[bool], list[str]]
_same, _all = operator.is_, all
# Taken now: the classes of ctypes are a student's to change. Neither is an event that `guard` hears of.
_pointer_of, _number_of = ctypes.Array.__getitem__, ctypes._Pointer.__getitem__


def take_known() -> tuple[Callable[[], None], Restore, dict[str, ModuleType]]:
    """(put the built-ins back, put everything back and name what was replaced, all modules by name).

    The state is that of this moment, which must lie before the first student's code. Putting back takes whether to
    look inside functions too: reading or setting a function's code is seen by `guard`, so it is needed only after
    that.
    """
    spaces = [
        (label, space, tuple(state), tuple([value for value, _inside in state.values()]), state)
        for label, space, state in _spaces()
    ]
    has_versions = _has_versions()
    pointers = _pointers_to_versions([space for _label, space, *_rest in spaces])
    versions = array("Q", [_version(pointers, number) if has_versions else 0 for number in range(len(spaces))])
    modules = {name: module for name, module in sys.modules.items() if isinstance(module, ModuleType)}
    needed = {name: module for name, module in modules.items() if name in _NEEDED}
    present = vars(builtins)
    original = {name: value for name, value in present.items() if ("builtins", name) not in _CHANGING}
    replaced: list[str] = []
    loaded, meta_path, path_hooks = sys.modules, sys.meta_path, sys.path_hooks
    meta_path_known, path_hooks_known = list(meta_path), list(path_hooks)

    def restore_builtins() -> None:
        """First of all, and with nothing but methods of dict: whatever runs next uses built-ins."""
        for name, value in original.items():
            if present.get(name) is not value:
                replaced.append(name)
                present[name] = value

    def restore(deep: bool) -> list[str]:
        restore_builtins()
        changed = [f"builtins.{name}" for name in replaced]
        replaced.clear()
        for number, known in enumerate(versions):
            if has_versions and _version(pointers, number) == known and not deep:
                continue
            label, space, names, values, state = spaces[number]
            current = vars(space) if isinstance(space, type) else space
            if not _all(map(_same, map(current.get, names), values)):
                changed += _put_back(label, space, current, state)
            if deep:
                changed += [
                    f"{label}.{name}"
                    for name, (value, inside) in state.items()
                    if inside is not None and _put_inside(value, inside)
                ]
        for name, module in needed.items():
            if loaded.get(name) is not module:
                loaded[name] = module
                changed.append(name)
        sys.modules = loaded
        sys.meta_path, sys.path_hooks = meta_path, path_hooks
        meta_path[:] = meta_path_known
        path_hooks[:] = path_hooks_known
        return changed

    return restore_builtins, restore, modules


def _pointers_to_versions(spaces: Sequence[Any]) -> Any:
    """An array of addresses at which dicts keep their versions, which change with every change of the dict.

    Reading the values themselves, or a Python object for each dict, would count references, and every page of
    memory with a count on it would be copied for each fork: twenty milliseconds instead of one.
    """
    dicts = [gc.get_referents(vars(space))[0] if isinstance(space, type) else space for space in spaces]
    places = array("Q", [id(own) + _VERSION_OFFSET for own in dicts])
    return (ctypes.POINTER(ctypes.c_uint64) * len(places)).from_buffer(places)


def _version(pointers: Any, number: int) -> int:
    found: int = _number_of(_pointer_of(pointers, number), 0)
    return found


def _has_versions() -> bool:
    """Whether this interpreter keeps versions of dicts there (CPython 3.11 to 3.13 do)."""
    one = {"a": 1}
    pointers = _pointers_to_versions([one])
    before, repeated = _version(pointers, 0), _version(pointers, 0)
    one["a"] = 2
    changed = _version(pointers, 0)
    one["b"] = 3
    return before == repeated and before != changed != _version(pointers, 0)


_VERSION_OFFSET = object.__basicsize__ + 8  # after the count of entries


def _put_back(label: str, space: Any, current: Any, state: dict[str, tuple[Any, Any]]) -> list[str]:
    changed = []
    for name, (value, _inside) in state.items():
        if current.get(name, state) is not value:
            _put(space, name, value)
            changed.append(f"{label}.{name}")
    return changed


def _standard_modules() -> list[str]:
    """Top-level modules of the standard library that are loaded: a lab's tests may use any of them."""
    names = sys.stdlib_module_names - _BUSY
    return sorted(name for name in names if not name.startswith("_") and name in sys.modules)


def _spaces() -> list[tuple[str, Any, dict[str, tuple[Any, Any]]]]:
    found: list[tuple[str, Any, dict[str, tuple[Any, Any]]]] = []
    labels: set[str] = set()
    for name in dict.fromkeys((*WATCHED, *_standard_modules())):
        module = sys.modules.get(name)
        if isinstance(module, ModuleType):
            found.append((name, vars(module), _state(name, vars(module))))
    for module_name, class_name in WATCHED_CLASSES:
        module = sys.modules.get(module_name)
        cls = vars(module).get(class_name) if isinstance(module, ModuleType) else None
        for base in cls.__mro__[:-1] if isinstance(cls, type) else ():
            label = f"{base.__module__}.{base.__qualname__}"
            if label not in labels:
                labels.add(label)
                found.append((label, base, _state(label, vars(base))))
    return found


# Set anew in the course of any run.
_BUSY = frozenset({"builtins", "sys", "warnings", "getpass", "threading", "signal", "logging", "site", "this"})
_NEEDED = frozenset(WATCHED) | {module for module, _cls in WATCHED_CLASSES} | {"sys", "os", "posix", "gc"}


def _state(label: str, space: Any) -> dict[str, tuple[Any, Any]]:
    found: dict[str, tuple[Any, Any]] = {}
    for name, value in space.items():
        if (label, name) in _CHANGING or name in ("__warningregistry__", "__annotations__", "__builtins__"):
            continue
        if isinstance(value, FunctionType):
            found[name] = (value, (value.__code__, value.__defaults__, value.__kwdefaults__))
        elif isinstance(inner := getattr(value, "_implementation", None), FunctionType):  # NumPy's dispatched ones
            found[name] = (value, (inner.__code__, inner.__defaults__, inner.__kwdefaults__))
        elif isinstance(value, staticmethod | classmethod) and isinstance(value.__func__, FunctionType):
            function = value.__func__
            found[name] = (value, (function.__code__, function.__defaults__, function.__kwdefaults__))
        elif (
            callable(value)
            or isinstance(value, (BuiltinFunctionType, ModuleType, property))
            or (isinstance(value, _CONSTANT) and not name.startswith("_"))
        ):
            found[name] = (value, None)
    return found


def _put(space: Any, name: str, value: Any) -> None:
    if isinstance(space, type):
        type.__setattr__(space, name, value)
    else:
        space[name] = value


def _put_inside(value: Any, inside: Sequence[Any]) -> bool:
    function = value
    if not isinstance(value, FunctionType):
        function = value.__func__ if isinstance(value, staticmethod | classmethod) else value._implementation
    changed = False
    for name, known in zip(("__code__", "__defaults__", "__kwdefaults__"), inside, strict=True):
        if getattr(function, name) is not known:
            setattr(function, name, known)
            changed = True
    return changed
