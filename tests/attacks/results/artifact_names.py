"""Names of results climb out of the folder, hold line ends and look like options."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    program="""
import os

for name in ("-rf", "a\\nb.txt", "..\\\\x.txt", "\\x1b[2J.txt", "x" * 250 + ".txt", "한글.txt", b"\\xff\\xfe.txt"):
    with open(name, "w") as file:
        file.write("x")
os.makedirs("a/b/c")
os.chdir("a/b/c")
""",
    artifacts=("*", "../../outside/*", "/etc/passwd", "**/*"),
    needs_wall=True,
)
