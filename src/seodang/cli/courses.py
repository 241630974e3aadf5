"""`seodang courses`: the courses you are in."""

from __future__ import annotations

import click

from seodang.cli._output import json_option, print_json, print_table
from seodang.cli._site import connect, site_option, state_word
from seodang.i18n import gettext as _


@click.group("courses", help=_("The courses you are in."))
def command() -> None:
    """The group; see its verbs."""


@command.command("list", help=_("List your courses and your role in each."))
@site_option
@json_option
def list_(site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        courses = client.courses()
    if as_json:
        print_json(courses.rows())
    else:
        rows = [(course.slug, course.title, state_word(course.role)) for course in courses]
        print_table([_("course"), _("title"), _("role")], rows)
