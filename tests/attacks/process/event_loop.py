"""An event loop that never stops, and tasks that are left in it."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import asyncio

async def forever():
    while True:
        await asyncio.sleep(0.001)
        globals()["right"] = 12

task = asyncio.ensure_future(forever()) if asyncio._get_running_loop() else None
""",
    answers={"square": "import asyncio\n\nawait asyncio.sleep(3600)"},
)
