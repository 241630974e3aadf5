"""What a competition may refuse, and why.

    SeodangError
    └── CompetitionError            code            when
        ├── CompetitionNotReady     not_ready       what is asked needs another state (draft, ready, published …)
        ├── SettingRefused          setting         a value that cannot be; `.field` names it
        ├── FileTooLarge            too_large       an upload above the site's limit
        ├── StorageFailed           storage         the site's disk is full or read-only
        ├── FolderRefused           folder          a zip or folder that is no competition
        ├── EntryNotTaken           entry           an entry is refused for a reason that is not in the file:
        │   ├── NotOpen             not_open        … not published, not begun
        │   ├── Closed              closed          … after the close
        │   └── QuotaUsedUp         quota           … `.resets_at` is when the next one is possible, or None
        ├── TeamRefused             team            a rule of teams (size, one each, merge quotas, captain)
        ├── PickRefused             pick            final entries
        ├── WithdrawRefused         withdraw        withdrawing an entry
        └── RevisionRefused         revision        a corrected truth or metric that does not fit

A wrong file raises `seodang.score.errors` (`PredictionRefused` with all its problems, `TableUnreadable`,
`SpecInvalid`, `MetricUndefined`) as it is; who may not do a thing gets Django's `PermissionDenied`. All but the
last are `SeodangError`s with `code`, `message`, `hint` and `as_json()`, in the reader's language.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from seodang.errors import SeodangError
from seodang.i18n import gettext as toolkit_gettext
from seodang.site.web.errors import FieldRefused, SiteError


class CompetitionError(SiteError):
    code = "competition"


class CompetitionNotReady(CompetitionError):
    code = "not_ready"


class SettingRefused(FieldRefused, CompetitionError):
    """`field` is the name of the setting that cannot be."""

    code = "setting"


class FileTooLarge(CompetitionError):
    code = "too_large"


class StorageFailed(CompetitionError):
    code = "storage"


class FolderRefused(CompetitionError):
    code = "folder"


class EntryNotTaken(CompetitionError):
    code = "entry"


class NotOpen(EntryNotTaken):
    code = "not_open"


class Closed(EntryNotTaken):
    code = "closed"


class QuotaUsedUp(EntryNotTaken):
    """`resets_at` (aware) is when the next entry is possible; None when there will be none."""

    code = "quota"

    def __init__(self, message: str, /, *, resets_at: datetime | None, hint: str = "", **params: Any) -> None:
        super().__init__(message, hint=hint, **params)
        self.resets_at = resets_at

    def as_json(self) -> dict[str, Any]:
        return {**super().as_json(), "resets_at": self.resets_at.isoformat() if self.resets_at else None}


class TeamRefused(CompetitionError):
    code = "team"


class PickRefused(CompetitionError):
    code = "pick"


class WithdrawRefused(CompetitionError):
    code = "withdraw"


class RevisionRefused(CompetitionError):
    code = "revision"


def problem_json(error: SeodangError) -> dict[str, Any]:
    """An error as it is kept in `Competition.problem`: templates and plain values, in no language yet."""
    field = getattr(error, "field", "")
    return {
        "code": error.code,
        "field": field,
        "site": isinstance(error, CompetitionError),
        "template": error.template,
        "hint": error.hint_template,
        "params": {name: _plain(value) for name, value in error.params.items()},
    }


def warning_json(warning: Any) -> dict[str, Any]:
    """A `score.errors.Problem` that preparing found worth a look, kept the same way."""
    return {
        "code": warning.code,
        "site": False,
        "template": warning.template,
        "hint": warning.hint_template,
        "params": {name: _plain(value) for name, value in warning.params.items()},
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


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
