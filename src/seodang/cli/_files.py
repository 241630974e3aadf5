"""Bringing files of a competition or a lab home, with a bar for each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from seodang.cli._output import print_json
from seodang.cli._site import progress_bar
from seodang.i18n import gettext as _

if TYPE_CHECKING:
    from seodang.client import Competition, File, Lab


def bring(source: Competition | Lab, folder: Path, names: Iterable[str], *, as_json: bool) -> list[Path]:
    """Download into `folder`; with `as_json` no bar, and the files as JSON on standard output."""
    with progress_bar(_("Downloading"), quiet=as_json) as bar:

        def tell(file: File, done: int) -> None:
            if bar:
                bar(done, file.size_bytes)

        paths = source.download(folder, names, progress=tell)
    if as_json:
        print_json([{"name": path.name, "path": str(path)} for path in paths])
    return paths
