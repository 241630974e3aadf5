"""Seodang may be checked out in /tmp, although every run has an empty /tmp of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import seodang
from seodang.run.sandboxes import SANDBOXES

PROGRAM = """
import sys
from seodang.run import spec
from seodang.run.sandboxes import choose
assert spec.__file__.startswith(sys.argv[1]), spec.__file__
look = "import json, os, seodang.run.spec as s; print(s.__file__); print(json.dumps(os.listdir('/tmp')))"
look += "; open('/tmp/mine', 'w')"
command = (sys.executable, "-c", f"import sys; sys.path.insert(0, sys.argv[1]); {look}", sys.argv[1])
result = choose("bubblewrap").run(spec.RunSpec(command=command))
print(result.reason)
print(result.stdout.decode().rstrip())
sys.exit(result.exit_code)
"""


def test_a_package_in_tmp_can_be_run_and_is_all_that_is_seen_of_it(tmp_path):
    problem = SANDBOXES.get("bubblewrap").unavailable()
    if problem is not None:
        pytest.skip(str(problem))
    home = tmp_path / "a check out"
    if not home.is_relative_to("/tmp"):
        pytest.skip("this machine's temporary folders do not lie in /tmp")
    shutil.copytree(Path(seodang.__file__).parent, home / "seodang", ignore=shutil.ignore_patterns("site", "*.pyc"))
    (home / "secret.txt").write_text("not for runs")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(home)],
        env={**os.environ, "PYTHONPATH": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{home}/seodang/run/spec.py" in done.stdout
    seen = set(json.loads(done.stdout.splitlines()[-1]))
    shown = {str(home), sys.prefix, sys.base_prefix}
    tops = {Path(path).relative_to("/tmp").parts[0] for path in shown if Path(path).is_relative_to("/tmp")}
    assert seen == tops | {"home"}
