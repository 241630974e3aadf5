"""What requests and answers of the labs' API look like. Times are ISO 8601 with their zone; points are numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from seodang.site.web.api import PlainText

Text = Annotated[PlainText, Field(max_length=200)]


class LabFilter(Schema):
    course: PlainText | None = Field(None, description="Address of one course.")
    slug: PlainText | None = Field(None, description="Exactly this address.")


class DeadlineOut(Schema):
    due_at: datetime = Field(description="Of the whole class.")
    extended_due_at: datetime = Field(description="Yours, with your extension.")
    grace_until: datetime = Field(description="Nothing is late up to then.")
    closes_at: datetime = Field(description="Work is taken up to then.")
    extension_days: int = Field(examples=[0])


class LabTroubleOut(Schema):
    code: str
    message: str
    hint: str = ""


class LabOut(Schema):
    course: str = Field(description="Address of the course.", examples=["deep-learning-2026"])
    slug: str = Field(examples=["gradient-descent"])
    title: str = Field(examples=["Gradient descent"])
    summary: str = ""
    state: Literal["draft", "ready", "published"] = Field(examples=["published"])
    opens_at: datetime
    due_at: datetime
    deadline: DeadlineOut
    is_open: bool = Field(description="Whether work of yours is taken now, late work included.")
    is_closed: bool = Field(description="Whether the time in which work of yours was taken is over.")
    max_points: float = Field(examples=[20])
    url: str = Field(description="Its page.")


class QuestionOut(Schema):
    id: str = Field(examples=["test_gradient"])
    title: str = Field(examples=["The gradient"])
    kind: Literal["autograded", "manual", "task"]
    max_points: float = Field(examples=[4])


class LabRevisionOut(Schema):
    number: int = Field(examples=[2])
    state: Literal["checking", "good", "doubtful", "refused"]
    note: str = ""
    created_at: datetime
    is_current: bool
    findings: list[str] = Field([], description="What its check found.")
    problem: LabTroubleOut | None = Field(None, description="Why it could not be checked, or not yet.")


class LabDetailOut(LabOut):
    description: str = Field("", description="Markdown.")
    time_zone: str = Field(examples=["Asia/Seoul"])
    grace_minutes: int
    late_days: int
    late_percent: int
    counting: Literal["latest", "best"]
    attempts_limit: int | None = None
    attempts_left: int | None = Field(None, description="null: no limit, or not a student.")
    may_hand_in: bool
    may_assist: bool
    may_manage: bool
    points_released: bool
    questions: list[QuestionOut]
    revision: LabRevisionOut | None = Field(None, description="The newest one; for staff.")


class LabFileOut(Schema):
    name: str = Field(examples=["gradient-descent.ipynb"])
    role: Literal["notebook", "data"]
    size_bytes: int
    sha256: str = Field(description="Hexadecimal; also the ETag of the download.")


class MarkingOut(Schema):
    done: int = Field(description="Cells that ran.")
    total: int = Field(description="Cells in all; 0 while unknown.")
    place: int = Field(description="In the queue, 1 is next; 0 while it is being marked.")
    reason: str = Field("", description="Why the site cannot mark right now.")
    hint: str = ""


class CheckOut(Schema):
    title: str
    visible: bool
    passed: bool | None
    message: str = ""


class QuestionScoreOut(QuestionOut):
    points: float | None = Field(description="null while it is not marked, or not shown yet.")
    status: str = Field(examples=["passed"])
    comment: str = ""
    checks: list[CheckOut] = []


class FlagOut(Schema):
    code: str
    severity: Literal["info", "look", "tampering"]
    message: str
    cell: str = ""
    line: int | None = None


class SubmissionOut(Schema):
    attempt: int = Field(examples=[2])
    user_id: int
    user: str = Field(description="Who handed it in.")
    state: Literal["waiting", "marking", "marked", "refused"]
    submitted_at: datetime
    filename: str
    size_bytes: int
    sha256: str
    counts: bool = Field(description="Whether it is the one that counts.")
    hidden: bool = Field(description="Points are not shown yet.")
    complete: bool = Field(description="Every question has its points.")
    late_days: int
    earned: float | None = Field(None, description="Before lateness is taken off; null until marked or shown.")
    penalty: float | None = None
    points: float | None = Field(None, description="What counts; null until marked or shown.")
    max_points: float
    url: str = Field(description="Its page.")


class SubmissionDetailOut(SubmissionOut):
    questions: list[QuestionScoreOut]
    flags: list[FlagOut] = Field([], description="What was restored or found; staff see all of it.")
    comments: list[str] = []
    progress: MarkingOut | None = Field(None, description="null once it is settled.")
    problem: LabTroubleOut | None = Field(None, description="Why it could not be marked.")


class LabStandingOut(Schema):
    user_id: int
    name: str
    email: str
    student_number: str = ""
    state: Literal["nothing", "missing", "waiting", "by_hand", "marked"]
    attempts: int
    attempt: int | None = Field(None, description="The one that counts.")
    submitted_at: datetime | None = None
    late_days: int
    points: float | None = None
    max_points: float
    flag_level: str = ""


class ClassCountsOut(Schema):
    enrolled: int
    handed_in: int
    marked: int
    waiting: int
    by_hand: int
    missing: int
    late: int
    flagged: int


class ClassOut(Schema):
    lab: str = Field(examples=["deep-learning-2026/gradient-descent"])
    max_points: float
    counts: ClassCountsOut
    rows: list[LabStandingOut]


class LabCreateForm(Schema):
    due_at: datetime = Field(description="With its zone, or in the course's.")
    opens_at: datetime | None = None
    title: PlainText = Field("", max_length=120, description="Else the notebook's own.")
    slug: PlainText = Field("", max_length=60, description="Else made of the title.")


class LabReviseForm(Schema):
    note: PlainText = Field("", max_length=200, description="What changed; for staff.")
    keep_data: bool = Field(True, description="Keep the data files where none are sent.")


class RegradeIn(Schema):
    students: list[int] | None = Field(None, description="Numbers of people; null: all.", max_length=2000)


class RegradeChangeOut(Schema):
    user_id: int
    user: str
    attempt: int
    before: float | None
    after: float | None
    skipped: bool
    problem: str = ""


class RegradeOut(Schema):
    id: int
    state: Literal["running", "ready", "applied", "cancelled"]
    revision: int
    done: int
    total: int
    up: int
    down: int
    same: int
    failed: int
    came_meanwhile: int
    changes: list[RegradeChangeOut] = Field(description="Those whose points change.")
    url: str


class RegradeActIn(Schema):
    act: Literal["apply", "cancel"]
