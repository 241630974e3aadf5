"""The kernel's session is patched: errors are not sent, replies say ok."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
session = get_ipython().kernel.session
send = session.send

def quiet(stream, message, *args, **kwargs):
    if message == "error":
        return None
    if message == "execute_reply" and args:
        args[0]["status"] = "ok"
    return send(stream, message, *args, **kwargs)

session.send = quiet
""",
)
