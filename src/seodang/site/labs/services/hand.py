"""Marks by people: what waits for one, giving and taking them, rubrics, comments, flags that somebody saw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from seodang.i18n import N_
from seodang.site.labs.errors import MarkedMeanwhile, MarkRefused
from seodang.site.labs.models import Lab, LabComment, Mark, MarkSource, RubricItem, Submission
from seodang.site.labs.services import arithmetic, inputs
from seodang.site.labs.services._common import announce, locked, locked_submission, one_line, require_staff
from seodang.site.labs.services.naming import pseudonym_numbers, shown_names
from seodang.site.labs.services.points import BY_HAND, QuestionPoints, class_standings, points_of

MOST_COMMENT = 10_000


@dataclass(frozen=True)
class QueuePlace:
    """One submission in a question's queue. `name` is a pseudonym while marking is anonymous."""

    submission: Submission
    name: str
    points: Decimal | None

    @property
    def done(self) -> bool:
        return self.points is not None


@dataclass(frozen=True)
class QueueQuestion:
    """One question that people mark, over the submissions that count. Unchanged answers (0 points) are left out."""

    id: str
    title: str
    kind: str
    max_points: Decimal
    places: tuple[QueuePlace, ...]

    @property
    def total(self) -> int:
        return len(self.places)

    @property
    def done(self) -> int:
        return sum(place.done for place in self.places)


@dataclass(frozen=True)
class MarkingQueue:
    questions: tuple[QueueQuestion, ...]

    @property
    def total(self) -> int:
        return sum(question.total for question in self.questions)

    @property
    def done(self) -> int:
        return sum(question.done for question in self.questions)

    def question(self, id: str) -> QueueQuestion | None:
        return next((one for one in self.questions if one.id == id), None)


def queue(*, lab: Lab, question: str | None = None) -> MarkingQueue:
    """What people mark in this lab, in the order of its questions, submissions in a stable order of no meaning."""
    names, numbers = shown_names(lab), pseudonym_numbers(lab)
    asked = [one for one in (lab.current.questions if lab.current else ()) if one["kind"] in BY_HAND]
    standings = [row for row in class_standings(lab) if row.points is not None and row.points.marked]
    standings.sort(key=lambda row: numbers.get(row.user.pk, 0))
    found = []
    for one in asked:
        if question is not None and one["id"] != question:
            continue
        places = []
        for row in standings:
            points = row.points.question(one["id"]) if row.points else None
            if points is not None and row.submission is not None and (points.waits or points.mark is not None):
                places.append(QueuePlace(row.submission, names.get(row.user.pk, ""), points.points))
        most = Decimal(str(one["max_points"]))
        found.append(QueueQuestion(one["id"], one["title"], one["kind"], most, tuple(places)))
    return MarkingQueue(tuple(found))


def next_in_queue(*, lab: Lab, question: str, after: Submission | None = None) -> Submission | None:
    """The next one that waits for a mark, behind `after` and then from the beginning; None when all are done."""
    asked = queue(lab=lab, question=question).question(question)
    places = asked.places if asked else ()
    here = next((n for n, place in enumerate(places) if after is not None and place.submission.pk == after.pk), -1)
    in_turn = [*places[here + 1 :], *places[: here + 1]]
    return next(
        (p.submission for p in in_turn if not p.done and (after is None or p.submission.pk != after.pk)), None
    )


def model_answer(*, submission: Submission, question: str) -> str:
    """The teacher's own answer, or the task with its mark scheme: for staff alone."""
    grading = submission.grading
    revision = grading.revision if grading is not None else submission.lab.current
    if revision is None:
        return ""
    cell = inputs.read_lab(revision, with_data=False).by_id.get(question)
    return cell.cell.source if cell is not None else ""


# --- marks ----------------------------------------------------------------------------------------------------


def give_mark(
    *,
    submission: Submission,
    question: str,
    by,
    points: Decimal | int | str | None = None,
    items: Iterable[RubricItem] = (),
    comment: str = "",
    seen: str | None = None,
) -> Mark:
    """Mark one question of one submission, instead of what stood there before.

    Args:
        points: stand as they are; None leaves counting to the items (from 0, or from full where a question's items
            only take off). On an autograded question a mark without points and items is a comment.
        seen: `stamp_of` the mark that the giver read before; None writes whatever stands there.

    Raises:
        MarkedMeanwhile: somebody else marked it since it was read.
        MarkRefused: no such question, points out of range, items of another question, nothing given at all.
    """
    require_staff(by, submission.lab)
    items = list(items)
    with transaction.atomic():
        current = locked_submission(submission)
        asked = _question(current, question)
        value = _points(points, asked.max_points)
        _check_items(current.lab, question, items)
        comment = comment.strip()[:MOST_COMMENT]
        if value is None and not items and not comment and not _has_rubric(current.lab, question):
            raise MarkRefused(N_("Give points, an item of the rubric, or a comment."))
        if seen is not None:
            _nobody_meanwhile(current, question, by, seen)
        grading = current.grading
        mark, _made = Mark.objects.update_or_create(
            submission=current,
            question=question,
            defaults={
                "points": value,
                "comment": comment,
                "answer_sha256": grading.answers.get(question, "") if grading else "",
                "source": MarkSource.PERSON,
                "marked_by": by,
                "marked_at": timezone.now(),
            },
        )
        mark.items.set(items)
        announce(current.lab, current.user)
    return mark


def stamp_of(mark: Mark | None) -> str:
    """A mark as it stands: whatever another person makes of it has another stamp."""
    return "" if mark is None else f"{mark.pk}:{mark.marked_at.isoformat()}"


def _nobody_meanwhile(submission: Submission, question: str, by, seen: str) -> None:
    standing = Mark.objects.filter(submission=submission, question=question).select_related("marked_by").first()
    if stamp_of(standing) == seen or (standing is not None and standing.marked_by == by):
        return
    raise MarkedMeanwhile(N_("Somebody else marked this answer meanwhile."), mark=standing)


def remove_mark(*, submission: Submission, question: str, by) -> None:
    """Take a person's mark away: the tests count again, or the question waits again."""
    require_staff(by, submission.lab)
    with transaction.atomic():
        current = locked_submission(submission)
        if Mark.objects.filter(submission=current, question=question).delete()[0]:
            announce(current.lab, current.user)


def _question(submission: Submission, id: str) -> QuestionPoints:
    points = points_of(submission)
    found = points.question(id) if points.marked else None
    if found is None:
        raise MarkRefused(
            N_("This submission has no question “%(id)s” that can be marked now."),
            hint=N_("It can be once the autograder is done."),
            id=id,
        )
    return found


def _points(given: Decimal | int | str | None, most: Decimal) -> Decimal | None:
    if given is None or given == "":
        return None
    try:
        value = arithmetic.rounded(Decimal(str(given)))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value <= most:
        raise MarkRefused(N_("Points must be a number from 0 to %(most)s."), most=format(most.normalize(), "f"))
    return value


def _check_items(lab: Lab, question: str, items: Sequence[RubricItem]) -> None:
    if any(item.lab_id != lab.pk or item.question != question for item in items):
        raise MarkRefused(N_("An item of the rubric belongs to another question."))


def _has_rubric(lab: Lab, question: str) -> bool:
    return RubricItem.objects.filter(lab=lab, question=question).exists()


# --- rubrics --------------------------------------------------------------------------------------------------


def rubric(*, lab: Lab, question: str) -> list[RubricItem]:
    return list(RubricItem.objects.filter(lab=lab, question=question))


def add_item(*, lab: Lab, question: str, by, text: str, points: Decimal | int | str) -> RubricItem:
    """A new remark for one question.

    Raises:
        MarkRefused
    """
    require_staff(by, lab)
    with transaction.atomic():
        current = locked(lab)
        known = {one["id"] for one in (current.current.questions if current.current else ())}
        if question not in known:
            raise MarkRefused(N_("This lab has no question “%(id)s”."), id=question)
        items = RubricItem.objects.filter(lab=current, question=question)
        last = items.aggregate(last=Max("position"))["last"]
        item = RubricItem(lab=current, question=question, position=0 if last is None else last + 1)
        item.text, item.points = _item_values(text, points)
        item.save(force_insert=True)
        announce(current)
    return item


def change_item(
    *, item: RubricItem, by, text: str | None = None, points: Decimal | int | str | None = None
) -> None:
    """Every mark that bears it changes with it, at once: points are added up when they are asked for.

    Raises:
        MarkRefused
    """
    require_staff(by, item.lab)
    with transaction.atomic():
        lab = locked(item.lab)
        current = RubricItem.objects.get(pk=item.pk)
        current.text, current.points = _item_values(
            current.text if text is None else text, current.points if points is None else points
        )
        current.save(update_fields=["text", "points"])
        item.text, item.points = current.text, current.points
        announce(lab)


def move_item(*, item: RubricItem, by, position: int) -> None:
    """Change the order in which a question's items are shown."""
    require_staff(by, item.lab)
    with transaction.atomic():
        lab = locked(item.lab)
        others = [one for one in rubric(lab=lab, question=item.question) if one.pk != item.pk]
        others.insert(max(0, position), item)
        for place, one in enumerate(others):
            RubricItem.objects.filter(pk=one.pk).update(position=place)
        announce(lab)


def remove_item(*, item: RubricItem, by) -> None:
    """Take a remark away, from the marks that bear it, too."""
    require_staff(by, item.lab)
    with transaction.atomic():
        lab = locked(item.lab)
        RubricItem.objects.filter(pk=item.pk).delete()
        announce(lab)


def _item_values(text: str, points: Decimal | int | str) -> tuple[str, Decimal]:
    text = one_line(text)[:300]
    if not text:
        raise MarkRefused(N_("A remark needs its words."))
    try:
        value = arithmetic.rounded(Decimal(str(points)))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) > 1000:
        raise MarkRefused(N_("Points of a remark must be a number from −1000 to 1000."))
    return text, value


# --- comments, flags ------------------------------------------------------------------------------------------


def add_comment(*, submission: Submission, by, text: str) -> LabComment:
    """Say something of a whole submission; its student reads it once points are released."""
    require_staff(by, submission.lab)
    text = text.strip()[:MOST_COMMENT]
    if not text:
        raise MarkRefused(N_("A comment needs its words."))
    with transaction.atomic():
        comment = LabComment.objects.create(submission=submission, by=by, text=text)
        announce(submission.lab, submission.user)
    return comment


def remove_comment(*, comment: LabComment, by) -> None:
    require_staff(by, comment.submission.lab)
    with transaction.atomic():
        comment.delete()
        announce(comment.submission.lab, comment.submission.user)


def comments_for_student(submission: Submission) -> list[LabComment]:
    """What the student may read: none before the release."""
    return list(submission.comments.select_related("by")) if submission.lab.released_at else []


def flags_seen(*, submission: Submission, by, seen: bool = True) -> None:
    """Somebody has looked at what was flagged; `seen=False` takes that back."""
    require_staff(by, submission.lab)
    with transaction.atomic():
        current = locked_submission(submission)
        current.flags_seen_at, current.flags_seen_by = (timezone.now(), by) if seen else (None, None)
        current.save(update_fields=["flags_seen_at", "flags_seen_by"])
        announce(current.lab)
