"""Memory is taken as files: memfd, shared memory, /dev/shm."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    answers={
        "square": """
import mmap
import os

held = 0
for number in range(known.much_memory // 2**24 // 4):
    for make in (
        lambda: os.memfd_create(f"held{number}"),
        lambda: os.open(f"/dev/shm/held-{known.note}-{number}", os.O_RDWR | os.O_CREAT),
    ):
        try:
            descriptor = make()
            held += os.write(descriptor, b"x" * 2**24)
        except OSError:
            pass
    shared = mmap.mmap(-1, 2**25)
    shared.write(b"x" * 2**25)
    held += 2**25
    globals()[f"shared{number}"] = shared
for number in range(known.much_memory // 2**24 // 4):
    try:
        os.unlink(f"/dev/shm/held-{known.note}-{number}")
    except OSError:
        pass
if held > known.much_memory * 3 // 4:
    harm(f"held {held // 2**20} MiB of memory in files")
""",
    },
)
