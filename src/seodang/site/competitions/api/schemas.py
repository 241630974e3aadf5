"""What requests and answers of the competitions' API look like. Times are ISO 8601 with their zone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from seodang.site.web.api import PlainText

Part = Literal["public", "private"]
Reason = Annotated[PlainText, Field(max_length=200, description="Shown to the team.", examples=["wrong seed"])]


class CompetitionFilter(Schema):
    course: PlainText | None = Field(None, description="Address of one course.")
    slug: PlainText | None = Field(None, description="Exactly this address.")
    search: PlainText | None = Field(None, description="Within title, summary or address.")


class EnterForm(Schema):
    message: PlainText = Field("", max_length=200, description="What you tried.", examples=["ridge, alpha 0.3"])
    baseline_name: PlainText = Field("", max_length=60, description="Staff enter marked baselines of this name.")


class ClimbIn(Schema):
    seconds: int = Field(60, ge=1, le=10**6, description="How long to climb.")


class BaselinesIn(Schema):
    ladder: int = Field(description="Number of a ladder of this competition’s data that is done.", ge=1, lt=2**31)
    rungs: list[PlainText] | None = Field(None, description="Names of rungs; all when null.")


class PostedOut(Schema):
    rung: str = Field(examples=["forest"])
    title: str = Field(description="The baseline’s name on the board.", examples=["Random forest"])
    state: Literal["entered", "unchanged", "unusable"]
    reason: str = Field("", description="Why it is unusable.")
    ordinal: int | None = Field(None, description="Of its entry.")


class CreateForm(Schema):
    slug: PlainText = Field("", max_length=60, description="Another address than the file says.")


class ReviseForm(Schema):
    reason: PlainText = Field(min_length=1, max_length=300, description="Shown to all.")
    metric: PlainText = Field("", max_length=60, description="Name of another metric.")
    metric_options: PlainText = Field("", description="JSON object.", examples=['{"k": 5}'])


class QuotaOut(Schema):
    used_today: int = Field(examples=[2])
    left_today: int = Field(examples=[3])
    left_total: int | None = Field(None, description="null: no limit in all.")
    resets_at: datetime | None = Field(None, description="When the day of the course ends.")


class TeamOut(Schema):
    name: str = Field(examples=["Han River"])
    members: list[str] = Field(examples=[["Kim Minji", "Lee Jun"]])


class TroubleOut(Schema):
    """What preparing found wrong."""

    code: str
    message: str
    hint: str = ""


class CompetitionOut(Schema):
    course: str = Field(description="Address of the course.", examples=["deep-learning-2026"])
    slug: str = Field(examples=["breast-cancer"])
    title: str = Field(examples=["Breast cancer, from 30 numbers"])
    summary: str = ""
    state: Literal["draft", "preparing", "ready", "published"] = Field(examples=["published"])
    metric: str = Field(examples=["roc_auc"])
    metric_title: str = Field(examples=["ROC AUC"])
    greater_is_better: bool
    decimals: int = Field(description="Digits after the point that count.", examples=[4])
    opens_at: datetime
    closes_at: datetime
    is_open: bool = Field(description="Whether entries are taken now.")
    private_open: bool = Field(description="Whether the private board is open to all.")
    url: str = Field(description="Its page.")


class CompetitionDetailOut(CompetitionOut):
    description: str = Field("", description="Markdown.")
    metric_options: dict[str, Any] = {}
    time_zone: str = Field(examples=["Asia/Seoul"])
    daily_quota: int = Field(examples=[5])
    total_quota: int | None = None
    team_size: int = Field(examples=[3])
    final_picks: int = Field(examples=[2])
    may_enter: bool
    may_assist: bool
    may_manage: bool
    team: TeamOut | None = Field(None, description="Yours, if you have one.")
    quota: QuotaOut | None = Field(None, description="Of your team; null for staff.")
    problem: TroubleOut | None = Field(None, description="What preparing found wrong; for staff.")
    warnings: list[str] = Field([], description="What preparing found worth a look; for staff.")


class FileOut(Schema):
    name: str = Field(examples=["train.csv"])
    role: Literal["train", "test", "sample", "extra"] = Field(examples=["train"])
    size_bytes: int = Field(examples=[48213])
    sha256: str = Field(description="Hexadecimal; also the ETag of the download.")
    n_rows: int | None = Field(None, examples=[426])


class ScoreOut(Schema):
    score: float = Field(examples=[0.9731])
    low: float | None = Field(None, description="95 % interval; follows the score.", examples=[0.951])
    high: float | None = Field(None, examples=[0.988])


class EntryOut(Schema):
    ordinal: int = Field(description="Its number within the competition.", examples=[12])
    team: str = Field(examples=["Han River"])
    is_baseline: bool
    user: str = Field(description="Who sent it.", examples=["Kim Minji"])
    message: str = Field(examples=["logistic regression"])
    filename: str = Field(examples=["prediction.csv"])
    size_bytes: int
    sha256: str
    state: Literal["waiting", "scored", "failed"] = Field(examples=["scored"])
    created_at: datetime
    is_final_pick: bool
    withdrawn_at: datetime | None = None
    withdrawn_reason: str = ""
    metric: str = Field(examples=["roc_auc"])
    decimals: int = Field(examples=[4])
    public: ScoreOut | None = Field(None, description="null until scored.")
    private: ScoreOut | None = Field(None, description="null until the private board is open to you.")
    url: str = Field(description="Its page.")


class PlaceOut(Schema):
    rank: int | None = Field(description="On the public board; null for a baseline.", examples=[3])
    n_teams: int = Field(examples=[30])
    in_leading_band: bool = Field(description="Whether it cannot be told from the leader.")


class EntryDetailOut(EntryOut):
    standing: PlaceOut | None = Field(None, description="Where its team stands; null until it is on the board.")
    quota: QuotaOut | None = Field(None, description="What is left to its team; null for staff.")


class StandingOut(Schema):
    rank: int | None = Field(description="null for a baseline.", examples=[1])
    team: str = Field(examples=["Han River"])
    is_baseline: bool
    is_mine: bool
    score: float | None = Field(description="null while it is not known.", examples=[0.9731])
    low: float | None = None
    high: float | None = None
    n_entries: int
    last_at: datetime
    in_leading_band: bool
    band: int = Field(description="1 for those who cannot be told from the leader, then 2 …; 0 while unknown.")
    moved: int | None = Field(None, description="Private board: places gained since the public one.")


class BoardOut(Schema):
    competition: str = Field(examples=["deep-learning-2026/breast-cancer"])
    part: Part
    metric: str
    greater_is_better: bool
    decimals: int
    version: int = Field(description="Grows whenever the board may look different.")
    updated_at: datetime
    is_rescoring: bool
    rows: list[StandingOut]


class WithdrawIn(Schema):
    reason: Reason = ""


class FinalsIn(Schema):
    entries: list[Annotated[int, Field(ge=1, le=2_000_000_000)]] = Field(
        description="Ordinals of your team’s entries; an empty list takes the picks back.",
        max_length=20,
        examples=[[12, 17]],
    )


class FinalsOut(Schema):
    items: list[EntryOut]
    count: int
