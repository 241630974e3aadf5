"""A text notebook whose YAML header asks for a Python object to be made."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack


def edit(notebook: dict[str, Any]) -> bytes:
    return (
        b"---\njupyter:\n  jupytext: !!python/object/apply:os.system ['touch /var/tmp/seodang-yaml']\n"
        b"  kernelspec: !!python/name:os.system\n---\n\n```python\nx = 1\n```\n"
    )


ATTACK = Attack(edit=edit, file_name="attacker.md", refused=True)
