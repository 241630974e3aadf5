"""What keeps a lab's submissions from being marked, and which checks the class fails: read for staff's pages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seodang.site.jobs.health import workers_alive
from seodang.site.jobs.models import Job, JobState
from seodang.site.labs.models import Grading, GradingState, Lab
from seodang.site.labs.services.points import Standing

MOST = 5
MESSAGE_LENGTH = 200


@dataclass(frozen=True)
class Trouble:
    """title: what is wrong, with how many it holds up. reason, hint: to read."""

    title: str
    reason: str = ""
    hint: str = ""


def troubles(lab: Lab, *, n_waiting: int) -> list[Trouble]:
    """Why work waits that should not: no worker, no sandbox that holds, jobs that fail."""
    found = []
    if n_waiting and not workers_alive():
        found.append(
            Trouble(
                _("No worker is running, so nothing is being marked."),
                hint=_("Whoever runs the site starts one: “%(worker)s”, or “%(serve)s”, which has its own.")
                % {"worker": "seodang worker", "serve": "seodang serve"},
            )
        )
    return (found + list(_held_up(lab)) + list(_failing_jobs(lab)))[:MOST]


def _held_up(lab: Lab) -> Iterator[Trouble]:
    """Gradings that wait because the site could not mark them yet; they are tried again."""
    waiting = Grading.objects.filter(
        submission__lab=lab, state__in=[GradingState.WAITING, GradingState.RUNNING], problem__isnull=False
    ).only("problem")
    for (reason, hint), count in Counter(one.problem_texts for one in waiting).most_common(MOST):
        title = ngettext("%(n)s submission cannot be marked yet.", "%(n)s submissions cannot be marked yet.", count)
        yield Trouble(title % {"n": count}, reason, hint)


def _failing_jobs(lab: Lab) -> Iterator[Trouble]:
    wanted = Grading.objects.filter(
        submission__lab=lab, problem__isnull=True, state__in=[GradingState.WAITING, GradingState.RUNNING]
    ).values("job_id")
    jobs = Job.objects.filter(Q(state=JobState.FAILED) | ~Q(error=""), pk__in=wanted).exclude(state=JobState.DONE)
    for (reason, failed), count in Counter((job.reason, job.state == JobState.FAILED) for job in jobs).most_common(
        MOST
    ):
        if failed:
            title = ngettext(
                "The marking of %(n)s submission failed.", "The marking of %(n)s submissions failed.", count
            )
        else:
            title = ngettext(
                "The marking of %(n)s submission failed and is tried again.",
                "The marking of %(n)s submissions failed and is tried again.",
                count,
            )
        yield Trouble(title % {"n": count}, reason)


# --- checks that fail -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FailingCheck:
    """One part of a question's tests. count: submissions of the class in which it failed; share: of those marked.

    messages: the commonest, each with how many got it.
    """

    title: str
    visible: bool
    count: int
    share: float
    messages: tuple[tuple[str, int], ...]


def failing_checks(standings: Iterable[Standing]) -> dict[str, list[FailingCheck]]:
    """By question, the parts of its tests that fail most often, over the submissions that count."""
    counts: dict[str, Counter[tuple[int, str, bool]]] = defaultdict(Counter)
    messages: dict[tuple[str, int, str, bool], Counter[str]] = defaultdict(Counter)
    marked: Counter[str] = Counter()
    for standing in standings:
        for question in standing.points.questions if standing.points and standing.points.marked else ():
            marked[question.id] += 1
            for number, check in enumerate(question.checks, start=1):
                if check.passed is not False:
                    continue
                key = (number, check.title, check.visible)
                counts[question.id][key] += 1
                messages[question.id, *key][last_line(check)] += 1
    return {
        question: [
            FailingCheck(
                title or _("Part %(number)s") % {"number": number},
                visible,
                count,
                count / marked[question],
                tuple((text, n) for text, n in messages[question, number, title, visible].most_common(3) if text),
            )
            for (number, title, visible), count in found.most_common()
        ]
        for question, found in counts.items()
    }


def last_line(check: Any) -> str:
    """What a message says in the end: of a trace, the error itself."""
    text = (check.staff_message or check.message or "").strip()
    return text.rpartition("\n")[2].strip()[:MESSAGE_LENGTH]
