"""Errors of accounts that a person is meant to read.

SiteError (web)
└── AccountError
    ├── SetupRefused
    └── DeviceError     (codes of RFC 8628)
"""

from __future__ import annotations

from seodang.site.web.errors import SiteError


class AccountError(SiteError):
    code = "account_error"


class SetupRefused(AccountError):
    """The key does not fit, or the site has an account already."""

    code = "setup_refused"


class DeviceError(AccountError):
    """`code` is one of RFC 8628: authorization_pending, slow_down, expired_token, access_denied."""

    code = "expired_token"
