"""Processes are traced: the siblings, the parent, whatever can be seen."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    flagged=True,
    code="""
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
for name in os.listdir("/proc"):
    if name.isdigit() and int(name) != os.getpid():
        target = int(name)
        if libc.ptrace(16, target, 0, 0) == 0:  # PTRACE_ATTACH
            libc.ptrace(17, target, 0, 0)  # PTRACE_DETACH
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
