"""umask, locale, encoding, decimal context, recursion limit and warnings are turned upside down."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import decimal
import locale
import os
import sys
import warnings

os.umask(0o777)
for name in ("tr_TR.UTF-8", "C"):
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        pass
decimal.getcontext().prec = 1
np.seterr(all="raise")
np.set_printoptions(precision=0, formatter={"all": lambda value: "4.0"})
warnings.simplefilter("error")
sys.setswitchinterval(100)
sys.set_int_max_str_digits(640)
sys.setrecursionlimit(60)
""",
    keeps=("total",),
)
