"""Which system calls student code may not make: a filter for the kernel, written as BPF by hand.

Owns: the list of denied calls for x86-64 and aarch64 and its installation. A list of what is denied, not of what is
allowed: numerical libraries and whatever a course installs must go on working. The walls are namespaces, limits and
the read-only tree; this filter closes what those do not count or would let a process take apart:

- other namespaces, mounts, modules, keys, clocks: nothing that a notebook needs, much that kernels got wrong;
- `ptrace` and its kin, so that one process of a run cannot rewrite another (the tests' process, above all);
- memory that belongs to no process and is therefore missed by the watch: memfd, System V segments and queues,
  `vmsplice`, `io_uring`;
- `setsid` and `setpgid`: all processes of a run stay in one process group, so one signal stops them all at one
  instant, even a bomb that forks faster than /proc can be read;
- socket families that a network namespace does not confine (AF_VSOCK) or that nobody needs (AF_ALG and others).

Calls of another architecture's table (32-bit, x32) get ENOSYS. `clone3` gets ENOSYS too: its flags lie behind a
pointer which no filter can read, and the C library falls back to `clone`, whose flags are looked at.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

from seodang.run.zygote import linux

_NAMESPACES = (
    linux.CLONE_NEWNS
    | linux.CLONE_NEWCGROUP
    | linux.CLONE_NEWUTS
    | linux.CLONE_NEWIPC
    | linux.CLONE_NEWUSER
    | linux.CLONE_NEWPID
    | linux.CLONE_NEWNET
)

# name: (x86-64, aarch64); None where the architecture has no such call.
_DENIED: dict[str, tuple[int | None, int | None]] = {
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "unshare": (272, 97),
    "setns": (308, 268),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "seccomp": (317, 277),
    "fanotify_init": (300, 262),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_setup": (206, 0),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "vmsplice": (278, 75),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgctl": (71, 187),
    "semget": (64, 190),
    "semctl": (66, 191),
    "mq_open": (240, 180),
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "syslog": (103, 116),
    "personality": (135, 92),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "adjtimex": (159, 171),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "lookup_dcookie": (212, 18),
    "vhangup": (153, 58),
}
# As if the kernel had never heard of them, so that callers fall back instead of failing.
_UNKNOWN = frozenset(
    {"memfd_create", "memfd_secret", "io_uring_setup", "io_setup", "userfaultfd", "lookup_dcookie"}
)

_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_PR_SET_SECCOMP = 22
_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_OFFSET_NUMBER, _OFFSET_ARCHITECTURE = 0, 4
_OFFSET_ARGUMENTS = 16

Instruction = tuple[int, int, int, int]


class _Table:
    """What differs between architectures."""

    def __init__(
        self, audit: int, index: int, *, clone: int, clone3: int, prctl: int, ioctl: int, socket: int, seccomp: int
    ):
        self.audit, self.index = audit, index
        self.clone, self.clone3, self.prctl = clone, clone3, prctl
        self.ioctl, self.socket, self.seccomp = ioctl, socket, seccomp


_TABLES = {
    "x86_64": _Table(0xC000003E, 0, clone=56, clone3=435, prctl=157, ioctl=16, socket=41, seccomp=317),
    "aarch64": _Table(0xC00000B7, 1, clone=220, clone3=435, prctl=167, ioctl=29, socket=198, seccomp=277),
}


def supported() -> bool:
    return platform.machine() in _TABLES


def program(machine: str) -> list[Instruction]:
    """The filter as (code, jump if true, jump if false, value)."""
    table = _TABLES[machine]
    code: list[Instruction] = [
        (_LOAD, 0, 0, _OFFSET_ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, table.audit),
        _refuse(errno.ENOSYS),
        (_LOAD, 0, 0, _OFFSET_NUMBER),
    ]
    if machine == "x86_64":
        code += [(_JUMP_AT_LEAST, 0, 1, 0x40000000), _refuse(errno.ENOSYS)]
    code += _when(table.clone3, [_refuse(errno.ENOSYS)])
    for name, numbers in _DENIED.items():
        number = numbers[table.index]
        if number is not None:
            code += _when(number, [_refuse(errno.ENOSYS if name in _UNKNOWN else errno.EPERM)])
    no, yes = _refuse(errno.EPERM), _give(_ALLOW)
    code += _when(table.clone, [_argument(0), (_JUMP_BITS, 0, 1, _NAMESPACES), no, yes])
    code += _when(table.prctl, [_argument(0), (_JUMP_EQUAL, 0, 1, _PR_SET_SECCOMP), no, yes])
    code += _when(
        table.ioctl,
        [_argument(1), (_JUMP_EQUAL, 1, 0, _TIOCSTI), (_JUMP_EQUAL, 0, 1, _TIOCLINUX), no, yes],
    )
    families = (_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK)
    tests = [(_JUMP_EQUAL, len(families) - i, 0, family) for i, family in enumerate(families)]
    code += _when(table.socket, [_argument(0), *tests, _refuse(errno.EAFNOSUPPORT), yes])
    return [*code, yes]


def _when(number: int, then: list[Instruction]) -> list[Instruction]:
    """Do `then`, which must return, where the call is `number`; else go on behind it."""
    return [(_JUMP_EQUAL, 0, len(then), number), *then]


def _argument(index: int) -> Instruction:
    """The low half: both architectures are little-endian, and every value looked at fits in it."""
    return (_LOAD, 0, 0, _OFFSET_ARGUMENTS + 8 * index)


def _refuse(number: int) -> Instruction:
    return _give(_ERRNO | number)


def _give(value: int) -> Instruction:
    return (_RETURN, 0, 0, value)


class _Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def install() -> None:
    """From now on, for this process and all it starts. `no_new_privileges()` comes first."""
    machine = platform.machine()
    code = _compiled(machine)
    wanted = _Filter(len(code) // 8, code)
    set_mode_filter, spec_allow = 1, 4  # without the second, older kernels slow the whole process down
    linux.syscall(
        _TABLES[machine].seccomp, ctypes.c_uint(set_mode_filter), ctypes.c_uint(spec_allow), ctypes.byref(wanted)
    )


def _compiled(machine: str) -> bytes:
    if machine not in _CODE:
        _CODE[machine] = b"".join(struct.pack("=HBBI", *instruction) for instruction in program(machine))
    return _CODE[machine]


_CODE: dict[str, bytes] = {}
