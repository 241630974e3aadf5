"""Starts the demo: an environment of its own, a made-up class, then the same supervisor as `serve`."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from pathlib import Path

import click

from seodang.cli._supervisor import prepare_site, print_banner, stop_on_problems
from seodang.errors import SeodangError
from seodang.i18n import N_
from seodang.i18n import gettext as _

HOST = "127.0.0.1"  # anyone who reaches the demo may be anyone in it
MARK = "made-by-seodang-demo"


class NotADemo(SeodangError):
    code = "not_a_demo"


def run(*, port: int, fresh: bool, storage: Path | None, language: str) -> None:
    """Serve the demo until Ctrl-C; ends this process with the supervisor's status.

    Raises:
        NotADemo: `storage` holds something else, which stays as it is.
    """
    stop_on_missing_parts()
    from seodang.site.config import env
    from seodang.site.config.supervisor import supervise

    folder = (storage or env.data_home() / f"demo-{language}").expanduser().absolute()
    environment = {
        "SEODANG_STORAGE": str(folder),
        "SEODANG_DEMO": "1",
        "SEODANG_LANGUAGE": language,
        "DATABASE_URL": f"sqlite:///{folder / 'seodang.sqlite3'}",
    }
    os.environ.update(environment)
    stop_on_problems()

    def before() -> None:
        # Only once the port is ours: a demo that runs already keeps its folder.
        claim(folder, fresh=fresh)
        prepare_site()
        _make_class(language)

    values = env.read()
    sys.exit(
        supervise(
            host=HOST,
            port=port,
            web=values.web_processes,
            workers=values.worker_processes,
            environment=environment,
            before=before,
            banner=print_banner,
        )
    )


def stop_on_missing_parts() -> None:
    """Name the extra to install where the site's parts are not here."""
    try:
        import django  # noqa: F401
    except ModuleNotFoundError:
        click.secho(_("The site's parts are not installed (missing: %(name)s).") % {"name": "django"}, err=True)
        click.echo(_("Install them with: pip install 'seodang[site]'"), err=True)
        sys.exit(2)


def claim(folder: Path, *, fresh: bool) -> None:
    """Make the folder the demo's own, or see that it is; `fresh` empties it, and only if it is."""
    mark = folder / MARK
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise NotADemo(
            N_("“%(folder)s” holds something that is not a demo; it was left as it is."),
            hint=N_("Name an empty or a new folder with --storage."),
            folder=folder,
        )
    if fresh and folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark.touch()


def _make_class(language: str) -> None:
    from django.db import connections
    from django.utils import translation

    from seodang.site.demo import services

    click.echo(_("Making the class; its models are fitted while you look."))
    logging.getLogger("seodang.site.courses").setLevel(logging.WARNING)  # thirty enrollments are no news
    with translation.override(language):
        services.make_class(language)
    connections.close_all()
