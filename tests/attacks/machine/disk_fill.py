"""/tmp, the working directory and every other place are filled."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import os

written = 0
for folder in ("/tmp", ".", "/var/tmp", os.path.expanduser("~"), known.folder):
    paths = []
    try:
        for number in range(known.much_disk // 2**25 // 4):
            paths.append(f"{folder}/filled-{known.note}-{number}")
            with open(paths[-1], "wb") as file:
                for _ in range(32):
                    written += file.write(b"x" * 2**20)
    except OSError as error:
        print(folder, error)
    for path in paths:
        try:
            os.unlink(path)
        except OSError:
            pass
if written >= known.much_disk // 2:
    harm(f"wrote {written // 2**20} MiB")
""",
)
