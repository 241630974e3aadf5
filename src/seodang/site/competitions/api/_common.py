"""Finding what a request names, and putting it into words for a program."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse

from seodang.registry import UnknownNameError
from seodang.site.competitions import services, standings
from seodang.site.competitions.models import Competition, Entry, Team
from seodang.site.courses import access as courses_access
from seodang.site.courses.access import Access
from seodang.site.web.errors import problem_text

ONE = "/competitions/{slug:course}/{slug:slug}"


class MetricFacts(NamedTuple):
    title: str
    greater_is_better: bool
    decimals: int


def metric_facts(name: str) -> MetricFacts:
    """What a program needs of a metric; a draft may have none yet, a plug-in may have gone."""
    from seodang.i18n import gettext
    from seodang.score.metrics import METRICS

    try:
        metric = METRICS.get(name)
    except UnknownNameError:
        return MetricFacts(name, True, 4)
    return MetricFacts(gettext(metric.title), metric.greater_is_better, metric.decimals)


def find(request: HttpRequest, course: str, slug: str) -> tuple[Access, Competition]:
    """The competition of that address.

    Raises:
        Http404: there is none, or it is not this person's to see.
    """
    access = courses_access.course_or_404(request.user, course)
    competition = Competition.objects.visible_to(access).filter(slug=slug).first()
    if competition is None:
        raise Http404
    competition.course = access.course
    return access, competition


def competition_json(request: HttpRequest, competition: Competition) -> dict[str, Any]:
    facts = metric_facts(competition.metric)
    return {
        "course": competition.course.slug,
        "slug": competition.slug,
        "title": competition.title,
        "summary": competition.summary,
        "state": competition.state,
        "metric": competition.metric,
        "metric_title": facts.title,
        "greater_is_better": facts.greater_is_better,
        "decimals": facts.decimals,
        "opens_at": competition.opens_at,
        "closes_at": competition.closes_at,
        "is_open": competition.is_open(),
        "private_open": competition.private_opened_at is not None,
        "url": request.build_absolute_uri(competition.get_absolute_url()),
    }


def competition_detail_json(request: HttpRequest, access: Access, competition: Competition) -> dict[str, Any]:
    team = services.team_of(competition=competition, user=access.user) if access.may_take_part else None
    quota = None
    if access.may_take_part:
        quota = services.quota(competition=competition, team=team, user=access.user)
    return {
        **competition_json(request, competition),
        "description": competition.description,
        "metric_options": competition.metric_options,
        "time_zone": competition.course.time_zone,
        "daily_quota": competition.daily_quota,
        "total_quota": competition.total_quota,
        "team_size": competition.team_size,
        "final_picks": competition.final_picks,
        "may_enter": access.may_take_part,
        "may_assist": access.may_assist,
        "may_manage": access.may_manage,
        "team": team_json(team) if team else None,
        "quota": quota_json(quota),
        "problem": trouble_json(competition) if access.may_assist else None,
        "warnings": competition.warning_texts if access.may_assist else [],
    }


def team_json(team: Team) -> dict[str, Any]:
    members = team.memberships.select_related("user").order_by("-is_captain", "joined_at")
    return {"name": team.name, "members": [str(member.user) for member in members]}


def quota_json(quota: Any) -> dict[str, Any] | None:
    if quota is None:
        return None
    return {name: getattr(quota, name) for name in ("used_today", "left_today", "left_total", "resets_at")}


def trouble_json(competition: Competition) -> dict[str, Any] | None:
    message, hint = problem_text(competition.problem)
    return {"code": competition.problem.get("code", ""), "message": message, "hint": hint} if message else None


def visible_entries(access: Access, competition: Competition) -> QuerySet[Entry]:
    """Staff see everybody's entries, a student those of their team; with the scores that boards show now."""
    found = competition.entries.select_related("team", "user").with_scores(competition)
    return found if access.may_assist else found.filter(team__memberships__user=access.user)


class Describer:
    """Puts entries of one competition into words for one reader; what is the same for all is asked once."""

    def __init__(self, request: HttpRequest, access: Access, competition: Competition) -> None:
        self.request = request
        self.competition = competition
        self.see_private = standings.may_see_private(competition, access)
        self.metric, _options = competition.metric_at(competition.shown_version)
        self.decimals = metric_facts(self.metric).decimals

    def __call__(self, entry: Entry) -> dict[str, Any]:
        where = [self.competition.course.slug, self.competition.slug, entry.ordinal]
        return {
            "ordinal": entry.ordinal,
            "team": entry.team.name,
            "is_baseline": entry.team.is_baseline,
            "user": str(entry.user or ""),
            "message": entry.message,
            "filename": entry.filename,
            "size_bytes": entry.size_bytes,
            "sha256": entry.sha256,
            # One that came during a rescore has its score under the new truth, which is not shown yet.
            "state": "waiting" if entry.state == "scored" and entry.public_score is None else entry.state,
            "created_at": entry.created_at,
            "is_final_pick": entry.is_final_pick,
            "withdrawn_at": entry.withdrawn_at,
            "withdrawn_reason": entry.withdrawn_reason,
            "metric": self.metric,
            "decimals": self.decimals,
            "public": score_json(entry, "public", self.decimals),
            "private": score_json(entry, "private", self.decimals) if self.see_private else None,
            "url": self.request.build_absolute_uri(reverse("competitions:entry", args=where)),
        }


def score_json(entry: Entry, part: str, decimals: int) -> dict[str, Any] | None:
    """From the annotations of `with_scores`."""
    score, low, high = (getattr(entry, f"{part}_{name}") for name in ("score", "low", "high"))
    if score is None:
        return None
    return {"score": shown(score, decimals), "low": shown(low, decimals), "high": shown(high, decimals)}


def shown(value: float | None, decimals: int) -> float | None:
    """A score at the metric's precision, as pages show it.

    All its digits would tell of the truth: predictions can be chosen such that each label moves a digit of its own
    (J. Whitehill, Climbing the Kaggle leaderboard by exploiting the log-loss oracle, 2017).
    """
    return round(value, decimals) if value is not None and math.isfinite(value) else None
