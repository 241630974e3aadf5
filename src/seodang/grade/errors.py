"""What can go wrong when a lab is read, released or marked.

    GradeError
    ├── LabInvalid             a source notebook that is no lab; `.problems` names each cell
    └── SubmissionRefused      a student's file that cannot be marked: costs no attempt
"""

from __future__ import annotations

from seodang.errors import SeodangError


class GradeError(SeodangError):
    code = "grade"


class LabInvalid(GradeError):
    code = "lab_invalid"


class SubmissionRefused(GradeError):
    code = "submission_refused"
