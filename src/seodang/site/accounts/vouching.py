"""Who may have an account when sign-up is closed: addresses that another app vouches for."""

from __future__ import annotations

from collections.abc import Callable

_vouchers: list[Callable[[str], bool]] = []


def register(voucher: Callable[[str], bool]) -> None:
    """`voucher(email)` says whether this address is expected."""
    if voucher not in _vouchers:
        _vouchers.append(voucher)


def is_expected(email: str) -> bool:
    return any(voucher(email) for voucher in _vouchers)
