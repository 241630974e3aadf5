"""Writes docs/reference/cli.md from the commands themselves; `check` says whether it lags behind them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ["SEODANG_LANG"] = "en"  # before the commands are imported: their help is translated there

import click

from seodang.cli import main

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "cli.md"
HEAD = """# The command line

Written by `scripts/cli_reference.py` from the commands; a test fails when it lags behind them.

Every command has `--help`, and every command that prints something has `--json`. A command that fails says why on
standard error (with `--json`: `{"error": {"code", "message", "hint", "problems"}}` on standard output) and ends
with a status that is not zero. `SEODANG_LANG=ko` makes them speak Korean.

Commands that ask a site take it from `--site`, else `SEODANG_URL`, else the last `seodang login`; the token from
`SEODANG_TOKEN`, else from that login.
"""


def commands(group: click.Group, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        yield command, inner
        if isinstance(command, click.Group):
            yield from commands(command, inner)


def describe(command: click.Command, context: click.Context) -> str:
    lines = [f"## `{context.command_path}`", "", (command.help or "").replace("\b\n", "").strip()]
    if isinstance(command, click.Group):
        return "\n".join(lines) + "\n"
    usage = " ".join(command.collect_usage_pieces(context))
    lines += ["", f"    {context.command_path} {usage}", ""]
    for parameter in command.params:
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record:
            lines.append(f"* `{record[0]}` {record[1]}".rstrip())
    return "\n".join(lines).rstrip() + "\n"


def page() -> str:
    context = click.Context(main, info_name="seodang", terminal_width=200, max_content_width=200)
    return "\n".join([HEAD, *(describe(*each) for each in commands(main, context))])


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
            sys.exit("docs/reference/cli.md lags behind the commands: run python scripts/cli_reference.py")
    else:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page(), encoding="utf-8")
        print(f"wrote {PAGE.name}")
