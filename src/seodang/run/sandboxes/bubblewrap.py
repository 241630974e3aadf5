"""Namespaces through bubblewrap: no network, a read-only tree of few folders, no processes but its own.

As an ordinary user one `bwrap` makes a user namespace in which the zygote may make further ones. Root goes another
way to the same place: an outer `bwrap`, without a user namespace, builds the tree so that an ordinary user can walk
it (Python may lie below a home that nobody else may enter), `setpriv` becomes a user id that no one has, and that
user starts the inner one. So student code never has the kernel's user id 0, and no id that owns a file.

What it does not cover: a fault of the kernel itself (its system calls, less those that `zygote/seccomp.py` denies,
can be reached), how long the processor's caches remember, and the load that a run within its limits puts on others.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from seodang.i18n import N_
from seodang.run.errors import SandboxUnavailable
from seodang.run.image import Image
from seodang.run.sandboxes import SANDBOXES
from seodang.run.sandboxes._base import Sandbox, Wrapped
from seodang.run.sandboxes._uids import UserId
from seodang.run.zygote import seccomp
from seodang.run.zygote.plan import WORKING_DIRECTORY

# Made for every run, so that what is looked up there tells nothing about this machine.
ETC = {
    "passwd": "root:x:0:0::/:/usr/sbin/nologin\nstudent:x:1000:1000::/tmp/home:/bin/sh\n",
    "group": "root:x:0:\nstudent:x:1000:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
TMP = Path("/tmp")  # noqa: S108 - inside the sandbox
MOUNT_POINTS = ("/tmp", "/mnt", "/dev", "/proc", "/run", WORKING_DIRECTORY)  # noqa: S108 - inside the sandbox


class Bubblewrap(Sandbox):
    name = "bubblewrap"
    title = N_("own user, no network, read-only system, private files, limits on everything (Linux)")
    confines = True

    def unavailable(self) -> SandboxUnavailable | None:
        for program in ("bwrap", "setpriv") if os.geteuid() == 0 else ("bwrap",):
            if shutil.which(program) is None:
                return SandboxUnavailable(
                    N_("The program “%(program)s” is not installed."),
                    hint=N_("On Debian and Ubuntu: apt install bubblewrap util-linux."),
                    program=program,
                )
        if not seccomp.supported():
            return SandboxUnavailable(
                N_("This processor (%(machine)s) has no filter for system calls in Seodang yet."),
                hint=N_("Use a machine with x86-64 or ARM64."),
                machine=os.uname().machine,
            )
        return self._refused_by_kernel()

    def _refused_by_kernel(self) -> SandboxUnavailable | None:
        """Make the same namespaces around `true`."""
        try:
            argv = self._tried()
            tried = subprocess.run(  # noqa: S603 - our own words
                argv, capture_output=True, timeout=30, check=False, env={}, stdin=subprocess.DEVNULL
            )
            if tried.returncode == 0:
                return None
            said = tried.stderr.decode(errors="replace").strip()[-300:]
        except (OSError, subprocess.TimeoutExpired) as error:
            said = str(error)
        return SandboxUnavailable(
            N_("This machine does not let bubblewrap make namespaces: %(said)s"),
            hint=N_(
                "On Ubuntu 24.04 and later allow it in AppArmor; in a container start it with the flags that "
                "docs/how-to/sandbox.md names."
            ),
            said=said,
        )

    def _tried(self) -> list[str]:
        bwrap, devices = shutil.which("bwrap") or "bwrap", ["--dev", "/dev", "--proc", "/proc"]
        inner = [bwrap, *_INNER, "--ro-bind", "/", "/", *devices, "--", shutil.which("true") or "/bin/true"]
        if os.geteuid() != 0:
            return inner
        outer = [bwrap, "--ro-bind", "/", "/", "--bind", "/proc", "/proc"]
        return [*outer, "--dev-bind", "/dev", "/dev", "--", *_as_user(65519), *inner]

    def wrap(self, program: Sequence[str], image: Image) -> Wrapped:
        bwrap = shutil.which("bwrap") or "bwrap"
        descriptors, synthetic = _etc()
        devices = ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", *_beneath_tmp(image)]  # noqa: S108
        if os.geteuid() != 0:
            tree = [*_tree(image), *synthetic, *devices, "--remount-ro", "/"]
            argv = [bwrap, *_INNER, *tree, "--chdir", "/", "--", *program]
            return Wrapped(argv=argv, confined=True, descriptors=descriptors)
        user = UserId()
        outer = [bwrap, "--die-with-parent", *_tree(image), *synthetic]
        outer += ["--bind", "/proc", "/proc", "--dev-bind", "/dev", "/dev", "--remount-ro", "/", "--chdir", "/"]
        inner = [bwrap, *_INNER, "--ro-bind", "/", "/", *devices, "--chdir", "/"]
        argv = [*outer, "--", *_as_user(user.number), *inner, "--", *program]
        return Wrapped(argv=argv, confined=True, descriptors=descriptors, release=user.close)


# --uid 0: bubblewrap would nest a second user namespace for any other, and the zygote could not come back from the
# process namespaces it makes. CAP_SYS_PTRACE lets it measure children that hide from /proc; CAP_SETFCAP is what the
# kernel asks of whoever maps its own user id 0 into a further user namespace.
_INNER = [
    *("--unshare-all", "--die-with-parent", "--new-session", "--hostname", "seodang", "--uid", "0", "--gid", "0"),
    *("--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SYS_PTRACE", "--cap-add", "CAP_SETFCAP"),
]


def _as_user(number: int) -> list[str]:
    setpriv = shutil.which("setpriv") or "setpriv"
    return [setpriv, f"--reuid={number}", f"--regid={number}", "--clear-groups", "--inh-caps=-all"]


def _tree(image: Image) -> list[str]:
    """bubblewrap's arguments for the read-only tree."""
    arguments = _binds(image.readonly, [Path(name) for _target, name in image.links])
    for target, name in image.links:
        arguments += ["--symlink", target, name]
    for name in MOUNT_POINTS:
        arguments += ["--perms", "0755", "--dir", name]
    return arguments + _covers(image.covered)


def _beneath_tmp(image: Image) -> list[str]:
    """A checkout or an environment may lie in /tmp: shown once more, above the empty one."""
    shown = [path for path in image.readonly if path.is_relative_to(TMP)]
    return _binds(shown) + _covers([path for path in image.covered if path.is_relative_to(TMP)])


def _binds(paths: Sequence[Path], links: Sequence[Path] = ()) -> list[str]:
    arguments: list[str] = []
    for parent in _ancestors([*paths, *links]) if paths else ():
        arguments += ["--perms", "0755", "--dir", str(parent)]
    for path in paths:
        arguments += ["--ro-bind", str(path), str(path)]
    return arguments


def _covers(paths: Sequence[Path]) -> list[str]:
    arguments: list[str] = []
    for path in paths:
        if path.is_dir():
            arguments += ["--perms", "0755", "--tmpfs", str(path), "--remount-ro", str(path)]
        else:
            arguments += ["--ro-bind", "/dev/null", str(path)]
    return arguments


def _ancestors(paths: Iterable[Path]) -> list[Path]:
    return sorted({parent for path in paths for parent in path.parents if parent != Path("/")} | {Path("/etc")})


def _etc() -> tuple[list[int], list[str]]:
    """Descriptors that hold the made-up files of /etc, and the arguments that put them there."""
    descriptors, arguments = [], []
    for name, text in ETC.items():
        descriptor = os.memfd_create(name)
        os.write(descriptor, text.encode())
        os.lseek(descriptor, 0, os.SEEK_SET)
        descriptors.append(descriptor)
        arguments += ["--perms", "0644", "--ro-bind-data", str(descriptor), f"/etc/{name}"]
    return descriptors, arguments


SANDBOXES.register(Bubblewrap.name)(Bubblewrap())
