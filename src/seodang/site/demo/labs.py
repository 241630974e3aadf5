"""The demo's two labs, through the same services that a professor and a class use.

One was due last week: marked, essays read, points released, compared. One is open now. The workers of the demo mark
the notebooks for real, in the sandbox; where none holds they wait, and the bar on top of each page says why.
"""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from seodang.site.accounts.models import User
from seodang.site.courses import access
from seodang.site.courses.models import Course
from seodang.site.demo import cast, notebooks
from seodang.site.demo.notebooks import NEURON, REGRESSION
from seodang.site.jobs.models import Job, JobState
from seodang.site.jobs.services import enqueue
from seodang.site.labs import services
from seodang.site.labs.models import Grading, GradingState, Lab, LabRevision, LabState, RevisionState, Submission

OVER_DUE_DAYS, OPEN_DUE_DAYS = 6, 5
LATE = {6: 1, 17: 2}  # student → late days in the first lab
EXTENDED = 20
HANDED_IN = {REGRESSION: 28, NEURON: 13}  # of thirty
HAND_IN_PRIORITY = -8  # quick, so ahead of the models that are fitted for the competitions


def make_labs(course: Course, professor: User) -> None:
    """Both labs as drafts, with the job that goes on once they are checked; in the caller's transaction."""
    today = timezone.localtime(timezone.now(), course.tz).replace(hour=23, minute=59, second=0, microsecond=0)
    for slug, opened, due in (
        (REGRESSION, today - timedelta(days=20), today - timedelta(days=OVER_DUE_DAYS)),
        (NEURON, today - timedelta(days=4), today + timedelta(days=OPEN_DUE_DAYS)),
    ):
        text = notebooks.text_of(slug, course.language)
        lab = services.create_lab(
            access=access.of(professor, course),
            title=text.title,
            slug=slug,
            summary=text.summary,
            description=text.heads["why"].partition("\n\n")[2],
            opens_at=opened,
            due_at=due,
            stream=io.BytesIO(notebooks.source(slug, course.language)),
            filename=f"{slug}.ipynb",
            data={"houses.csv": io.BytesIO(notebooks.houses_csv())} if slug == REGRESSION else None,
        )
        enqueue(task="demo.hold_lab", arguments={"lab_id": lab.pk}, delay_seconds=1)


def hold_when_checked(lab: Lab) -> bool:
    """Publish, and let the class hand in. False while the notebook is still being checked.

    Where no sandbox holds, the unchecked notebook is taken as it is: the demo shows labs that wait to be marked.

    Raises:
        RuntimeError: the check found problems, which staff should read in the list of jobs.
    """
    revision = lab.revisions.first()
    if revision is None or (revision.state == RevisionState.CHECKING and not revision.problem):
        return False
    if revision.state in {RevisionState.DOUBTFUL, RevisionState.REFUSED} and not lab.current_id:
        raise RuntimeError(f"the demo's lab does not hold: {revision.report or revision.problem}")
    with transaction.atomic():
        if revision.state == RevisionState.CHECKING:
            services.accept_doubtful(revision=revision, by=lab.created_by)
        if lab.state != LabState.PUBLISHED:
            services.publish(lab=lab, by=lab.created_by)
        if lab.slug == REGRESSION:
            student = User.objects.get(email=cast.STUDENTS[EXTENDED].email)
            services.set_extension(lab=lab, user=student, by=lab.created_by, days=3)
        for _moment, number, attempt in in_order_of_time(lab):
            enqueue(
                task="demo.hand_in",
                arguments={"lab_id": lab.pk, "student": number, "attempt": attempt},
                key=f"demo.hand_in:{lab.pk}:{number}:{attempt}",
                priority=HAND_IN_PRIORITY,
            )
        if lab.slug == REGRESSION:
            enqueue(task="demo.read_essays", arguments={"lab_id": lab.pk}, priority=-9, delay_seconds=2)
    return True


def in_order_of_time(lab: Lab) -> list[tuple[datetime, int, int]]:
    """(moment, student, attempt) of everything that the class hands in, so that it comes as it came."""
    found = []
    for number in range(HANDED_IN[lab.slug]):
        for attempt in range(notebooks.attempts_of(number)):
            found.append((moment_of(lab, number, attempt), number, attempt))
    return sorted(found)


def moment_of(lab: Lab, number: int, attempt: int) -> datetime:
    """Spread over the days until the lab was due, or until now; a few come late."""
    end = min(lab.due_at, timezone.now()) - timedelta(minutes=20)
    begin = lab.opens_at + (end - lab.opens_at) / 3
    moment = begin + (end - begin) * ((number * 0.37) % 1 * 0.8 + 0.1 * attempt)
    if lab.slug == REGRESSION and number in LATE:
        return lab.due_at + timedelta(days=LATE[number], hours=-3)
    if lab.slug == REGRESSION and number == EXTENDED:
        return lab.due_at + timedelta(days=2)
    return moment


def hand_in(lab: Lab, number: int, attempt: int) -> Submission | None:
    """Hand in the student's notebook of that attempt; None when it was handed in before."""
    user = User.objects.get(email=cast.STUDENTS[number].email)
    if Submission.objects.filter(lab=lab, user=user).count() > attempt or lab.current is None:
        return None
    with lab.current.released.open("rb") as file:
        released: dict[str, Any] = json.load(file)
    content = notebooks.handed_in(released, lab.slug, lab.course.language, number, attempt)
    return services.submit(
        lab=lab,
        user=user,
        stream=io.BytesIO(content),
        filename=f"{lab.slug}.ipynb",
        received_at=moment_of(lab, number, attempt),
    )


def is_marked(lab: Lab) -> bool:
    """Everybody who hands in has, and the autograder is done with all of it."""
    begun = Job.objects.filter(
        task="demo.hand_in", arguments__lab_id=lab.pk, state__in=[JobState.WAITING, JobState.RUNNING]
    )
    waiting = Grading.objects.filter(submission__lab=lab, state__in=[GradingState.WAITING, GradingState.RUNNING])
    return not begun.exists() and not waiting.exists()


def read_essays(lab: Lab) -> None:
    """What the assistant does: a rubric, marks for every essay and trial, then points are released and compared."""
    assistant = User.objects.get(email=cast.ASSISTANT.email)
    text = notebooks.text_of(lab.slug, lab.course.language)
    items = services.rubric(lab=lab, question="why")
    if not items:
        for words, points in text.rubric:
            items.append(services.add_item(lab=lab, question="why", by=assistant, text=words, points=points))
    for asked in services.queue(lab=lab).questions:
        for place in asked.places:
            if not place.done:
                _mark(lab, place.submission, asked.id, assistant, items)
    services.release_points(lab=lab, by=lab.created_by)
    if not lab.similarity_reports.exists():
        services.start_similarity(lab=lab, by=assistant)


def _mark(lab: Lab, submission: Submission, question: str, assistant: User, items: list[Any]) -> None:
    number = submission.user_id
    if question == "why":
        chosen = [item for place, item in enumerate(items[:3]) if (number + place) % 4] or items[3:]
        services.give_mark(submission=submission, question=question, by=assistant, items=chosen)
    else:
        points = Decimal(number % 3)
        services.give_mark(submission=submission, question=question, by=assistant, points=points)


def why_waiting() -> tuple[str, str]:
    """(reason, what to do) while the demo's notebooks cannot be marked on this machine; empty when they can."""
    waiting = Grading.objects.filter(state=GradingState.WAITING, problem__isnull=False).first()
    if waiting is not None:
        return waiting.problem_texts
    unchecked = LabRevision.objects.filter(state=RevisionState.CHECKING, problem__isnull=False).first()
    return unchecked.problem_texts if unchecked is not None else ("", "")
