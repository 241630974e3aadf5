"""The process searches its own memory, and a thread keeps doing so, for words of hidden tests."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import re

def search():
    found = set()
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            if "rw-p" not in line or "[v" in line:
                continue
            start, end = (int(part, 16) for part in line.split()[0].split("-"))
            if end - start > 64 * 2**20:
                continue
            try:
                memory.seek(start)
                found.update(re.findall(rb"hidden-[a-z]+-[0-9a-f]{16}", memory.read(end - start)))
            except (OSError, ValueError, OverflowError):
                continue
    return found

print(search())
""",
    last="print(search())",
)
