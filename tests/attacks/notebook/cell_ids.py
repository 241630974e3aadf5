"""All cells have the same id, attachments climb out, and links in Markdown point inside."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack


def edit(notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        cell["id"] = "same"
    notebook["cells"].append(
        {
            "cell_type": "markdown",
            "id": "same",
            "metadata": {},
            "source": "![x](attachment:../../x.png) ![y](file:///etc/passwd) <img src=x onerror=alert(1)>",
            "attachments": {"../../x.png": {"image/png": "bm90IGEgcGljdHVyZQ=="}},
        }
    )


ATTACK = Attack(edit=edit, refused=True)
