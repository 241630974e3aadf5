"""`seodang manage …`: Django's management commands, with this site's settings."""

from __future__ import annotations

import os

import click

from seodang.i18n import gettext as _


@click.command(
    "manage",
    help=_("Run a management command of Django, for example: seodang manage createsuperuser."),
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    from seodang.cli._supervisor import SETTINGS, stop_on_problems

    stop_on_problems()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    from django.core.management import execute_from_command_line

    execute_from_command_line(["seodang manage", *arguments])
