"""A run gives back devices, pipes and sockets as results: a reader would wait for ever."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    program="""
import os
import socket
import stat

os.mkfifo("pipe.txt")
socket.socket(socket.AF_UNIX).bind("socket.txt")
for name, device in (("zero.txt", (1, 5)), ("disk.txt", (8, 0))):
    try:
        os.mknod(name, 0o666 | stat.S_IFCHR, os.makedev(*device))
    except OSError as error:
        print(error)
os.symlink("/dev/zero", "endless.txt")
""",
    artifacts=("*.txt",),
    needs_wall=True,
)
