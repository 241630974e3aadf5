"""The file's name climbs out of the folder, holds a null byte, HTML and a command."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(file_name="../../outside/pwned<script>alert(1)</script>\x00;touch x;\n.ipynb", refused=True)
