"""Errors of accounts and courses that a person is meant to read.

SeodangError
└── SiteError               (text through Django's catalogues)
    ├── AccountError
    │   ├── SetupRefused
    │   └── DeviceError     (codes of RFC 8628)
    └── courses.errors.CourseError …
"""

from __future__ import annotations

from django.utils.translation import gettext

from seodang.errors import SeodangError


class SiteError(SeodangError):
    """A `SeodangError` whose words stand in the site's own catalogues."""

    @property
    def message(self) -> str:
        return self._fill(self.template)

    @property
    def hint(self) -> str:
        return self._fill(self.hint_template)

    def _fill(self, template: str) -> str:
        if not template:  # the catalogue's entry of "" is its header
            return ""
        return gettext(template) % self.params if self.params else gettext(template)


class AccountError(SiteError):
    code = "account_error"


class SetupRefused(AccountError):
    """The key does not fit, or the site has an account already."""

    code = "setup_refused"


class DeviceError(AccountError):
    """`code` is one of RFC 8628: authorization_pending, slow_down, expired_token, access_denied."""

    code = "expired_token"
