"""What can go wrong while a ladder is climbed.

LearnError
├── TableUnusable      a table or folder from which nothing can be learnt
├── TargetInvalid      the target column: missing, constant, one class, blank throughout …
├── ChoiceInvalid      a task, metric, column or number that does not fit the table
├── BudgetTooSmall     not one rung can be climbed in the time given
├── FrameRefused       a frame that does not fit a saved model; names the columns
└── ModelUnreadable    a folder that holds no saved model, or one of another version
"""

from __future__ import annotations

from seodang.errors import SeodangError


class LearnError(SeodangError):
    code = "learn"


class TableUnusable(LearnError):
    code = "table_unusable"


class TargetInvalid(LearnError):
    code = "target_invalid"


class ChoiceInvalid(LearnError):
    code = "choice_invalid"


class BudgetTooSmall(LearnError):
    code = "budget_too_small"


class FrameRefused(LearnError):
    code = "frame_refused"


class ModelUnreadable(LearnError):
    code = "model_unreadable"
