"""/proc tells the environment, the command lines, the files and the memory of other processes."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import os
import pathlib

for process in pathlib.Path("/proc").glob("[0-9]*"):
    for name in ("environ", "cmdline", "root/etc/hostname", "cwd/secret.txt"):
        try:
            text = (process / name).read_bytes().decode(errors="replace")
        except OSError:
            continue
        if known.sleeper not in text and process.name != str(os.getpid()):
            print(process.name, name, text[:20000])
for name in ("root", "cwd"):
    try:
        print(open(f"/proc/{known.driver}/{name}{known.folder}/secret.txt").read())
    except OSError:
        pass
try:
    memory = open(f"/proc/{known.driver}/mem", "rb")
    harm("opened the memory of the process that marks")
except OSError:
    pass
""",
)
