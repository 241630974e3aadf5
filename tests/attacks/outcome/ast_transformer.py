"""An AST transformer deletes every assert and every bare call of later cells."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    flagged=True,
    code="""
import ast

class NoTests(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)

    def visit_Expr(self, node):
        return ast.copy_location(ast.Pass(), node) if isinstance(node.value, ast.Call) else node

get_ipython().ast_transformers.append(NoTests())
""",
)
