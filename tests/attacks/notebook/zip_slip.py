"""The submission is a zip whose names climb out of the folder."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import Attack


def edit(notebook: dict[str, Any]) -> bytes:
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("../../outside/slipped", "/var/tmp/seodang-slipped", "..\\..\\slipped", "notebook.ipynb"):
            archive.writestr(name, "slipped")
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("bomb", b"0" * 10**7)
    return buffer.getvalue()


ATTACK = Attack(edit=edit, refused=True, file_name="attacker.ipynb")
