"""The magics of IPython, and the function that runs cells, are the student's."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
shell = get_ipython()
for name in ("run", "time", "timeit", "capture", "reset", "xdel"):
    shell.register_magic_function(lambda line="", cell="": None, "line_cell", name)
type(shell).run_cell_magic = lambda self, *args, **kwargs: None
type(shell).transform_cell = lambda self, source: "pass"
type(shell).transform_ast = lambda self, node: type(node)(body=[], type_ignores=[])
""",
    keeps=("total",),
)
