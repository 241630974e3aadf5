"""A look at the student's own cells without running them: unusual code, for a person to read. Never points.

Owns: which constructs have no place in a lab's answers but one in an attack. It is easily deceived (`getattr` with
a built name) and often wrong about honest curiosity; that is why it only flags.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from seodang.grade.merge import Merged, MergedCell
from seodang.grade.results import Flag, Severity
from seodang.i18n import N_

MAX_FLAGS = 20
MAX_CHARS = 200_000
USES = N_("The code uses “%(what)s”, which answers rarely need.")
ASSIGNS = N_("The code gives “%(what)s” another meaning.")
ALWAYS = N_("“%(what)s” always answers the same, whatever it is compared with.")

_MODULES = frozenset(
    {
        "ctypes",
        "cffi",
        "gc",
        "faulthandler",
        "tracemalloc",
        "pty",
        "ptrace",
        "mmap",
        "_ctypes",
        "bdb",
        "dis",
        "forbiddenfruit",
    }
)
_NAMES = frozenset(
    {
        "sys._getframe",
        "sys._current_frames",
        "sys.settrace",
        "sys.setprofile",
        "sys.addaudithook",
        "sys.monitoring",
        "sys.meta_path",
        "sys.path_hooks",
        "sys.displayhook",
        "sys.excepthook",
        "threading.settrace",
        "threading.setprofile",
        "inspect.stack",
        "inspect.currentframe",
        "os._exit",
        "os.abort",
        "os.kill",
        "os.killpg",
        "os.fork",
        "os.register_at_fork",
        "os.dup2",
        "os.execv",
        "os.execve",
        "signal.setitimer",
        "signal.alarm",
        "traceback.walk_tb",
        "traceback.walk_stack",
        "atexit.register",
        "multiprocessing.util",
    }
)
_ATTRIBUTES = frozenset(
    {
        "ast_transformers",
        "input_transformers_cleanup",
        "input_transformers_post",
        "input_transformer_manager",
        "set_custom_exc",
        "showtraceback",
        "_showtraceback",
        "display_formatter",
        "display_pub",
        "displayhook",
        "run_ast_nodes",
        "run_code",
        "f_back",
        "f_globals",
        "f_locals",
        "f_builtins",
        "tb_frame",
        "gi_frame",
        "cr_frame",
        "__subclasses__",
        "__globals__",
        "__builtins__",
        "__code__",
        "__closure__",
        "__reduce__",
        "__reduce_ex__",
        "addaudithook",
        "_getframe",
        "_exit",
        "mro",
    }
) - {"mro"}
_OVERRIDDEN = frozenset(
    {"__eq__", "__ne__", "__lt__", "__gt__", "__le__", "__ge__", "__bool__", "__instancecheck__"}
)
_GUARDED = frozenset(
    {"AssertionError", "BaseException", "Exception", "assert", "isinstance", "__import__", "__builtins__"}
)


@dataclass(frozen=True)
class Noticed:
    template: str
    what: str
    line: int


def scan(merged: Merged) -> tuple[Flag, ...]:
    """Flags for the student's own code cells; the first of each kind, with cell and line."""
    flags: dict[tuple[str, str], Flag] = {}
    for cell in merged.cells:
        if cell.cell_type != "code" or cell.role not in ("answer", "code", "manual"):
            continue
        for noticed in _look(cell):
            place = cell.grade_id or f"#{cell.index + 1}"
            params = {"what": noticed.what}
            flag = Flag("unusual_code", Severity.LOOK, noticed.template, params, place, noticed.line)
            flags.setdefault((noticed.template, noticed.what), flag)
    return tuple(flags.values())[:MAX_FLAGS]


def _look(cell: MergedCell) -> Iterator[Noticed]:
    if len(cell.source) > MAX_CHARS:
        return
    try:
        tree = ast.parse(_without_magics(cell.source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    try:
        nodes = list(ast.walk(tree))
    except RecursionError:
        return
    for node in nodes:
        yield from _of(node)


def _without_magics(source: str) -> str:
    """Lines stay where they are, so that numbers fit."""
    lines = source.split("\n")
    return "\n".join("pass" if line.startswith(("%", "!", "?")) else line for line in lines)


def _of(node: ast.AST) -> Iterator[Noticed]:
    line = getattr(node, "lineno", 0)
    if isinstance(node, ast.Import):
        yield from (Noticed(USES, alias.name, line) for alias in node.names if _is_odd_module(alias.name))
    elif isinstance(node, ast.ImportFrom):
        module = node.module or ""
        if _is_odd_module(module):
            yield Noticed(USES, module, line)
        yield from (
            Noticed(USES, f"{module}.{alias.name}", line)
            for alias in node.names
            if f"{module}.{alias.name}" in _NAMES
        )
    elif isinstance(node, ast.Attribute):
        dotted = f"{node.value.id}.{node.attr}" if isinstance(node.value, ast.Name) else ""
        if dotted in _NAMES:
            yield Noticed(USES, dotted, line)
        elif node.attr in _ATTRIBUTES:
            yield Noticed(USES, node.attr, line)
        elif (
            isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id in _BUILTIN_MODULES
        ):
            yield Noticed(ASSIGNS, dotted, line)
    elif isinstance(node, ast.Name) and node.id in _GUARDED and isinstance(node.ctx, ast.Store):
        yield Noticed(ASSIGNS, node.id, line)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in _ATTRIBUTES | _NAMES:
        yield Noticed(USES, node.value, line)
    elif isinstance(node, ast.FunctionDef) and node.name in _OVERRIDDEN and _answers_constant(node):
        yield Noticed(ALWAYS, node.name, line)
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        if isinstance(node.value.body, ast.Constant):
            yield from (Noticed(ALWAYS, name, line) for name in names if name in _OVERRIDDEN)


_BUILTIN_MODULES = frozenset(
    {"builtins", "__builtins__", "sys", "os", "io", "math", "unittest", "numpy", "np", "pd", "pandas"}
)


def _is_odd_module(name: str) -> bool:
    return name.partition(".")[0] in _MODULES


def _answers_constant(node: ast.FunctionDef) -> bool:
    returns = [child for child in ast.walk(node) if isinstance(child, ast.Return)]
    return bool(returns) and all(
        isinstance(child.value, ast.Constant) and child.value.value in (True, False) for child in returns
    )
