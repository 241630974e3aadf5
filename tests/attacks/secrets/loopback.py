"""A service that listens on the machine's loopback is asked."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import socket

for address in ("127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1"):
    try:
        with socket.create_connection((address, known.port), timeout=1) as connection:
            print(connection.recv(1000))
    except OSError as error:
        print(error)
""",
)
