"""File systems are mounted over the read-only ones, and namespaces are entered and made."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import ctypes
import os
import subprocess

libc = ctypes.CDLL(None, use_errno=True)
if os.path.exists(known.folder):
    harm("stands in the machine's own mounts")
else:
    for flags in (0x10000000, 0x00020000, 0x10020000):  # CLONE_NEWUSER, CLONE_NEWNS
        libc.unshare(flags)
    remounts = [(b"none", b"/tmp", b"tmpfs", 0), (b"/", b"/", b"", 32 | 4096), (b"/usr", b"/usr", b"", 32 | 4096)]
    for source, target, kind, flags in remounts:
        libc.mount(source, target, kind, flags, None)
    try:
        open("/usr/seodang-attack", "w").close()
        os.unlink("/usr/seodang-attack")
        harm("wrote to the system")
    except OSError as error:
        print(error)
for program in (["unshare", "-Ur", "id"], ["chroot", "/", "id"], ["nsenter", "-t", "1", "-a", "id"]):
    try:
        done = subprocess.run(program, capture_output=True, text=True, timeout=3)
        if done.returncode == 0:
            harm(f"{program[0]} made {done.stdout.split()[0]} of the student")
    except (OSError, subprocess.SubprocessError) as error:
        print(error)
""",
)
