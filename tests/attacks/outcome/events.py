"""Hooks of IPython's events repair the answer before a cell runs and hide errors after it."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import re

def before(info):
    found = re.search(r"the_answer == (\\d+)", info.raw_cell or "")
    if found:
        globals()["the_answer"] = int(found[1])

def after(result):
    result.error_in_exec = None

get_ipython().events.register("pre_run_cell", before)
get_ipython().events.register("post_run_cell", after)
""",
)
