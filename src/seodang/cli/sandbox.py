"""`seodang sandbox`: whether this machine can confine the work of others."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import click

from seodang.cli._output import json_option, print_json
from seodang.i18n import gettext as _

if TYPE_CHECKING:
    from seodang.run.check import Held

EXAMPLES = """\b
seodang sandbox check
seodang sandbox check --sandbox none --json"""


@click.group("sandbox", help=_("Sandboxes: what confines code that is not yours."))
def command() -> None:
    """Holds `check`."""


@command.command(
    "check",
    help=_("Attack the sandbox of this machine and say, limit by limit, whether it holds."),
    epilog=_("Examples:") + "\n\n" + EXAMPLES,
)
@click.option("--sandbox", "name", metavar="NAME", help=_("Which sandbox (else SEODANG_SANDBOX, else bubblewrap)."))
@json_option
@click.pass_context
def check(context: click.Context, name: str | None, as_json: bool) -> None:
    need_run()
    from seodang.run.check import attack_itself
    from seodang.run.sandboxes import choose

    sandbox = choose(name)
    found = attack_itself(sandbox)
    holds = all(held.holds for held in found)
    if as_json:
        print_json({"sandbox": sandbox.name, "holds": holds, "limits": [held.as_json() for held in found]})
    else:
        click.secho(f"{sandbox.name}: {_(sandbox.title)}", bold=True)
        _print(found)
        _print_verdict(holds)
    if not holds:
        context.exit(1)


def _print(found: tuple[Held, ...]) -> None:
    said = ("", "")
    for held in found:
        mark = click.style(_("holds"), fg="green") if held.holds else click.style(_("does not hold"), fg="red")
        click.echo(f"  {mark}  {_(held.title)}")
        if not held.holds and (held.reason, held.advice) != said:
            for line in (held.reason, held.advice):
                if line:
                    click.echo(f"      {line}")
            said = (held.reason, held.advice)


def _print_verdict(holds: bool) -> None:
    if holds:
        click.echo(_("Every limit holds: the work of others may be run here."))
    else:
        click.echo(_("The work of others is not run in this sandbox while a limit does not hold."))


def need_run() -> None:
    if importlib.util.find_spec("pydantic") is None:
        raise click.ClickException(_("This command needs more packages: pip install “seodang[run]”."))
