"""`seodang logout`: forget a site, and let it forget the token."""

from __future__ import annotations

import click

from seodang.cli._output import json_option, print_json
from seodang.cli._site import say
from seodang.i18n import gettext as _


@click.command("logout", help=_("Log out of a site, or of the current one. Its token opens nothing more."))
@click.argument("url", required=False)
@json_option
def command(url: str | None, as_json: bool) -> None:
    from seodang.client import config, errors
    from seodang.client.transport import Transport

    chosen = config.normal_url(url) if url else config.read().current
    login = config.read().sites.get(chosen)
    if login is None:
        raise errors.NotLoggedIn(_("You were not logged in."))
    transport = Transport(chosen, login.token, attempts=1)
    revoked = False
    try:
        transport.call("DELETE", "/me/token")
        revoked = True
    except errors.NotLoggedIn:
        revoked = True  # it opened nothing already
    except errors.ClientError:
        say(_("The site could not be told. Delete the token on your profile page there."))
    finally:
        transport.close()
    config.forget(chosen)
    if as_json:
        print_json({"site": chosen, "revoked": revoked})
    else:
        click.echo(_("Logged out of %(url)s.") % {"url": chosen})
