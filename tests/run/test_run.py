"""One plain command: its output, its artifacts, its limits, and that it can be stopped."""

from __future__ import annotations

import threading

import pytest

from seodang.run.command import declared
from seodang.run.engines import choose as choose_engine
from seodang.run.errors import SpecInvalid
from seodang.run.spec import RunSpec, RunStatus


def spec(script, limits, **fields):
    return RunSpec(command=("sh", "-c", script), limits=limits, **fields)


def test_output_and_exit_code_come_back(sandbox, limits):
    seen = []
    result = sandbox.run(spec("echo one; echo two >&2; exit 4", limits), on_output=seen.append)
    assert (result.status, result.exit_code) == (RunStatus.DONE, 4)
    assert result.stdout == b"one\ntwo\n" == b"".join(seen)
    assert not result.output_cut


def test_command_that_does_not_exist_is_said(sandbox, limits):
    result = sandbox.run(RunSpec(command=("no-such-program",), limits=limits))
    assert result.exit_code == 127
    assert b"no-such-program" in result.stdout


def test_endless_output_is_cut_and_the_run_goes_on(sandbox, limits):
    few = limits.model_copy(update={"output_bytes": 4096})
    result = sandbox.run(spec("head -c 3000000 /dev/zero; exit 5", few))
    assert len(result.stdout) == 4096
    assert result.output_cut
    assert result.exit_code == 5


def test_inputs_arrive_and_declared_files_come_back(sandbox, limits, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.txt").write_text("x")
    (tmp_path / "in" / "away").symlink_to("/etc/passwd")
    out = tmp_path / "out"
    wanted = spec(
        "ls data; mkdir d; cat data/x.txt > d/y.txt; echo 1 > a.csv; echo 2 > b.tmp; echo 3 > .hidden.csv",
        limits,
        inputs={"data": tmp_path / "in"},
        artifacts=("*.csv", "d/*"),
    )
    result = sandbox.run(wanted, artifacts_to=out)
    assert result.stdout == b"x.txt\n"
    assert [artifact.name for artifact in result.artifacts] == ["a.csv", "d/y.txt"]
    assert (out / "d" / "y.txt").read_text() == "x"


@pytest.mark.parametrize(
    "script",
    [
        "ln -s /etc/passwd out.txt",
        "mkfifo out.txt",
        "mkdir out.txt",
        "truncate -s 100M out.txt",
        "ln -s / d; mkdir -p e",
        "python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('out.txt')\"",
    ],
)
def test_what_is_no_plain_small_file_does_not_come_back(sandbox, limits, tmp_path, script):
    result = sandbox.run(spec(script, limits, artifacts=("out.txt", "d/**")), artifacts_to=tmp_path / "out")
    assert result.status is RunStatus.DONE
    assert result.artifacts == ()


def test_a_star_stays_in_its_folder():
    assert declared("a.csv", ["*.csv"])
    assert not declared("d/a.csv", ["*.csv"])
    assert declared("d/e/a.csv", ["**/*.csv"])
    assert declared("a.csv", ["**/*.csv"])
    assert declared("d/e", ["d/**"])


def test_limits_end_a_run_and_say_which(sandbox, limits):
    slow = limits.model_copy(update={"wall_seconds": 0.5})
    result = sandbox.run(spec("sleep 60", slow))
    assert result.status is RunStatus.WALL_TIME
    assert "0.5" in result.reason
    hot = limits.model_copy(update={"cpu_seconds": 1})
    assert sandbox.run(spec("while :; do :; done", hot)).status is RunStatus.CPU_TIME
    greedy = RunSpec(command=("python3", "-c", "x = b'x' * 500_000_000; input()"), limits=limits)
    assert sandbox.run(greedy).status is RunStatus.MEMORY


def test_a_run_that_crashes_says_by_which_signal(sandbox, limits):
    result = sandbox.run(spec("kill -SEGV $$", limits))
    assert (result.status, result.signal) == (RunStatus.CRASHED, 11)
    assert "SIGSEGV" in result.reason


def test_engine_runs_stops_and_tells(sandbox, limits):
    begun = threading.Event()
    handle = choose_engine("local").start(
        spec("echo begun; sleep 100", limits), sandbox, on_output=lambda _text: begun.set()
    )
    assert begun.wait(30)
    assert handle.poll() is None
    handle.stop()
    result = handle.wait(30)
    assert result is not None
    assert result.status is RunStatus.STOPPED


def test_engine_tells_what_kept_a_run_from_starting(sandbox, limits):
    handle = choose_engine().start(RunSpec(command=("true",), image="cuda", limits=limits), sandbox)
    with pytest.raises(SpecInvalid, match="cuda"):
        handle.wait(30)


def test_network_is_refused_where_there_is_none(bubblewrap, limits):
    with pytest.raises(SpecInvalid, match="network"):
        bubblewrap.run(spec("true", limits, network=True))


def test_command_cannot_change_the_process_that_watches_it(bubblewrap, limits, tmp_path):
    script = "import os\nos.kill(1, 9); os.kill(1, 19)\nopen('/proc/1/mem', 'r+b')"
    result = bubblewrap.run(RunSpec(command=("python3", "-c", script), limits=limits))
    assert result.status is RunStatus.DONE
    assert b"PermissionError" in result.stdout
