"""`seodang --help` is quick because it imports nothing heavy, and speaks both languages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from seodang.cli import main

HEAVY = ("httpx", "rich", "numpy", "pyarrow", "pydantic", "django", "yaml")


def shell(code: str, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in {"LANG", "LC_ALL", "LC_MESSAGES"}}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**kept, **environment}
    )
    return result.stdout


def test_help_imports_nothing_heavy():
    code = f"""
import sys
from pathlib import Path
from seodang.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
print("LOADED", [name for name in {HEAVY!r} if name in sys.modules])
"""
    assert "LOADED []" in shell(code)


def commands(group: click.Group, name: str = "seodang"):
    context = click.Context(group)
    for verb in group.list_commands(context):
        command = group.get_command(context, verb)
        yield f"{name} {verb}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {verb}")


@pytest.mark.parametrize(
    ("name", "command"), [*commands(main)], ids=lambda each: each if isinstance(each, str) else ""
)
def test_every_command_says_what_it_does(name, command):
    assert command.help, name
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "help":
            assert parameter.help or isinstance(parameter.type, click.Choice), f"{name} {parameter.name}"


def test_help_speaks_korean():
    code = "from seodang.cli import main; main(['competitions', 'submit', '--help'], standalone_mode=False)"
    assert any("가" <= letter <= "힣" for letter in shell(code, SEODANG_LANG="ko"))
    assert not any("가" <= letter <= "힣" for letter in shell(code, SEODANG_LANG="en"))


def test_the_reference_does_not_lag_behind_the_commands():
    script = Path(__file__).parents[2] / "scripts" / "cli_reference.py"
    result = subprocess.run([sys.executable, script, "check"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
