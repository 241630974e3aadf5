"""The sandbox attacks itself; and what it says decides whether the work of others is run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from seodang.cli.main import main
from seodang.run import check
from seodang.run.errors import SandboxUnavailable
from seodang.run.image import local_image
from seodang.run.sandboxes import SANDBOXES, choose
from seodang.run.sandboxes import bubblewrap as bubblewrap_module

FIVE = {"memory", "processes", "network", "hidden_file", "link"}


def test_every_limit_of_bubblewrap_holds(bubblewrap):
    found = check.attack_itself(bubblewrap)
    assert {held.limit for held in found} >= FIVE
    assert [(held.limit, held.reason) for held in found if not held.holds] == []
    check.require_holding(bubblewrap)


def test_none_says_honestly_what_does_not_hold():
    found = {held.limit: held for held in check.attack_itself(SANDBOXES.get("none"))}
    for limit in ("processes", "network", "hidden_file", "other_processes", "disk"):
        assert not found[limit].holds, limit
        assert found[limit].reason
        assert "bubblewrap" in found[limit].advice
    for limit in ("memory", "cpu", "wall", "link", "output", "left_behind"):
        assert found[limit].holds, found[limit].reason


def test_work_of_others_is_refused_without_walls():
    with pytest.raises(SandboxUnavailable, match="no walls"):
        check.require_holding(SANDBOXES.get("none"))


def test_work_of_others_is_refused_while_one_limit_does_not_hold(bubblewrap, monkeypatch):
    title, mend, _attack = check.ATTACKS["network"]
    monkeypatch.setitem(check.ATTACKS, "network", (title, mend, lambda _ground: check.Broken("It rains.", {})))
    monkeypatch.setattr(check, "_found", {})
    with pytest.raises(SandboxUnavailable, match=r"network.*It rains"):
        check.require_holding(bubblewrap)


def test_missing_program_is_named_with_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    problem = SANDBOXES.get("bubblewrap").unavailable()
    assert problem is not None
    assert "apt install bubblewrap" in problem.hint
    found = check.attack_itself(SANDBOXES.get("bubblewrap"))
    assert not any(held.holds for held in found)
    assert all("bwrap" in held.reason for held in found)


def test_sandbox_is_chosen_by_name_then_environment_then_bubblewrap(monkeypatch):
    monkeypatch.delenv("SEODANG_SANDBOX", raising=False)
    assert choose().name == "bubblewrap"
    monkeypatch.setenv("SEODANG_SANDBOX", "none")
    assert choose().name == "none"
    assert choose("bubblewrap").name == "bubblewrap"


def test_shell_prints_a_line_for_each_limit_and_fails_where_one_does_not_hold():
    result = CliRunner().invoke(main, ["sandbox", "check", "--sandbox", "none", "--json"])
    assert result.exit_code == 1
    told = json.loads(result.output)
    assert told["holds"] is False
    assert {limit["limit"] for limit in told["limits"]} == set(check.ATTACKS)
    assert all(limit["why"] and limit["mend"] for limit in told["limits"] if not limit["holds"])


def test_shell_says_that_all_holds(bubblewrap):
    result = CliRunner().invoke(main, ["sandbox", "check", "--sandbox", "bubblewrap"])
    assert result.exit_code == 0, result.output
    assert len([line for line in result.output.splitlines() if line.startswith("  holds")]) == len(check.ATTACKS)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")
def test_every_limit_holds_for_an_ordinary_user_too(bubblewrap):
    """Root builds a tree that an ordinary user may enter (Python may lie in a home that nobody else may), becomes
    that user, and the whole check runs as one: no capability, a user id without an account."""
    package = Path(check.__file__).parent.parent
    image = local_image()
    image = replace(image, covered=())
    descriptors, etc = bubblewrap_module._etc()
    argv = ["bwrap", "--die-with-parent", *bubblewrap_module._tree(image), *etc]
    argv += ["--bind", "/proc", "/proc", "--dev-bind", "/dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp"]
    argv += bubblewrap_module._beneath_tmp(image)
    argv += ["--perms", "1777", "--tmpfs", "/run", "--", *bubblewrap_module._as_user(65500), sys.executable, "-c"]
    script = (
        f"import os, sys; sys.path.append({str(package.parent)!r}); assert os.geteuid() == 65500; "
        "from seodang.cli.main import main; main(['sandbox', 'check', '--sandbox', 'bubblewrap', '--json'])"
    )
    done = subprocess.run(
        [*argv, script], pass_fds=descriptors, env={"PATH": os.environ["PATH"], "HOME": "/run"}, capture_output=True
    )
    for descriptor in descriptors:
        os.close(descriptor)
    told = json.loads(done.stdout or b"{}")
    assert told, done.stderr.decode()
    assert [(limit["limit"], limit["why"]) for limit in told["limits"] if not limit["holds"]] == []
