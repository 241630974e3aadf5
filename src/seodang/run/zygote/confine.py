"""What stands between a forked child and the machine; every line runs in the child, before student code.

Two ways: `into_namespaces` (sandbox `bubblewrap`: the zygote already stands in a read-only tree without network)
and `into_folder` (sandbox `none`: limits only, no walls). The order matters:

1. namespaces for mounts, IPC, network and host name; one tmpfs of limited size behind /lab, /tmp and /dev/shm; the
   input files; a fresh /proc, which shows the processes of this child and no others. /proc is mounted before the
   user namespace because the kernel refuses it afterwards (the process namespace belongs to the outer one).
2. a user namespace of its own, last: from here on nothing above can be undone, and RLIMIT_NPROC counts inside it.
3. limits, then every capability gone, `no_new_privs`, the filter for system calls.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import signal
from pathlib import Path

from seodang.run.zygote import linux, seccomp
from seodang.run.zygote.plan import WORKING_DIRECTORY, Plan

INNER_ID = 1000
_PAGE = 4096
_STAGE = "/mnt"
_PRIVATE = (("lab", WORKING_DIRECTORY, 0o755), ("tmp", "/tmp", 0o1777), ("shm", "/dev/shm", 0o1777))  # noqa: S108
# Threads of numerical libraries reserve address space that they never touch: 8 MiB of stack, 64 MiB of arena each.
_RESERVED_BYTES = 1024 * 1024 * 1024


def standard_streams(output: int) -> None:
    """Nothing to read; both outputs into one pipe."""
    null = os.open("/dev/null", os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(null)
    os.close(output)


def close_all_but(keep: set[int]) -> None:
    lowest = 3
    for descriptor in sorted(keep):
        if descriptor >= lowest:
            os.closerange(lowest, descriptor)
            lowest = descriptor + 1
    os.closerange(lowest, 1 << 20)


def into_namespaces(plan: Plan, files: list[int]) -> None:
    user, group = os.getuid(), os.getgid()
    linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWIPC | linux.CLONE_NEWNET | linux.CLONE_NEWUTS)
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    _private_folders(plan)
    _copy_files(plan, files, Path(WORKING_DIRECTORY))
    linux.mount("proc", "/proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    os.chdir(WORKING_DIRECTORY)
    linux.unshare(linux.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{INNER_ID} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{INNER_ID} {group} 1")
    _limits(plan)
    resource.setrlimit(resource.RLIMIT_NPROC, (plan.processes, plan.processes))
    _environment(plan, WORKING_DIRECTORY, "/tmp")  # noqa: S108 - private: a tmpfs of this child
    linux.drop_capabilities()
    linux.no_new_privileges()
    seccomp.install()


def into_folder(plan: Plan, files: list[int], folder: Path) -> None:
    work, temporary = folder / "lab", folder / "tmp"
    for made in (folder, work, temporary, temporary / "home"):
        made.mkdir(mode=0o700)
    _copy_files(plan, files, work)
    os.chdir(work)
    _limits(plan)
    _environment(plan, str(work), str(temporary))
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    linux.no_new_privileges()


def _private_folders(plan: Plan) -> None:
    """One tmpfs, so one limit, behind every place that can be written."""
    pages = -(-plan.disk_bytes // _PAGE) + sum(1 + -(-size // _PAGE) for _name, size in plan.files)
    flags = linux.MS_NOSUID | linux.MS_NODEV
    inodes = 1024 + min(pages, 200_000) + len(plan.files)
    linux.mount("tmpfs", _STAGE, "tmpfs", flags, f"size={pages * _PAGE},nr_inodes={inodes},mode=0755")
    for name, target, mode in _PRIVATE:
        Path(_STAGE, name).mkdir()
        Path(_STAGE, name).chmod(mode)
        if name == "tmp":
            _keep_shown_beneath("/tmp")  # noqa: S108
        linux.mount(f"{_STAGE}/{name}", target, flags=linux.MS_BIND | linux.MS_REC)
    Path(_STAGE, "tmp", "home").mkdir(mode=0o700)
    linux.umount(_STAGE)


def _keep_shown_beneath(folder: str) -> None:
    """Python or Seodang itself may lie in /tmp, read-only: they stay visible in the private one."""
    shown: list[str] = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        place = _unescaped(line.split()[4])
        if place.startswith(f"{folder}/") and not any(place.startswith(f"{one}/") for one in shown):
            shown.append(place)
    for place in shown:
        kept = Path(_STAGE, "tmp", place.removeprefix(f"{folder}/"))
        kept.mkdir(parents=True, exist_ok=True)
        linux.mount(place, str(kept), flags=linux.MS_BIND | linux.MS_REC)


def _unescaped(place: str) -> str:
    """A path as mountinfo writes it: blanks and the like in octal."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), place)


def _copy_files(plan: Plan, descriptors: list[int], folder: Path) -> None:
    """From descriptors that the host opened; no path of the host is looked at here."""
    for (name, size), source in zip(plan.files, descriptors, strict=True):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            offset = 0
            while offset < size:
                sent = os.sendfile(out.fileno(), source, offset, size - offset)
                if sent == 0:
                    break
                offset += sent


def _limits(plan: Plan) -> None:
    address_space = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    cpu = int(plan.cpu_seconds) + 2  # the watch comes first and can say why; this stands if the watch is late
    wanted = {
        resource.RLIMIT_AS: address_space + plan.memory_bytes + _RESERVED_BYTES,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_FSIZE: plan.file_bytes,
        resource.RLIMIT_NOFILE: plan.open_files,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_RTPRIO: 0,
    }
    for limit, value in wanted.items():
        _soft, hard = resource.getrlimit(limit)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(limit, (value, value))
    # Beyond RLIMIT_FSIZE a write shall fail with an error that can be read, not end the process.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    # If the machine itself runs out of memory, this one goes first.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _environment(plan: Plan, work: str, temporary: str) -> None:
    home = f"{temporary}/home"
    fixed = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LANG": "C.UTF-8",
        "HOME": home,
        "TMPDIR": temporary,
        "PWD": work,
        "USER": "student",
        "LOGNAME": "student",
        "XDG_CACHE_HOME": f"{home}/.cache",
        "MPLCONFIGDIR": f"{home}/.matplotlib",
    }
    inherited = {name: os.environ[name] for name in KEPT if name in os.environ}
    os.environ.clear()
    os.environ.update(inherited | fixed | plan.environment)


# Variables of the zygote that libraries read again after the fork.
KEPT = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "TF_CPP_MIN_LOG_LEVEL",
    "TF_ENABLE_ONEDNN_OPTS",
    "KERAS_BACKEND",
    "MPLBACKEND",
    "CUDA_VISIBLE_DEVICES",
    "MALLOC_ARENA_MAX",
)
