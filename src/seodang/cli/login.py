"""`seodang login`: a token for one site, by approving a code in the browser, or given."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from seodang.cli._output import json_option, print_json
from seodang.cli._site import say, spinner
from seodang.i18n import gettext as _

if TYPE_CHECKING:
    from seodang.client.transport import Transport

EXAMPLES = """\b
seodang login https://seodang.example.ac.kr
seodang login https://seodang.example.ac.kr --no-browser
echo "$TOKEN" | seodang login https://seodang.example.ac.kr --token -"""


@click.command(
    "login",
    help=_("Log in to a site. You approve a code in your browser; the token is kept for you alone."),
    epilog=_("Examples:") + "\n\n" + EXAMPLES,
)
@click.argument("url", required=False)
@click.option(
    "--token",
    envvar="SEODANG_TOKEN",
    help=_("A personal token of your profile page, for scripts; “-” reads it from standard input."),
)
@click.option("--no-browser", is_flag=True, help=_("Only print the address."))
@json_option
def command(url: str | None, token: str | None, no_browser: bool, as_json: bool) -> None:
    from seodang.client import config
    from seodang.client.transport import Transport

    chosen = config.normal_url(url) if url else config.choose()[0]
    if config.sends_in_the_clear(chosen):
        say(_("Warning: %(url)s is not encrypted; others on the way can read your token.") % {"url": chosen})
    if token == "-":  # noqa: S105
        token = sys.stdin.readline().strip()
    transport = Transport(chosen, "")
    try:
        transport.token = token or ask_in_browser(transport, no_browser=no_browser, quiet=as_json)
        me = transport.get("/me")
        config.remember(chosen, config.Login(transport.token, name=me["name"], email=me["email"]))
    finally:
        transport.close()
    if as_json:
        print_json({"site": chosen, "name": me["name"], "email": me["email"]})
    else:
        click.echo(_("Logged in to %(url)s as %(name)s.") % {"url": chosen, "name": me["name"] or me["email"]})


def ask_in_browser(transport: Transport, *, no_browser: bool, quiet: bool) -> str:
    """The device grant: show the code, open the page, wait for the answer."""
    from seodang.client import device

    waiting = device.begin(transport)
    say(_("Open %(url)s") % {"url": waiting.address_with_code})
    say(_("and check that it shows this code: %(code)s") % {"code": waiting.user_code})
    if not no_browser:
        click.launch(waiting.address_with_code)
    with spinner(_("Waiting for you to approve …"), quiet=quiet):
        return device.wait_for_token(transport, waiting)
