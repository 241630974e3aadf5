"""Forked children: their channels, files, limits and ends, in every sandbox that stands around a zygote."""

from __future__ import annotations

import os
import threading

import pytest
from tests.run.conftest import PROBE, begin, drain, eventually, living, tell

from seodang.run.errors import ImageLacks, SpecInvalid, ZygoteError
from seodang.run.spec import MEBIBYTE
from seodang.run.zygote import Zygote
from seodang.run.zygote.framing import read_message


def test_child_answers_on_its_channels(zygote, limits):
    with zygote.spawn(limits=limits, channels=3, label="seven") as child:
        assert tell(child, "answer = label") == {"answer": "seven"}
        tell(child, "channels[2].sendall(b'third')")
        assert child.channels[2].recv(10) == b"third"
        assert len(child.channels) == 3


def test_both_outputs_of_the_child_and_its_processes_arrive(zygote, limits):
    with zygote.spawn(limits=limits) as child:
        tell(
            child,
            "import os, subprocess; os.write(1, b'one '); os.write(2, b'two '); subprocess.run(['echo', 'three'])",
        )
        child.kill()
        assert drain(child.output) == b"one two three\n"


def test_files_are_given_by_content_and_are_the_childs_own(zygote, limits, tmp_path):
    source = tmp_path / "data.csv"
    source.write_text("id,y\n1,2\n")
    with zygote.spawn(limits=limits, files={"data.csv": source, "deep/er.txt": b"inner"}) as child:
        answer = tell(child, "answer = [open('data.csv').read(), open('deep/er.txt').read()]")
        assert answer == {"answer": ["id,y\n1,2\n", "inner"]}
        tell(child, "open('data.csv', 'w').write('gone')")
    assert source.read_text() == "id,y\n1,2\n"


@pytest.mark.parametrize("kind", ["link", "fifo", "device", "sparse", "folder", "absent"])
def test_what_is_no_plain_file_is_refused(zygote, limits, tmp_path, kind):
    path = tmp_path / "input"
    if kind == "link":
        path.symlink_to("/etc/passwd")
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path = "/dev/zero"
    elif kind == "sparse":
        with path.open("wb") as file:
            file.truncate(1 << 40)
    elif kind == "folder":
        path.mkdir()
    with pytest.raises(SpecInvalid):
        zygote.spawn(limits=limits, files={"input": path})
    with zygote.spawn(limits=limits) as child:
        assert tell(child, "answer = 1") == {"answer": 1}


@pytest.mark.parametrize("name", ["../out", "/etc/x", "a/../../b", "", "x\0y"])
def test_names_that_leave_the_working_directory_are_refused(zygote, limits, name):
    with pytest.raises(SpecInvalid):
        zygote.spawn(limits=limits, files={name: b""})


def test_hundreds_of_files_reach_the_child(zygote, limits):
    files = {f"images/{number}.bin": bytes([number % 256]) for number in range(350)}
    with zygote.spawn(limits=limits, files=files) as child:
        assert tell(child, "import os; answer = len(os.listdir('images'))") == {"answer": 350}


def test_variables_are_those_given_and_none_of_the_host(zygote, limits, monkeypatch):
    monkeypatch.setenv("SEODANG_SECRET", "of the host")
    with zygote.spawn(limits=limits, environment={"COURSE": "dl"}) as child:
        answer = tell(child, "import os; answer = [os.environ.get('COURSE'), os.environ.get('SEODANG_SECRET')]")
        assert answer == {"answer": ["dl", None]}


def test_child_holds_no_descriptors_but_its_own(zygote, limits):
    with zygote.spawn(limits=limits, channels=2, files={"x": b"1"}) as child:
        answer = tell(child, "import os; answer = sorted(map(int, os.listdir('/proc/self/fd')))")["answer"]
        # 0, 1, 2, two channels, and the one that lists the folder
        assert len(answer) == 6


def test_memory_of_one_process_is_limited(zygote, limits):
    with zygote.spawn(limits=limits) as child:
        begin(child, "kept = [bytearray(b'x' * 1000_000) for _ in range(600)]\nimport time; time.sleep(60)")
        state = child.wait(50)
        assert (state.alive, state.over) == (False, "memory")
        assert state.memory_peak_bytes > limits.memory_bytes


def test_memory_of_many_processes_is_counted_together(zygote, limits):
    source = """
import os, time
for _ in range(3):
    if os.fork() == 0:
        break
kept = bytearray(b"x" * 50_000_000)
time.sleep(60)
"""
    with zygote.spawn(limits=limits) as child:
        begin(child, source)
        assert child.wait(50).over == "memory"


def test_pages_shared_between_forks_of_a_child_count_once(zygote, limits):
    source = """
import os, time
kept = bytearray(b"x" * 60_000_000)
for _ in range(5):
    if os.fork() == 0:
        time.sleep(60)
time.sleep(0.5)
answer = "fits"
"""
    with zygote.spawn(limits=limits) as child:
        assert tell(child, source) == {"answer": "fits"}
        assert child.state().alive


def test_pages_kept_without_being_mapped_in_are_found(confined, limits):
    source = """
import mmap, os, time
for _ in range(3):
    if os.fork() == 0:
        break
shared = mmap.mmap(-1, 60_000_000)
for at in range(0, 60_000_000, 4096):
    shared[at] = 1
shared.madvise(mmap.MADV_DONTNEED)
time.sleep(60)
"""
    with confined.spawn(limits=limits) as child:
        begin(child, source)
        assert child.wait(50).over == "memory"


def test_processor_time_of_all_processes_is_counted_together(zygote, limits):
    with zygote.spawn(limits=limits.model_copy(update={"cpu_seconds": 1})) as child:
        begin(child, "import os; os.fork(); os.fork()\nwhile True: pass")
        state = child.wait(50)
        assert (state.over, state.alive) == ("cpu", False)


def test_clock_ends_a_child_even_when_nobody_asks(zygote, limits):
    with zygote.spawn(limits=limits.model_copy(update={"wall_seconds": 0.3})) as child:
        begin(child, "import time\nwhile True: time.sleep(1)")
        assert child.wait(50).over == "wall"


def test_exit_code_and_signal_are_told(zygote, limits):
    with zygote.spawn(limits=limits) as child:
        begin(child, "import os; os._exit(3)")
        assert child.wait(30).exit_code == 3
    with zygote.spawn(limits=limits) as child:
        begin(child, "import ctypes; ctypes.string_at(0)")
        state = child.wait(30)
        assert (state.exit_code, state.signal) == (None, 11)


def test_interrupt_becomes_an_exception_in_the_child(zygote, limits):
    with zygote.spawn(limits=limits) as child:
        begin(child, "channels[0].sendall(b'!')\nimport time; time.sleep(60)")
        assert child.channels[0].recv(1) == b"!"
        child.interrupt()
        assert b"KeyboardInterrupt" in read_message(child.channels[0])


def test_one_process_is_spared_when_all_others_are_frozen(zygote, limits):
    source = """
import os, time
spared = os.fork()
if spared == 0:
    channels[1].recv(1)
    channels[1].sendall(b"still here")
    time.sleep(60)
for _ in range(3):
    if os.fork() == 0:
        while True: pass
answer = spared
"""
    with zygote.spawn(limits=limits, channels=2) as child:
        spared = tell(child, source)["answer"]
        alive = child.freeze(but=spared)
        assert len(alive) == 5
        assert spared in alive
        begin(child, "channels[0].sendall(b'thawed')")
        child.channels[1].sendall(b"?")
        assert child.channels[1].recv(20) == b"still here"
        child.channels[0].setblocking(False)
        with pytest.raises(BlockingIOError):
            child.channels[0].recv(10)
        child.channels[0].setblocking(True)
        child.thaw()
        assert child.channels[0].recv(6) == b"thawed"


def test_fork_bomb_that_hops_is_frozen_and_killed(confined, limits):
    """Each process forks and ends: none lives long enough to be found by looking."""
    source = """
import os
if os.fork() == 0:
    for _ in range(4):
        os.fork()
    while True:
        try:
            if os.fork() != 0:
                os._exit(0)
        except OSError:
            pass
answer = 1
"""
    with confined.spawn(limits=limits) as child:
        tell(child, source)
        for _ in range(5):
            assert child.freeze()
            child.thaw()
        child.freeze()
        child.kill()
        assert not child.state().alive


def test_nothing_of_a_killed_child_lives_on(zygote, limits):
    mark = f"61.{os.getpid()}{threading.get_ident() % 1000}"
    source = f"""
import os, subprocess, time
for detached in (True, False):
    if os.fork() == 0:
        if detached:
            try:
                os.setsid()
            except OSError:
                pass
            if os.fork() != 0:
                os._exit(0)
        os.execvp("sleep", ["sleep", "{mark}"])
time.sleep(0.3)
answer = 1
"""
    with zygote.spawn(limits=limits) as child:
        tell(child, source)
        assert eventually(lambda: len(living(matching=mark)) == 2)
        child.kill()
        assert eventually(lambda: not living(matching=mark))


def test_children_do_not_disturb_each_other(zygote, limits):
    with zygote.spawn(limits=limits) as one, zygote.spawn(limits=limits) as other:
        tell(one, "open('mine', 'w').write('x')")
        assert tell(other, "import os; answer = os.path.exists('mine')") == {"answer": False}
        one.kill()
        assert tell(other, "answer = 2") == {"answer": 2}


def test_threads_may_share_a_zygote(zygote, limits):
    found = []

    def work(number):
        with zygote.spawn(limits=limits, label=str(number)) as child:
            found.append(tell(child, "answer = int(label)")["answer"])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(12))


def test_waiting_does_not_keep_another_thread_from_killing(zygote, limits):
    with zygote.spawn(limits=limits) as child:
        waiter = threading.Thread(target=child.wait, args=(60,))
        waiter.start()
        child.kill()
        waiter.join(30)
        assert not waiter.is_alive()


def test_zygote_that_dies_is_noticed_and_can_be_started_again(sandbox, limits):
    others = set(living(matching="seodang.run.zygote.inside", beneath=os.getpid()))
    with Zygote(sandbox=sandbox, entry=PROBE) as zygote:
        child = zygote.spawn(limits=limits)
        os.kill(min(set(living(matching="seodang.run.zygote.inside", beneath=os.getpid())) - others), 9)
        with pytest.raises(ZygoteError):
            child.wait(60)
        child.close()
        assert not zygote.alive
        with pytest.raises(ZygoteError):
            zygote.spawn(limits=limits)
        zygote.start()
        with zygote.spawn(limits=limits) as child:
            assert tell(child, "answer = 'again'") == {"answer": "again"}


def test_closing_twice_is_closing_once(sandbox, limits):
    zygote = Zygote(sandbox=sandbox, entry=PROBE)
    zygote.start()
    child = zygote.spawn(limits=limits)
    zygote.close()
    zygote.close()
    child.close()
    assert not zygote.alive


def test_module_that_lacks_is_named(sandbox):
    with pytest.raises(ImageLacks, match="no_such_package"):
        Zygote(sandbox=sandbox, modules=("json", "no_such_package"), entry=PROBE).start()


def test_module_that_starts_threads_is_named(sandbox):
    pytest.importorskip("pyarrow")
    allocator_with_a_thread = {"JE_ARROW_MALLOC_CONF": "background_thread:true"}
    with pytest.raises(ZygoteError, match="pyarrow"):
        Zygote(sandbox=sandbox, modules=("json", "pyarrow"), entry=PROBE, ballast=allocator_with_a_thread).start()


def test_packages_of_the_course_leave_one_thread(sandbox, limits):
    pandas = pytest.importorskip("pandas")
    zygote = Zygote(sandbox=sandbox, modules=("numpy", "pandas", "sklearn"), entry=PROBE)
    with zygote, zygote.spawn(limits=limits) as child:
        assert tell(child, "import pandas; answer = pandas.__version__") == {"answer": pandas.__version__}


def test_message_too_long_is_refused_and_the_zygote_stays(zygote, limits):
    with pytest.raises(SpecInvalid):
        zygote.spawn(limits=limits, environment={"LONG": "x" * MEBIBYTE})
    with zygote.spawn(limits=limits) as child:
        assert tell(child, "answer = 1") == {"answer": 1}
