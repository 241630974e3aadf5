"""The root of the site's own errors, and how an error is kept in a row until somebody reads it.

SeodangError
└── SiteError               text through Django's catalogues instead of the toolkits'
    ├── FieldRefused        a value that cannot be; `.field` names it, for the form to show it there
    ├── FileTooLarge        an upload above the site's limit
    ├── StorageFailed       the site's disk is full or read-only
    ├── FolderRefused       a zip or folder that cannot be taken
    ├── accounts.errors.AccountError …
    ├── courses.errors.CourseError …
    ├── competitions.errors.CompetitionError …
    ├── labs.errors.LabError …
    └── ladders.errors.LadderError …
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from seodang.errors import SeodangError
from seodang.i18n import gettext as toolkit_gettext


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


class FileTooLarge(SiteError):
    code = "too_large"


class StorageFailed(SiteError):
    code = "storage"


class FolderRefused(SiteError):
    code = "folder"


def problem_json(error: SeodangError) -> dict[str, Any]:
    """An error as a row keeps it: templates and plain values, in no language yet."""
    field = getattr(error, "field", "")
    return {
        "code": error.code,
        "field": field,
        "site": isinstance(error, SiteError),
        "template": error.template,
        "hint": error.hint_template,
        "params": {name: plain_value(value) for name, value in error.params.items()},
    }


def problem_text(problem: dict[str, Any] | None) -> tuple[str, str]:
    """(message, hint) of a kept problem in the reader's language; empty strings for none."""
    if not problem:
        return "", ""
    translate = gettext if problem.get("site") else toolkit_gettext
    params = problem.get("params") or {}
    texts = [problem.get("template", ""), problem.get("hint", "")]
    message, hint = ((translate(text) % params if params else translate(text)) if text else "" for text in texts)
    return message, hint


def plain_value(value: Any) -> Any:
    """What JSON can hold; anything else as text."""
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
