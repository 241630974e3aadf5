"""The root of every error that a person is meant to read.

    SeodangError
    ├── UnknownNameError        (registry)
    ├── score.errors.ScoreError …
    └── client.errors.ClientError …

An error says what was expected, what was received and what to do. Its message is an English template with named
places; `str(error)` fills it in the reader's language, so the same error serves shell, site and API.
"""

from __future__ import annotations

from typing import Any

from seodang.i18n import gettext


class SeodangError(Exception):
    """`message` and `hint` are msgids with `%(name)s` places; `params` fills both.

    `code` names the kind of error for programs and stays the same in every language.
    """

    code = "error"

    def __init__(self, message: str, /, *, hint: str = "", code: str | None = None, **params: Any) -> None:
        super().__init__(message)
        self.template = message
        self.hint_template = hint
        self.params = params
        if code is not None:
            self.code = code

    @property
    def message(self) -> str:
        return fill(self.template, self.params)

    @property
    def hint(self) -> str:
        return fill(self.hint_template, self.params)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def as_json(self) -> dict[str, Any]:
        """For `--json` and the API: stable code, text in the reader's language."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


def fill(template: str, params: dict[str, Any]) -> str:
    """Translate a template, then put its values in."""
    return gettext(template) % params if params else gettext(template)
