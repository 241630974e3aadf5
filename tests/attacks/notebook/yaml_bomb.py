"""A text notebook whose YAML header multiplies itself a billion times."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack


def edit(notebook: dict[str, Any]) -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    header = "\n".join(lines)
    return f"---\njupyter:\n  bomb: *a11\n{header}\n---\n\n```python\nx = 1\n```\n".encode()


ATTACK = Attack(edit=edit, file_name="attacker.md", refused=True)
