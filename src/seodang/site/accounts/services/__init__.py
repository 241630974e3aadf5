"""What may happen with accounts: the only writers. Views, API and `seodang serve` call these."""

from seodang.site.accounts.services.devices import (
    DEVICE_INTERVAL_SECONDS,
    DEVICE_LIFETIME_SECONDS,
    DeviceStart,
    approve_device_login,
    deny_device_login,
    poll_device_login,
    start_device_login,
    waiting_device_login,
)
from seodang.site.accounts.services.people import (
    confirmed_addresses,
    password_reset_path,
    rename,
    user_of_address,
)
from seodang.site.accounts.services.setup import issue_setup_key, setup_is_waiting, use_setup_key
from seodang.site.accounts.services.tokens import authenticate_token, create_token, delete_token

__all__ = [
    "DEVICE_INTERVAL_SECONDS",
    "DEVICE_LIFETIME_SECONDS",
    "DeviceStart",
    "approve_device_login",
    "authenticate_token",
    "confirmed_addresses",
    "create_token",
    "delete_token",
    "deny_device_login",
    "issue_setup_key",
    "password_reset_path",
    "poll_device_login",
    "rename",
    "setup_is_waiting",
    "start_device_login",
    "use_setup_key",
    "user_of_address",
    "waiting_device_login",
]
