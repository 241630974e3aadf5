"""Services on Unix sockets are asked, by path and by abstract name."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import socket

for address in (known.abstract, f"{known.folder}/trap.socket", "/run/docker.sock", "/run/dbus/system_bus_socket"):
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            connection.connect(address)
            harm("connected to a Unix socket of the machine")
            print(connection.recv(1000))
    except OSError as error:
        print(error)
""",
)
