"""An input transformer of IPython drops the lines that test."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
def no_tests(lines):
    kept = [line for line in lines if not line.lstrip().startswith(("assert", "np.testing", "case."))]
    return kept or ["pass\\n"]

get_ipython().input_transformers_post.append(no_tests)
get_ipython().input_transformers_cleanup.append(no_tests)
""",
)
