"""What requests and answers of the ladders' API look like. Times are ISO 8601 with their zone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from seodang.site.web.api import PlainText

Column = Annotated[PlainText, Field(max_length=200)]


class LadderFilter(Schema):
    course: PlainText | None = Field(None, description="Address of one course.")


class LadderTroubleOut(Schema):
    code: str
    message: str
    hint: str = ""


class RungOut(Schema):
    name: str = Field(examples=["forest"])
    title: str = Field(examples=["Random forest"])
    score: float | None = Field(None, description="In the metric’s own direction; null where skipped.")
    ci_low: float | None = None
    ci_high: float | None = None
    seconds: float = 0
    tied_with_best: bool = Field(False, description="Whether it cannot be told from the best.")
    skipped: str | None = Field(None, description="Why there is no score.")
    settings: dict[str, Any] = {}
    n_candidates: int = 0


class LadderOut(Schema):
    course: str = Field(description="Address of the course.", examples=["deep-learning-2026"])
    number: int = Field(examples=[3])
    title: str
    owner: str
    state: Literal["draft", "waiting", "climbing", "done", "failed", "stopped"]
    table_name: str
    target: str
    task: str = Field("", description="regression, binary or classes; empty until it is known.")
    metric: str = Field("", description="Empty until it is known.")
    budget_seconds: int
    seed: int
    best: str = Field("", description="Name of the best rung (so far).")
    place: int = Field(0, description="In the line; 1 is next, 0 does not wait.")
    seconds_left: int = Field(0, description="Of the budget, while it climbs.")
    shared: bool
    origin: str = ""
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    url: str = Field(description="Its page.")


class LadderDetailOut(LadderOut):
    group_column: str = ""
    time_column: str = ""
    leave_out: list[str] = []
    rungs: list[RungOut] = Field([], description="Provisional, and without intervals, while it climbs.")
    warnings: list[str] = []
    notes: list[str] = []
    problem: LadderTroubleOut | None = None
    has_report: bool = False
    has_model: bool = False
    has_predictions: bool = False
    predict_state: Literal["", "waiting", "done", "failed"] = ""
    predict_problem: LadderTroubleOut | None = None


class ChoicesIn(Schema):
    """All but the table has a default."""

    target: Column = Field("", description="Column to predict; empty takes the one that suggests itself.")
    title: Annotated[PlainText, Field(max_length=120)] = ""
    task: Literal["", "regression", "binary", "classes"] = ""
    metric: Annotated[PlainText, Field(max_length=60)] = ""
    seconds: int = Field(60, ge=1, le=10**6, description="How long to climb.")
    group: Column = ""
    time: Column = ""
    leave_out: Annotated[PlainText, Field(max_length=4000)] = Field(
        "", description="Columns not to learn from, separated by commas; empty leaves out what looks like an id."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1)
    start: bool = Field(True, description="False keeps a draft.")


class SharedIn(Schema):
    shared: bool
