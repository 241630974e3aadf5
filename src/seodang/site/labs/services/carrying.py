"""Marks that go over to a new attempt: a person who has read an answer need not read the very same one again."""

from __future__ import annotations

from collections.abc import Mapping

from seodang.site.labs.models import Mark, MarkSource, Submission


def carry_marks(submission: Submission, answers: Mapping[str, str]) -> list[Mark]:
    """Copy the latest mark that was given to the same answer, for each question without one; in a transaction."""
    have = set(submission.marks.values_list("question", flat=True))
    earlier = (
        Mark.objects.filter(
            submission__lab=submission.lab_id,
            submission__user=submission.user_id,
            submission__attempt__lt=submission.attempt,
            question__in=set(answers) - have,
        )
        .exclude(answer_sha256="")
        .order_by("-submission__attempt")
        .prefetch_related("items")
    )
    made: dict[str, Mark] = {}
    for mark in earlier:
        if mark.question not in made and mark.answer_sha256 == answers[mark.question]:
            made[mark.question] = _copy(mark, submission)
    return list(made.values())


def _copy(mark: Mark, submission: Submission) -> Mark:
    copy = Mark.objects.create(
        submission=submission,
        question=mark.question,
        points=mark.points,
        comment=mark.comment,
        answer_sha256=mark.answer_sha256,
        source=MarkSource.CARRIED,
        marked_by_id=mark.marked_by_id,
        marked_at=mark.marked_at,
    )
    copy.items.set(mark.items.all())
    return copy
