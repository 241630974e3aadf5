"""The world beyond is called: TCP, UDP, names, raw packets, the cloud's metadata address."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import socket

for address in (("198.51.100.7", 80), ("169.254.169.254", 80)):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        try:
            sender.sendto(b"hello", address)
            harm(f"sent a packet to {address[0]}")
        except OSError as error:
            print(error)
for kind in ((socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP), (socket.AF_PACKET, socket.SOCK_RAW, 0x0300)):
    try:
        socket.socket(*kind).close()
        harm("opened a raw socket")
    except OSError as error:
        print(error)
names = [name for _, name in socket.if_nameindex()]
if set(names) - {"lo"}:
    harm(f"sees network interfaces: {', '.join(names)}")
""",
)
