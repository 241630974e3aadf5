"""Every sandbox and every engine keeps the contract of `seodang.run`; a new file needs no test of its own."""

from __future__ import annotations

import pytest

from seodang.run.check import attack_itself, require_holding
from seodang.run.engines import ENGINES
from seodang.run.errors import SandboxUnavailable
from seodang.run.sandboxes import SANDBOXES
from seodang.run.spec import Limits, RunSpec, RunStatus

LIMITS = Limits(wall_seconds=20, cpu_seconds=10)


@pytest.fixture(params=[sandbox.name for sandbox in SANDBOXES])
def sandbox(request):
    found = SANDBOXES.get(request.param)
    problem = found.unavailable()
    if problem is not None:
        pytest.skip(f"{found.name}: {problem}")
    return found


@pytest.fixture(params=[engine.name for engine in ENGINES])
def engine(request):
    return ENGINES.get(request.param)


def shell(script: str, **more) -> RunSpec:
    return RunSpec(command=("sh", "-c", script), **{"limits": LIMITS, **more})


def test_it_has_a_name_and_says_what_it_is(sandbox):
    assert SANDBOXES.get(sandbox.name) is sandbox
    assert sandbox.title


def test_a_run_gives_its_output_and_exit_code(engine, sandbox):
    result = engine.start(shell("echo 안녕; exit 3"), sandbox).wait(60)
    assert result is not None
    assert (result.status, result.exit_code) == (RunStatus.DONE, 3)
    assert result.stdout.decode() == "안녕\n"


def test_inputs_are_there_and_declared_artifacts_come_back(engine, sandbox, tmp_path):
    given = tmp_path / "numbers.txt"
    given.write_text("3\n1\n2\n")
    out = tmp_path / "out"
    out.mkdir()
    spec = shell(
        "sort numbers.txt > sorted.txt; echo no > other.txt", inputs={"numbers.txt": given}, artifacts=("sorted.*",)
    )
    result = engine.start(spec, sandbox, artifacts_to=out).wait(60)
    assert result is not None
    assert [(artifact.name, artifact.path.read_text()) for artifact in result.artifacts] == [
        ("sorted.txt", "1\n2\n3\n")
    ]
    assert given.read_text() == "3\n1\n2\n"


def test_a_run_over_its_time_is_ended_and_says_so(engine, sandbox):
    result = engine.start(shell("sleep 60", limits=Limits(wall_seconds=0.5)), sandbox).wait(60)
    assert result is not None
    assert result.status is RunStatus.WALL_TIME
    assert result.reason


def test_a_run_can_be_stopped(engine, sandbox):
    handle = engine.start(shell("sleep 60"), sandbox)
    assert handle.poll() is None
    handle.stop()
    result = handle.wait(60)
    assert result is not None
    assert result.status is RunStatus.STOPPED


def test_output_beyond_the_limit_is_cut_and_said(engine, sandbox):
    spec = shell("yes | head -c 200000", limits=Limits(output_bytes=4096, wall_seconds=20))
    result = engine.start(spec, sandbox).wait(60)
    assert result is not None
    assert result.output_cut
    assert len(result.stdout) <= 4096


def test_it_tells_the_truth_about_its_limits(sandbox):
    """What confines holds every limit it names; what does not is refused for the work of others."""
    told = attack_itself(sandbox)
    assert len({held.limit for held in told}) == len(told) >= 10
    for held in told:
        assert held.holds or (held.reason and held.advice), held.limit
    assert all(held.holds for held in told) == sandbox.confines
    if sandbox.confines:
        require_holding(sandbox)
    else:
        with pytest.raises(SandboxUnavailable):
            require_holding(sandbox)
