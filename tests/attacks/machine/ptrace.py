"""Processes are traced: the parent, the one that marks, and in a process namespace of its own whatever can be seen.

Where nothing confines it the attack lets go at once: a process that stays traced stops at its next signal.
"""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    flagged=True,
    code="""
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
targets = {known.driver, os.getppid()}
if os.readlink("/proc/self/ns/pid") != known.pid_namespace:
    targets |= {int(name) for name in os.listdir("/proc") if name.isdigit()}
for target in targets - {os.getpid(), 0}:
    if libc.ptrace(SEIZE, target, 0, 0) == 0:
        libc.ptrace(INTERRUPT, target, 0, 0)
        os.waitpid(target, 0x40000000)  # __WALL
        libc.ptrace(DETACH, target, 0, 0)
        harm(f"traced process {target}")
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
buffer = ctypes.create_string_buffer(64)
local = Vector(ctypes.cast(buffer, ctypes.c_void_p), 64)
remote = Vector(id(libc), 64)
if libc.process_vm_readv(known.driver, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0) > 0:
    harm("read the memory of the process that marks")
""",
)
