"""Which packages a lab's cells import, so that the parent of all runs can import them beforehand."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator

_LINE = re.compile(
    r"^[ \t]*(?:import[ \t]+([\w.]+(?:[ \t]*,[ \t]*[\w.]+)*)|from[ \t]+([\w.]+)[ \t]+import\b)", re.M
)
_MAGIC = re.compile(r"^([ \t]*)(?:%|!|\?).*$", re.M)
_FORGIVING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def modules_of(sources: Iterable[str], *, local: Iterable[str] = ()) -> tuple[str, ...]:
    """Dotted names of modules that the sources import, in order, each once: "numpy", "sklearn.linear_model".

    Left out: the standard library, modules named in `local` (files beside the notebook), relative imports, and
    imports that the source itself lets fail (`try: … except ImportError`).
    """
    known = sys.stdlib_module_names | set(local)
    found = dict.fromkeys(
        name for source in sources for name in _imports(source) if name.split(".")[0] not in known
    )
    return tuple(found)


def packages_of(modules: Iterable[str]) -> tuple[str, ...]:
    """The top-level names alone."""
    return tuple(dict.fromkeys(name.split(".")[0] for name in modules))


def _imports(source: str) -> Iterator[str]:
    if "import" not in source:
        return
    try:
        tree = ast.parse(_MAGIC.sub(r"\1pass", source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # A cell that is no plain Python (a cell magic, a question with holes): its lines still tell.
        for names, module in _LINE.findall(source):
            yield from (name.strip() for name in names.split(",") if name.strip())
            if module and not module.startswith("."):
                yield module
        return
    yield from _of_nodes(tree.body)


def _of_nodes(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module and not node.level:
                yield node.module
        elif isinstance(node, ast.Try) and _forgives(node):
            yield from _of_nodes(node.orelse)
        else:
            yield from _of_nodes(ast.iter_child_nodes(node))


def _forgives(node: ast.Try) -> bool:
    for handler in node.handlers:
        names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        if handler.type is None or any(isinstance(name, ast.Name) and name.id in _FORGIVING for name in names):
            return True
    return False
