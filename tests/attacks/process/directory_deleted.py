"""The working directory and /tmp are emptied, deleted and left."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import os
import shutil
import tempfile

here = os.getcwd()
if os.path.realpath(here) != "/" and known.folder not in here:
    for name in os.listdir(here):
        if name != "houses.csv":
            shutil.rmtree(name, ignore_errors=True)
os.chdir("/")
tempfile.tempdir = "/nowhere"
os.environ.clear()
""",
)
