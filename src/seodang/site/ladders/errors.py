"""What a ladder may refuse, and why.

    SeodangError
    └── LadderError             code            when
        ├── ChoiceRefused       choice          a value that cannot be; `.field` names it
        ├── LadderNotReady      not_ready       what is asked needs another state (draft, climbing, done …)
        ├── TooManyLadders      too_many_kept   a person keeps as many as a person may
        └── ClimbFailed         climb           the program broke, ran out of memory or of time

A table that cannot be read raises `seodang.score.errors.TableUnreadable` as it is, an upload that cannot be kept
`web.errors`; what the climb itself finds wrong are `seodang.learn.errors`, kept in `Ladder.problem`.
"""

from __future__ import annotations

from seodang.site.web.errors import FieldRefused, SiteError


class LadderError(SiteError):
    code = "ladder"


class ChoiceRefused(FieldRefused, LadderError):
    """`field` is the name of the choice that cannot be."""

    code = "choice"


class LadderNotReady(LadderError):
    code = "not_ready"


class TooManyLadders(LadderError):
    code = "too_many_kept"


class ClimbFailed(LadderError):
    code = "climb"
