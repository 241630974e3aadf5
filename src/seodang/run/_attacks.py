"""The attacks that `check` makes: each tries to break one limit, in a real child, with what a student could write.

An attack returns "" when the limit held, else a reason (a msgid with its values). It is small on purpose: where a
limit does not hold the machine must still survive the attempt.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seodang.i18n import N_
from seodang.run.image import local_image
from seodang.run.sandboxes import Sandbox
from seodang.run.spec import MEBIBYTE, Limits, RunSpec
from seodang.run.zygote import Child, ChildState, Zygote
from seodang.run.zygote.framing import Garbled, read_message, select_readable, write_message

SMALL = Limits(
    memory_bytes=64 * MEBIBYTE,
    processes=16,
    open_files=64,
    file_bytes=4 * MEBIBYTE,
    disk_bytes=8 * MEBIBYTE,
    output_bytes=64 * 1024,
    cpu_seconds=30,
    wall_seconds=60,
)


@dataclass(frozen=True)
class Broken:
    """Why a limit did not hold: a msgid and its values."""

    why: str
    params: dict[str, Any]


Attack = Callable[["Ground"], Broken | None]
ATTACKS: dict[str, tuple[str, str, Attack]] = {}  # limit → title, what mends it, attack


def attack(limit: str, title: str, mend: str) -> Callable[[Attack], Attack]:
    def keep(function: Attack) -> Attack:
        ATTACKS[limit] = (title, mend, function)
        return function

    return keep


def broken(why: str, **params: Any) -> Broken:
    return Broken(why, params)


class Ground:
    """Where an attack takes place: a zygote in the sandbox, and the host around it."""

    def __init__(self, sandbox: Sandbox, zygote: Zygote) -> None:
        self.sandbox, self.zygote = sandbox, zygote

    def ask(self, source: str, **limits: Any) -> tuple[Any, ChildState]:
        """Run the source in a child of its own; its answer (None when it ended first) and how it ended."""
        with self.zygote.spawn(limits=SMALL.model_copy(update=limits)) as child:
            answer = self.tell(child, source)
            if answer is not None:
                child.kill()
            return answer, child.wait(70)

    def tell(self, child: Child, source: str, seconds: float = 70) -> Any:
        write_message(child.channels[0], source.encode())
        if not select_readable(child.channels[0].fileno(), seconds):
            return None
        try:
            reply = read_message(child.channels[0])
        except (OSError, Garbled):
            return None
        return json.loads(reply) if reply is not None else None


_REINSTALL = N_(
    "Start it on Linux 5.14 or later with bubblewrap 0.5 or later, and see docs/explanation/sandbox.md."
)
_OTHER_SANDBOX = N_("Use the sandbox “bubblewrap” (apt install bubblewrap) for the work of others.")


@attack("memory", N_("memory of all processes together"), _REINSTALL)
def memory(ground: Ground) -> Broken | None:
    """Four processes, each beneath the limit, together three times above it."""
    source = """
import os, time
for _ in range(3):
    if os.fork() == 0:
        break
kept = []
for _ in range(6):
    kept.append(bytearray(os.urandom(4096)) * 2048)
    time.sleep(0.01)
time.sleep(5)
"""
    _answer, state = ground.ask(source)
    if state.over == "memory":
        return None
    return broken(N_("192 MiB were taken where 64 MiB are allowed."))


@attack("processes", N_("processes and threads"), _OTHER_SANDBOX)
def processes(ground: Ground) -> Broken | None:
    source = """
import os, time
made = 0
try:
    while made < 40:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        made += 1
except OSError:
    pass
answer = made
"""
    answer, _state = ground.ask(source)
    made = (answer or {}).get("answer")
    if isinstance(made, int) and made < SMALL.processes:
        return None
    return broken(
        N_("%(made)s processes were started where %(allowed)s are allowed."), made=made, allowed=SMALL.processes
    )


@attack("network", N_("no network, not even this machine's own addresses"), _OTHER_SANDBOX)
def network(ground: Ground) -> Broken | None:
    name = f"seodang/check/{secrets.token_hex(8)}"
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0" + name)
        abstract.listen()
        source = f"""
import socket
answer = []
def reach(what, family, address):
    try:
        with socket.socket(family) as s:
            s.settimeout(1)
            s.connect(address)
        answer.append(what)
    except OSError:
        pass
reach("127.0.0.1", socket.AF_INET, ("127.0.0.1", {listener.getsockname()[1]}))
reach("@socket", socket.AF_UNIX, "\\0{name}")
for family, address in ((socket.AF_INET, ("192.0.2.1", 9)), (socket.AF_INET6, ("2001:db8::1", 9))):
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as s:
            s.connect(address)
        answer.append(address[0])
    except OSError:
        pass
try:
    socket.socket(40, socket.SOCK_STREAM).close()
    answer.append("vsock")
except OSError:
    pass
"""
        answer, _state = ground.ask(source)
    reached = (answer or {}).get("answer")
    return None if reached == [] else broken(N_("These could be reached: %(reached)s."), reached=_list(reached))


@attack("hidden_file", N_("files of this machine are hidden"), _OTHER_SANDBOX)
def hidden_file(ground: Ground) -> Broken | None:
    with tempfile.TemporaryDirectory(prefix="seodang-check-") as folder:
        secret = Path(folder, "truth.csv")
        secret.write_text(secrets.token_hex())
        Path(folder).chmod(0o755)
        secret.chmod(0o644)
        source = f"""
path, found = {str(secret)!r}, []
ways = [path, "/proc/1/root" + path, "/proc/self/root" + path, "/proc/1/cwd/../.." + path]
for way in ways + ["../../../../../.." + path] + {_files_of_this_machine()!r}:
    try:
        open(way).close()
        found.append(way)
    except OSError:
        pass
answer = found
"""
        answer, _state = ground.ask(source)
    found = (answer or {}).get("answer")
    return None if found == [] else broken(N_("These could be opened: %(found)s."), found=_list(found))


def _files_of_this_machine() -> list[str]:
    """A few files of home, of the working directory and of the site's code, less what an image shows on purpose."""
    shown = local_image().readonly
    package = Path(__file__).resolve().parent.parent
    found = [str(package / "site" / "__init__.py"), "/etc/shadow", "/etc/machine-id"]
    for folder in (Path.home(), Path.cwd(), Path("/var/log"), Path("/boot")):
        try:
            names = [path for path in folder.iterdir() if path.is_file()][:5]
        except OSError:
            continue
        found += [str(path) for path in names if not any(path.is_relative_to(root) for root in shown)]
    return [path for path in found if os.access(path, os.R_OK)]


@attack("link", N_("results are no links to other files"), _OTHER_SANDBOX)
def link(ground: Ground) -> Broken | None:
    with tempfile.TemporaryDirectory(prefix="seodang-check-") as folder:
        secret, out = Path(folder, "truth.csv"), Path(folder, "out")
        text = secrets.token_hex()
        secret.write_text(text)
        out.mkdir()
        script = f"ln -s {secret} a.txt; ln -s / b; mkfifo c.txt; echo own > d.txt"
        spec = RunSpec(command=("sh", "-c", script), artifacts=("*.txt", "b/**"), limits=SMALL)
        result = ground.sandbox.run(spec, artifacts_to=out)
        kept = [artifact.name for artifact in result.artifacts]
        leaked = [
            path.name for path in out.rglob("*") if path.is_file() and text in path.read_text(errors="replace")
        ]
    if kept == ["d.txt"] and not leaked:
        return None
    return broken(N_("What came back: %(kept)s."), kept=_list(kept + leaked))


@attack("cpu", N_("processor time of all processes together"), _REINSTALL)
def cpu(ground: Ground) -> Broken | None:
    source = "import os\nos.fork()\nwhile True: pass"
    allowed = 0.2
    _answer, state = ground.ask(source, cpu_seconds=allowed)
    if state.over == "cpu":
        return None
    return broken(
        N_("%(seconds)s s were used where %(allowed)s s are allowed."), seconds=state.cpu_seconds, allowed=allowed
    )


@attack("wall", N_("time from start to end"), _REINSTALL)
def wall(ground: Ground) -> Broken | None:
    source = """
import signal, time
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
time.sleep(10)
"""
    _answer, state = ground.ask(source, wall_seconds=0.5)
    if state.over == "wall":
        return None
    return broken(N_("It ran for %(seconds)s s where 0.5 s are allowed."), seconds=state.wall_seconds)


@attack("disk", N_("all files together"), _OTHER_SANDBOX)
def disk(ground: Ground) -> Broken | None:
    source = """
import os, tempfile
written, made = 0, []
try:
    for folder in (os.getcwd(), tempfile.gettempdir(), "/dev/shm", "/dev", "/mnt", "/run", "/"):
        for number in range(8):
            try:
                name = os.path.join(folder, f"seodang-check-{os.getpid()}-{number}")
                with open(name, "xb", buffering=0) as file:
                    made.append(name)
                    written += file.write(bytes(2 << 20))
            except OSError:
                pass
finally:
    for name in made:
        os.remove(name)
answer = written
"""
    answer, _state = ground.ask(source)
    written = (answer or {}).get("answer")
    if isinstance(written, int) and written <= SMALL.disk_bytes:
        return None
    return broken(
        N_("%(bytes)s bytes were written where %(allowed)s are allowed."), bytes=written, allowed=SMALL.disk_bytes
    )


@attack("file_size", N_("size of one file"), _REINSTALL)
def file_size(ground: Ground) -> Broken | None:
    source = """
answer = 0
with open("long", "wb", buffering=0) as file:
    try:
        for _ in range(6):
            answer += file.write(bytes(1 << 20))
    except OSError:
        pass
"""
    answer, _state = ground.ask(source)
    written = (answer or {}).get("answer")
    if isinstance(written, int) and written <= SMALL.file_bytes:
        return None
    return broken(
        N_("%(bytes)s bytes were written where %(allowed)s are allowed."), bytes=written, allowed=SMALL.file_bytes
    )


@attack("output", N_("amount of output"), _REINSTALL)
def output(ground: Ground) -> Broken | None:
    script = "import os\nfor _ in range(256): os.write(1, b'x' * 4096)"
    result = ground.sandbox.run(RunSpec(command=("python3", "-c", script), limits=SMALL))
    if len(result.stdout) <= SMALL.output_bytes and result.output_cut:
        return None
    return broken(
        N_("%(bytes)s bytes were kept where %(allowed)s are allowed."),
        bytes=len(result.stdout),
        allowed=SMALL.output_bytes,
    )


@attack("other_processes", N_("processes of others cannot be seen or reached"), _OTHER_SANDBOX)
def other_processes(ground: Ground) -> Broken | None:
    with ground.zygote.spawn(limits=SMALL) as neighbour:
        source = f"""
import os
answer = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
for pid in ({os.getpid()}, {neighbour.pid}, os.getppid()):
    try:
        if pid not in (0, os.getpid()):
            os.kill(pid, 0)
            answer.append(pid)
    except OSError:
        pass
"""
        answer, _state = ground.ask(source)
    seen = (answer or {}).get("answer")
    if seen == []:
        return None
    return broken(N_("%(count)s other processes could be seen or reached."), count=len(set(seen or ())) or "?")


@attack("environment", N_("variables of this machine are not passed on"), _OTHER_SANDBOX)
def environment(ground: Ground) -> Broken | None:
    source = """
import os
answer = dict(os.environ)
for name in os.listdir("/proc"):
    try:
        with open(f"/proc/{name}/environ", "rb") as file:
            for part in file.read().decode(errors="replace").split("\\0"):
                key, _, value = part.partition("=")
                answer[key] = value
    except OSError:
        pass
"""
    answer, _state = ground.ask(source)
    seen = (answer or {}).get("answer")
    if not isinstance(seen, dict):
        return broken(N_("The attack could not be made."))
    harmless = {"PATH", "LANG", "HOME", "PWD", "TMPDIR", "USER", "LOGNAME", "SHLVL", "_", "MPLBACKEND"}
    told = [
        name for name, value in os.environ.items() if seen.get(name) == value and value and name not in harmless
    ]
    told = [name for name in told if not name.endswith("_NUM_THREADS") and len(os.environ[name]) > 2]
    return broken(N_("These were seen: %(names)s."), names=_list(told)) if told else None


@attack("system", N_("the system cannot be changed"), _OTHER_SANDBOX)
def system(ground: Ground) -> Broken | None:
    source = f"""
import ctypes, os
libc, answer = ctypes.CDLL(None, use_errno=True), []
key_call = 250 if os.uname().machine == "x86_64" else 219
def tries(name, call):
    try:
        if call() >= 0:
            answer.append(name)
    except OSError:
        pass
for folder in ("/", "/usr", "/etc", "/dev", "/proc/sys/kernel", {str(Path(os.__file__).parent)!r}, "/run", "/mnt"):
    if os.access(folder, os.W_OK):
        answer.append(folder)
tries("ptrace", lambda: libc.ptrace(0, 0, 0, 0))
tries("memfd_create", lambda: libc.memfd_create(b"x", 0))
tries("shmget", lambda: libc.shmget(0, 4096, 0o1600))
tries("keyctl", lambda: libc.syscall(key_call, 0, -3, 1))
tries("setsid", lambda: -1 if os.getsid(0) == os.getpid() else os.setsid() or 0)
tries("mount", lambda: libc.mount(b".", b".", None, 4096, None))
tries("umount", lambda: libc.umount2(b".", 2))
tries("chroot", lambda: libc.chroot(b"."))
tries("setuid", lambda: libc.setuid(0))
tries("unshare", lambda: libc.unshare(0x10000000))
"""
    answer, _state = ground.ask(source)
    done = (answer or {}).get("answer")
    return None if done == [] else broken(N_("These were possible: %(done)s."), done=_list(done))


@attack("left_behind", N_("nothing outlives a run"), _REINSTALL)
def left_behind(ground: Ground) -> Broken | None:
    mark = f"300.{secrets.randbelow(10**9)}"
    source = f"""
import os, subprocess, time
if os.fork() == 0:
    try:
        os.setsid()
    except OSError:
        pass
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "{mark}"])
    os._exit(0)
time.sleep(0.2)
os._exit(0)
"""
    _answer, _state = ground.ask(source)
    until = time.monotonic() + 2
    while _runs(mark):
        if time.monotonic() > until:
            return broken(N_("A process in the background outlived its run."))
        time.sleep(0.05)
    return None


def _runs(mark: str) -> bool:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if mark.encode() in (folder / "cmdline").read_bytes():
                    return True
            except OSError:
                continue
    return False


def _list(values: Any) -> str:
    return ", ".join(str(value) for value in values) if values else "?"
