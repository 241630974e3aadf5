"""A host that is killed leaves no process and no file behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.run.conftest import descendants, eventually, living

HOST = """
import json, os, sys, threading, time
from seodang.run.sandboxes import choose
from seodang.run.spec import Limits
from seodang.run.zygote import Zygote
from seodang.run.zygote.framing import write_message

zygote = Zygote(sandbox=choose(sys.argv[1]), entry="seodang.run.zygote.probe:main")
thread = threading.Thread(target=zygote.start)  # which ends, and shall not take the zygote with it
thread.start()
thread.join()
child = zygote.spawn(limits=Limits())
source = f'''
import os, time
if os.fork() == 0:
    try:
        os.setsid()
    except OSError:
        pass
    if os.fork() != 0:
        os._exit(0)
    os.execvp("sleep", ["sleep", "{sys.argv[2]}"])
channels[0].sendall(b"!")
time.sleep(100)
'''
write_message(child.channels[0], source.encode())
child.channels[0].recv(1)
print(json.dumps({"alive": zygote.alive}), flush=True)
time.sleep(100)
"""


def test_host_that_is_killed_leaves_nothing(sandbox, tmp_path):
    mark = f"62.{os.getpid()}{threading.get_ident() % 1000}"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    host = subprocess.Popen(
        [sys.executable, "-c", HOST, sandbox.name, mark], stdout=subprocess.PIPE, env=environment
    )
    try:
        assert host.stdout is not None
        assert json.loads(host.stdout.readline()) == {"alive": True}
        # The script of the host holds the mark too.
        assert eventually(lambda: len([pid for pid in living(matching=mark) if pid != host.pid]) >= 1)
        came_of_it = descendants(host.pid)
        assert came_of_it
        host.send_signal(signal.SIGKILL)
        host.wait()
        assert eventually(lambda: not any(_lives(pid) for pid in came_of_it))
        assert eventually(lambda: not living(matching=mark))
        assert eventually(lambda: list(tmp_path.iterdir()) == [])
    finally:
        host.kill()
        host.wait()
        host.stdout.close()


@pytest.mark.parametrize("how", ["return", "error"])
def test_host_that_ends_by_itself_leaves_nothing(sandbox, how, tmp_path):
    mark = f"63.{os.getpid()}{threading.get_ident() % 1000}"
    script = HOST.rpartition("time.sleep(100)")[0]
    script += "sys.exit(0)" if how == "return" else "raise RuntimeError"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script, sandbox.name, mark], capture_output=True, env=environment, timeout=60
    )
    assert json.loads(done.stdout) == {"alive": True}
    assert eventually(lambda: not living(matching=mark))
    assert list(tmp_path.iterdir()) == []


def _lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
