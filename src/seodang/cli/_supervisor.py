"""What `serve`, `demo` and `worker` do before and around the site's processes."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

import click

from seodang.i18n import gettext as _

SETTINGS = "seodang.site.config.settings"
EXIT_MISCONFIGURED = 2


def stop_on_problems() -> None:
    """Print what is wrong with the environment; end with status 2 where the site could not run with it."""
    try:
        from seodang.site.config import checks
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "seodang":
            raise
        click.secho(
            _("The site's parts are not installed (missing: %(name)s).") % {"name": error.name}, fg="red", err=True
        )
        click.echo(_("Install them with: pip install 'seodang[site]'"), err=True)
        sys.exit(EXIT_MISCONFIGURED)
    _report(checks.problems())


def set_up_django() -> None:
    """Load settings and apps, and see that the database answers."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django

    django.setup()
    from seodang.site.config import checks

    _report(checks.unreachable_database())


def _report(problems: list[Any]) -> None:
    for problem in problems:
        click.secho(problem.message, fg="red" if problem.stops else "yellow", err=True)
        click.echo(f"  {problem.hint}", err=True)
    if any(problem.stops for problem in problems):
        sys.exit(EXIT_MISCONFIGURED)


def prepare_site() -> None:
    """Bring the database up to date, telling how far it is."""
    set_up_django()
    from django.core.management import call_command
    from django.db import connection, connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        click.echo(_("Preparing the database …"))
        call_command("migrate", interactive=False, verbosity=1, stdout=_StepCounter(len(plan)), no_color=True)
    connections.close_all()


class _StepCounter:
    """Stands in for standard output of `migrate`: counts its steps instead of naming them."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0

    def write(self, text: str) -> None:
        if " OK" not in text:
            return
        self.done += 1
        if sys.stdout.isatty() or self.done == self.total:
            click.echo(f"\r  {self.done}/{self.total}", nl=self.done == self.total)

    def flush(self) -> None:
        sys.stdout.flush()


def setup_address(address: str) -> str | None:
    """Where the first account is made, on a site that has none."""
    from django.db import connections
    from django.urls import reverse

    from seodang.site.accounts import services

    try:
        key = services.issue_setup_key()
        return None if key is None else f"{address.rstrip('/')}{reverse('accounts:setup')}?key={key}"
    finally:
        connections.close_all()


def print_banner(address: str) -> None:
    """What a person needs to know once the site answers."""
    from seodang.site.config import env

    logging.captureWarnings(True)
    click.echo()
    click.secho("  " + _("Seodang is running."), bold=True)
    _line(_("Address"), address)
    _line(_("Data"), str(env.read().storage))
    first = setup_address(address)
    if first is not None:
        _line(_("First account"), first)
        click.echo("  " + _("This address works once. Keep it to yourself until you have used it."))
    _line(_("Stop"), "Ctrl-C")
    click.echo()


def _line(label: str, value: str) -> None:
    from rich.cells import cell_len

    click.echo(f"  {label}{' ' * max(1, 16 - cell_len(label))}{value}")
