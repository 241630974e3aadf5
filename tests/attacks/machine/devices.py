"""Devices are opened and made: memory, disks, kernel messages, terminals."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import os
import stat

for name in "mem kmem port kmsg sda vda nvme0n1 fuse kvm net/tun loop-control tty1".split():
    try:
        os.close(os.open(f"/dev/{name}", os.O_RDWR))
        harm(f"opened /dev/{name}")
    except OSError as error:
        print(error)
try:
    os.mknod("disk", 0o600 | stat.S_IFBLK, os.makedev(8, 0))
    os.close(os.open("disk", os.O_RDONLY))
    harm("made a device of its own")
except OSError as error:
    print(error)
for path in ("/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname"):
    try:
        os.close(os.open(path, os.O_WRONLY))
        harm(f"opened {path} for writing")
    except OSError as error:
        print(error)
""",
)
