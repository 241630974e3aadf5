"""The data file that a test reads again is emptied, removed and put back without its rows."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import os

for attempt in (
    lambda: os.chmod("houses.csv", 0o666),
    lambda: open("houses.csv", "w").close(),
    lambda: os.unlink("houses.csv"),
    lambda: open("houses.csv", "w").write("rooms,price\\n"),
    lambda: os.rename("houses.csv", "other.csv"),
    lambda: open("houses.csv", "w").write("rooms,price\\n"),
):
    try:
        attempt()
    except OSError as error:
        print(error)
""",
)
