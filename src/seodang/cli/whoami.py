"""`seodang whoami`: who the site takes you for."""

from __future__ import annotations

import click

from seodang.cli._output import json_option, print_json
from seodang.cli._site import connect, site_option
from seodang.i18n import gettext as _


@click.command("whoami", help=_("Say who you are logged in as, and where."))
@site_option
@json_option
def command(site: str | None, as_json: bool) -> None:
    with connect(site) as client:
        me = client.me()
    if as_json:
        print_json({"site": client.url, **me.json})
    else:
        click.echo(_("%(name)s (%(email)s) at %(url)s") % {"name": me.name, "email": me.email, "url": client.url})
