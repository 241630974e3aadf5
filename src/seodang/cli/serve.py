"""`seodang serve`: the site with its workers, until Ctrl-C."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from seodang.i18n import gettext as _


@click.command("serve", help=_("Serve the site: web pages and workers, until Ctrl-C."))
@click.option("--host", default="127.0.0.1", show_default=True, help=_("Address to listen on."))
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help=_("Port to listen on.")
)
@click.option("--web", type=click.IntRange(1, 64), help=_("Web processes."))
@click.option("--workers", type=click.IntRange(0, 64), help=_("Worker processes."))
@click.option(
    "--storage", type=click.Path(file_okay=False, path_type=Path), help=_("Folder of the site's data and uploads.")
)
def command(host: str, port: int, web: int | None, workers: int | None, storage: Path | None) -> None:
    if storage is not None:
        os.environ["SEODANG_STORAGE"] = str(storage.expanduser().absolute())
    from seodang.cli._supervisor import prepare_site, print_banner, stop_on_problems

    stop_on_problems()
    from seodang.site.config import env
    from seodang.site.config.supervisor import supervise

    values = env.read()
    sys.exit(
        supervise(
            host=host,
            port=port,
            web=web or values.web_processes,
            workers=values.worker_processes if workers is None else workers,
            environment={},
            before=prepare_site,
            banner=print_banner,
        )
    )
