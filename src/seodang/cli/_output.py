"""What every command shares: `--json`, tables for people, errors that say what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

from seodang.errors import SeodangError
from seodang.i18n import gettext as _

F = TypeVar("F", bound=Callable[..., Any])


def json_option(function: F) -> F:
    """Add `--json`; the command receives `as_json: bool`."""
    return click.option("--json", "as_json", is_flag=True, help=_("Print JSON for programs."))(function)


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[int] = ()) -> None:
    """A plain table; `right` holds the indices of columns of numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console = Console()
    if not console.is_terminal:
        # In a pipe nothing should be cut to 80 columns.
        console = Console(width=200)
    console.print(table)


class ErrorsForPeople(click.Group):
    """Turns a `SeodangError` into a message and exit status 1 (JSON on stdout when `--json` was given)."""

    def invoke(self, context: click.Context) -> Any:
        as_json = "--json" in [*context._protected_args, *context.args]
        try:
            return super().invoke(context)
        except SeodangError as error:
            if as_json:
                print_json({"error": error.as_json()})
            else:
                click.secho(error.message, fg="red", err=True)
                if error.hint:
                    click.echo(error.hint, err=True)
            context.exit(1)
