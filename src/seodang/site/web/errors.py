"""The root of the site's own errors.

SeodangError
└── SiteError               text through Django's catalogues instead of the toolkits'
    ├── FieldRefused        a value that cannot be; `.field` names it, for the form to show it there
    ├── accounts.errors.AccountError …
    ├── courses.errors.CourseError …
    └── competitions.errors.CompetitionError …
"""

from __future__ import annotations

from typing import Any

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


class FieldRefused(SiteError):
    code = "setting"

    def __init__(self, message: str, /, *, field: str, hint: str = "", **params: Any) -> None:
        super().__init__(message, hint=hint, **params)
        self.field = field

    def as_json(self) -> dict[str, Any]:
        return {**super().as_json(), "field": self.field}
