"""`seodang`: finds its commands among the modules beside this one.

A module `cli/score.py` that defines `command` (a click command or group) is the command of `command.name`. Modules
whose name begins with `_` are not commands. They import click and little else at the top, so `seodang --help`
stays quick; what is heavy is imported inside the function that needs it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import MutableMapping
from pathlib import Path

import click

from seodang import __version__
from seodang.cli._click_words import speak
from seodang.cli._output import ErrorsForPeople
from seodang.i18n import gettext as _

speak()


class Commands(ErrorsForPeople):
    """The group of every command found in this package."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(command.name or "" for command in self._commands().values())

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return self._commands().get(name)

    def _commands(self) -> MutableMapping[str, click.Command]:
        if not self.commands:
            for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
                if module.name.startswith("_") or module.name == "main":
                    continue
                command = importlib.import_module(f"seodang.cli.{module.name}").command
                self.commands[command.name] = command
        return self.commands


@click.group(
    cls=Commands,
    help=_("Seodang runs a deep-learning course: competitions and labs now, and room for the rest of it."),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, "--version", prog_name="seodang")
def main() -> None:
    """The root; each command does its own work."""
