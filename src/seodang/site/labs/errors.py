"""What a lab may refuse, and why.

    SeodangError
    └── LabError                    code            when
        ├── LabNotReady             not_ready       what is asked needs another state (draft, ready, published …)
        ├── SettingRefused          setting         a value that cannot be; `.field` names it
        ├── NoLab                   no_lab          an upload in which there is no lab, or more than one
        ├── SubmissionNotTaken      submission      a submission is refused for a reason that is not in the file:
        │   ├── NotOpen             not_open        … not published, not begun
        │   ├── Closed              closed          … after the last late day
        │   ├── AttemptsUsedUp      attempts        … as often as the lab allows
        │   └── SameFile            same_file       … the very file of the latest attempt
        ├── MarkRefused             mark            points, items or questions that do not fit
        │   └── MarkedMeanwhile     marked          somebody else marked it since it was read; `.mark` is theirs
        ├── RegradeRefused          regrade         marking again
        └── RevisionRefused         revision        a revision that cannot take another's place

A wrong file raises `seodang.grade.errors` (`LabInvalid`, `SubmissionRefused`) as it is, an upload that cannot be
kept `web.errors` (`FileTooLarge`, `StorageFailed`, `FolderRefused`); who may not do a thing gets
`PermissionDenied`.
"""

from __future__ import annotations

from typing import Any

from seodang.site.web.errors import FieldRefused, SiteError


class LabError(SiteError):
    code = "lab"


class LabNotReady(LabError):
    code = "not_ready"


class SettingRefused(FieldRefused, LabError):
    """`field` is the name of the setting that cannot be."""

    code = "setting"


class NoLab(LabError):
    code = "no_lab"


class SubmissionNotTaken(LabError):
    code = "submission"


class NotOpen(SubmissionNotTaken):
    code = "not_open"


class Closed(SubmissionNotTaken):
    code = "closed"


class AttemptsUsedUp(SubmissionNotTaken):
    code = "attempts"


class SameFile(SubmissionNotTaken):
    code = "same_file"


class MarkRefused(LabError):
    code = "mark"


class MarkedMeanwhile(MarkRefused):
    """`mark` is what the other person gave; None where they took a mark away."""

    code = "marked"

    def __init__(self, message: str, /, *, mark: Any, hint: str = "", **params: Any) -> None:
        super().__init__(message, hint=hint, **params)
        self.mark = mark


class RegradeRefused(LabError):
    code = "regrade"


class RevisionRefused(LabError):
    code = "revision"
