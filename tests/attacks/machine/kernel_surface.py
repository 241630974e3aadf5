"""System calls that no lab needs: bpf, perf, keys, userfaultfd, modules, io_uring, personality."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    flagged=True,
    code="""
import ctypes
import os
import platform

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
calls = {"add_key": 248, "userfaultfd": 323, "perf_event_open": 298, "bpf": 321, "io_uring_setup": 425,
         "init_module": 175, "kexec_load": 246, "swapon": 167, "open_by_handle_at": 304}
buffer = ctypes.create_string_buffer(256)
for name, number in calls.items() if platform.machine() == "x86_64" else ():
    if name == "add_key":
        answer = libc.syscall(number, b"user", known.note.encode(), b"x", 1, -4)
    elif name == "io_uring_setup":
        answer = libc.syscall(number, 4, buffer)
    elif name == "userfaultfd":
        answer = libc.syscall(number, 1)
    elif name == "perf_event_open":
        answer = libc.syscall(number, buffer, 0, -1, -1, 0)
    elif name == "bpf":
        answer = libc.syscall(number, 0, buffer, 72)
    else:
        answer = libc.syscall(number, None, 0, None, None)
    if answer >= 0:
        harm(f"the kernel answered {name}")
""",
)
