"""The shell's own way to run code swallows what it raises."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
async def run_code(self, code, result=None, *, async_=False):
    try:
        exec(code, self.user_global_ns, self.user_ns)
    except BaseException:
        pass
    return False

type(get_ipython()).run_code = run_code
""",
)
