"""The process raises its own limits and lowers those of others."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import os
import resource

for name in ("NPROC", "FSIZE", "NOFILE", "CPU", "CORE"):
    kind = getattr(resource, f"RLIMIT_{name}")
    soft, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY:
        harm(f"has no limit: {name}")
        continue
    try:
        resource.setrlimit(kind, (hard + 1, hard + 1))
        harm(f"raised its own limit: {name}")
    except (OSError, ValueError) as error:
        print(error)
for target in (os.getppid(), known.driver, 1):
    try:
        before = resource.prlimit(target, resource.RLIMIT_NOFILE)
        if target not in (0, os.getpid(), 1) or known.pid_namespace == os.readlink("/proc/self/ns/pid"):
            harm(f"reads limits of another process: {before}")
    except OSError as error:
        print(error)
try:
    os.nice(-10)
    harm("raised its own priority")
except OSError as error:
    print(error)
""",
)
