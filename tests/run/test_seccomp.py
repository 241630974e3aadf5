"""The filter for system calls, run through an interpreter of its few instructions, for both architectures."""

from __future__ import annotations

import errno

import pytest

from seodang.run.zygote import linux, seccomp

ALLOWED = "allowed"
MACHINES = ["x86_64", "aarch64"]
NUMBERS = {
    "x86_64": {"read": 0, "openat": 257, "mount": 165, "ptrace": 101, "setsid": 112, "memfd": 319, "unshare": 272},
    "aarch64": {"read": 63, "openat": 56, "mount": 40, "ptrace": 117, "setsid": 157, "memfd": 279, "unshare": 97},
}


def verdict(machine, number, *arguments, audit=None):
    table = seccomp._TABLES[machine]
    code = seccomp.program(machine)
    at, held = 0, 0
    while True:
        operation, yes, no, value = code[at]
        at += 1
        if operation == seccomp._LOAD:
            fields = {0: number, 4: table.audit if audit is None else audit}
            held = (
                fields[value]
                if value in fields
                else ([*arguments, 0, 0, 0, 0, 0, 0])[(value - 16) // 8] & 0xFFFFFFFF
            )
        elif operation == seccomp._RETURN:
            return ALLOWED if value == seccomp._ALLOW else value & 0xFFFF
        else:
            true = {
                seccomp._JUMP_EQUAL: held == value,
                seccomp._JUMP_AT_LEAST: held >= value,
                seccomp._JUMP_BITS: bool(held & value),
            }[operation]
            at += yes if true else no


@pytest.mark.parametrize("machine", MACHINES)
def test_ordinary_calls_pass_and_dangerous_ones_do_not(machine):
    numbers = NUMBERS[machine]
    assert verdict(machine, numbers["read"]) == ALLOWED
    assert verdict(machine, numbers["openat"]) == ALLOWED
    for name in ("mount", "ptrace", "setsid", "unshare"):
        assert verdict(machine, numbers[name]) == errno.EPERM
    assert verdict(machine, numbers["memfd"]) == errno.ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
def test_every_listed_call_is_refused(machine):
    index = seccomp._TABLES[machine].index
    for name, numbers in seccomp._DENIED.items():
        if numbers[index] is not None:
            assert verdict(machine, numbers[index]) in (errno.EPERM, errno.ENOSYS), name


@pytest.mark.parametrize("machine", MACHINES)
def test_new_namespaces_are_refused_and_threads_are_not(machine):
    table = seccomp._TABLES[machine]
    threads = 0x003D0F00
    assert verdict(machine, table.clone, threads) == ALLOWED
    for flag in (linux.CLONE_NEWUSER, linux.CLONE_NEWNET, linux.CLONE_NEWPID, linux.CLONE_NEWNS):
        assert verdict(machine, table.clone, threads | flag) == errno.EPERM
    assert verdict(machine, table.clone3) == errno.ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
def test_only_confined_socket_families_pass(machine):
    number = seccomp._TABLES[machine].socket
    for family in (1, 2, 10, 16):
        assert verdict(machine, number, family) == ALLOWED
    for family in (38, 40, 17, 29):
        assert verdict(machine, number, family) == errno.EAFNOSUPPORT


@pytest.mark.parametrize("machine", MACHINES)
def test_terminal_injection_and_further_filters_are_refused(machine):
    table = seccomp._TABLES[machine]
    assert verdict(machine, table.ioctl, 0, 0x5412) == errno.EPERM
    assert verdict(machine, table.ioctl, 0, 0x541C) == errno.EPERM
    assert verdict(machine, table.ioctl, 0, 0x5413) == ALLOWED
    assert verdict(machine, table.prctl, 22) == errno.EPERM
    assert verdict(machine, table.prctl, 4) == ALLOWED


def test_calls_of_another_architecture_do_not_exist():
    assert verdict("x86_64", 20, audit=0x40000003) == errno.ENOSYS
    assert verdict("x86_64", 0x40000000 + 1) == errno.ENOSYS
    assert verdict("aarch64", 20, audit=0x40000028) == errno.ENOSYS
