"""`seodang demo`: a made-up class of thirty with two labs and two competitions."""

from __future__ import annotations

from pathlib import Path

import click

from seodang.i18n import current_language
from seodang.i18n import gettext as _


@click.command(
    "demo",
    help=_(
        "Serve a made-up class of thirty with two labs and two competitions.\n\n"
        "It opens at http://127.0.0.1:8000 within seconds; notebooks are marked and models scored while you "
        "look. Look as the professor, an assistant or a student with one click. What you change is kept for the "
        "next time."
    ),
)
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help=_("Port on 127.0.0.1.")
)
@click.option("--fresh", is_flag=True, help=_("Throw the last demo away and build it anew."))
@click.option("--storage", type=click.Path(path_type=Path, file_okay=False), help=_("Folder to keep the demo in."))
@click.option(
    "--language", type=click.Choice(["ko", "en"]), help=_("Language of the class; your terminal's by default.")
)
def command(port: int, fresh: bool, storage: Path | None, language: str | None) -> None:
    from seodang.cli import _demo

    _demo.run(port=port, fresh=fresh, storage=storage, language=language or current_language())
