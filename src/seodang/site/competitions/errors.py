"""What a competition may refuse, and why.

    SeodangError
    └── CompetitionError            code            when
        ├── CompetitionNotReady     not_ready       what is asked needs another state (draft, ready, published …)
        ├── SettingRefused          setting         a value that cannot be; `.field` names it
        ├── EntryNotTaken           entry           an entry is refused for a reason that is not in the file:
        │   ├── NotOpen             not_open        … not published, not begun
        │   ├── Closed              closed          … after the close
        │   └── QuotaUsedUp         quota           … `.resets_at` is when the next one is possible, or None
        ├── TeamRefused             team            a rule of teams (size, one each, merge quotas, captain)
        ├── PickRefused             pick            final entries
        ├── WithdrawRefused         withdraw        withdrawing an entry
        └── RevisionRefused         revision        a corrected truth or metric that does not fit

A wrong file raises `seodang.score.errors` (`PredictionRefused` with all its problems, `TableUnreadable`,
`SpecInvalid`, `MetricUndefined`) as it is, an upload that cannot be kept `web.errors` (`FileTooLarge`,
`StorageFailed`, `FolderRefused`); who may not do a thing gets Django's `PermissionDenied`. All but the
last are `SeodangError`s with `code`, `message`, `hint` and `as_json()`, in the reader's language.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from seodang.site.web.errors import FieldRefused, SiteError, plain_value


class CompetitionError(SiteError):
    code = "competition"


class CompetitionNotReady(CompetitionError):
    code = "not_ready"


class SettingRefused(FieldRefused, CompetitionError):
    """`field` is the name of the setting that cannot be."""

    code = "setting"


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


def warning_json(warning: Any) -> dict[str, Any]:
    """A `score.errors.Problem` that preparing found worth a look, kept as errors are."""
    return {
        "code": warning.code,
        "site": False,
        "template": warning.template,
        "hint": warning.hint_template,
        "params": {name: plain_value(value) for name, value in warning.params.items()},
    }
