"""Marking again: a preview first, then applied or not, with what happens meanwhile."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from tests.site import world

from seodang.site.jobs.models import Job
from seodang.site.labs import services
from seodang.site.labs.errors import RegradeRefused
from seodang.site.labs.models import Grading, Lab, Submission

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def two(lab, student, add_student):
    first = world.mark(world.hand_in(lab, student), world.graded("4"))
    second = world.mark(world.hand_in(lab, add_student("Kim")), world.graded("0"))
    return first, second


@pytest.fixture
def mended(lab, professor, two):
    revision = services.revise(
        lab=lab,
        by=professor,
        stream=io.BytesIO(world.lab_source(hidden="assert double(0) == 0")),
        filename="doubling.ipynb",
    )
    world.checked(revision)
    lab.refresh_from_db()
    return revision


def run(regrade, points: dict[int, str] | str) -> None:
    """Mark what the regrade asked for: points by submission, "!" for one that cannot be marked."""
    for grading in Grading.objects.filter(regrade=regrade, state="waiting").order_by("pk"):
        value = points if isinstance(points, str) else points[grading.submission_id]
        problem = {"code": "broken", "template": "It broke.", "hint": "", "params": {}} if value == "!" else None
        services.start_grading(grading=grading)
        services.record_grading(
            grading=grading, graded=world.graded("0" if problem else value, problem=problem), answers={}
        )
        Job.objects.filter(pk=grading.job_id).delete()
    regrade.refresh_from_db()


def points(submission) -> Decimal:
    return services.points_of(Submission.objects.get(pk=submission.pk)).total


def test_nothing_changes_until_it_is_applied(lab, two, mended, assistant):
    regrade = services.start_regrade(lab=lab, by=assistant)
    assert regrade.revision == mended
    assert {job.priority for job in Job.objects.filter(task="labs.mark_submission")} == {-5}
    assert regrade.state == "running"
    run(regrade, "4")
    assert regrade.state == "ready"
    assert [points(one) for one in two] == [D(4), D(0)]
    assert Submission.objects.get(pk=two[0].pk).state == "marked"
    assert services.apply(regrade=regrade, by=assistant) == 1, "one earns what it earned before"
    assert [points(one) for one in two] == [D(4), D(4)]
    regrade.refresh_from_db()
    assert regrade.state == "applied"
    assert {one.grading.revision_id for one in Submission.objects.all()} == {mended.pk}


def test_the_preview_shows_whose_points_change_and_where(lab, two, mended, assistant):
    regrade = services.start_regrade(lab=lab, by=assistant)
    found = services.preview(regrade)
    assert (found.done, found.total) == (0, 2)
    assert all(row.after is None for row in found.rows)
    run(regrade, {two[0].pk: "1", two[1].pk: "0"})
    found = services.preview(regrade)
    assert (found.done, found.n_up, found.n_down, found.n_same) == (2, 0, 1, 1)
    worst, same = found.rows
    assert (worst.submission, worst.before, worst.after, worst.difference) == (two[0], D(4), D(1), D(-3))
    assert [question.id for question in worst.questions if question.changed] == ["test_double"]
    assert not same.changed


def test_marks_by_people_stand_in_a_preview_and_after(lab, two, mended, assistant):
    services.give_mark(submission=two[0], question="why", by=assistant, points=3)
    regrade = services.start_regrade(lab=lab, by=assistant)
    run(regrade, "4")
    assert services.preview(regrade).rows[0].submission == two[1]
    services.apply(regrade=regrade, by=assistant)
    assert points(two[0]) == D(7)


def test_one_that_cannot_be_marked_again_keeps_its_points(lab, two, mended, assistant):
    regrade = services.start_regrade(lab=lab, by=assistant)
    run(regrade, {two[0].pk: "!", two[1].pk: "4"})
    found = services.preview(regrade)
    assert (regrade.state, found.n_failed) == ("ready", 1)
    assert next(row for row in found.rows if row.submission == two[0]).problem == "It broke."
    assert services.apply(regrade=regrade, by=assistant) == 1
    assert points(two[0]) == D(4)
    assert Submission.objects.get(pk=two[0].pk).state == "marked"


def test_some_are_chosen(lab, two, mended, assistant):
    regrade = services.start_regrade(lab=lab, by=assistant, submissions=[two[1]])
    assert [one.submission for one in regrade.gradings.all()] == [two[1]]
    run(regrade, "4")
    services.apply(regrade=regrade, by=assistant)
    assert Submission.objects.get(pk=two[0].pk).grading.revision.number == 1


def test_what_was_handed_in_meanwhile_is_marked_under_the_revision_too(lab, two, mended, assistant, add_student):
    old = Lab.objects.get(pk=lab.pk)
    Lab.objects.filter(pk=lab.pk).update(current=lab.revisions.get(number=1))
    regrade = services.start_regrade(lab=old, by=assistant, revision=mended)
    newcomer = world.mark(world.hand_in(Lab.objects.get(pk=lab.pk), add_student("Park")))
    under_new = Lab.objects.get(pk=lab.pk)
    Lab.objects.filter(pk=lab.pk).update(current=mended)
    run(regrade, "4")
    assert services.preview(regrade).n_came_meanwhile == 1
    services.apply(regrade=regrade, by=assistant)
    extra = Grading.objects.get(submission=newcomer, state="waiting")
    assert (extra.revision, extra.regrade) == (mended, None)
    assert under_new.pk == lab.pk


def test_one_that_was_marked_again_later_is_left_alone(lab, two, mended, assistant):
    regrade = services.start_regrade(lab=lab, by=assistant)
    services.regrade_now(submission=two[0], by=assistant)
    later = Grading.objects.get(submission=two[0], regrade__isnull=True, state="waiting")
    services.start_grading(grading=later)
    services.record_grading(grading=later, graded=world.graded("2"), answers={})
    run(regrade, "0")
    assert next(row for row in services.preview(regrade).rows if row.submission == two[0]).skipped
    assert services.apply(regrade=regrade, by=assistant) == 0, "the other earns what it earned before"
    assert points(two[0]) == D(2)


def test_a_cancelled_one_leaves_everything_and_marks_no_further(lab, two, mended, assistant):
    regrade = services.start_regrade(lab=lab, by=assistant)
    services.cancel(regrade=regrade, by=assistant)
    assert [points(one) for one in two] == [D(4), D(0)]
    assert not Job.objects.filter(task="labs.mark_submission").exists()
    assert services.under_way(lab) is None
    with pytest.raises(RegradeRefused):
        services.apply(regrade=regrade, by=assistant)
    with pytest.raises(RegradeRefused):
        services.cancel(regrade=regrade, by=assistant)


def test_one_at_a_time_and_only_when_it_is_ready(lab, two, mended, assistant):
    regrade = services.start_regrade(lab=lab, by=assistant)
    with pytest.raises(RegradeRefused, match="still runs"):
        services.apply(regrade=regrade, by=assistant)
    with pytest.raises(RegradeRefused, match="under way"):
        services.start_regrade(lab=lab, by=assistant)


def test_a_revision_that_cannot_mark_and_an_empty_class_are_refused(lab, professor, assistant):
    with pytest.raises(RegradeRefused, match="no submission"):
        services.start_regrade(lab=lab, by=assistant)
    revision = services.revise(lab=lab, by=professor, stream=io.BytesIO(world.lab_source()), filename="a.ipynb")
    with pytest.raises(RegradeRefused, match="cannot mark"):
        services.start_regrade(lab=lab, by=assistant, revision=revision)


def test_every_attempt_is_marked_again_where_the_best_counts(lab, student, assistant):
    for reason in ("1", "2"):
        world.mark(world.hand_in(lab, student, world.answered(why=reason)))
    assert services.start_regrade(lab=lab, by=assistant).gradings.count() == 1
    Lab.objects.update(counting="best")
    services.cancel(regrade=services.under_way(lab), by=assistant)
    assert services.start_regrade(lab=Lab.objects.get(), by=assistant).gradings.count() == 2


# --- one at once ----------------------------------------------------------------------------------------------


def test_one_is_marked_again_at_once_and_keeps_its_points_meanwhile(lab, two, assistant):
    services.regrade_now(submission=two[1], by=assistant)
    assert points(two[1]) == D(0)
    with pytest.raises(RegradeRefused):
        services.regrade_now(submission=two[1], by=assistant)
    world.mark(two[1], world.graded("4"))
    assert points(two[1]) == D(4)


def test_a_submission_that_could_not_be_marked_comes_back(lab, student, assistant):
    problem = {"code": "broken", "template": "It broke.", "hint": "", "params": {}}
    submission = world.mark(world.hand_in(lab, student), world.graded(problem=problem))
    assert submission.state == "refused"
    services.regrade_now(submission=submission, by=assistant)
    submission.refresh_from_db()
    assert submission.state == "waiting"
    world.mark(submission)
    assert submission.state == "marked"
    assert points(submission) == D(4)


def test_one_whose_second_marking_fails_keeps_the_first(lab, two, assistant):
    services.regrade_now(submission=two[0], by=assistant)
    problem = {"code": "broken", "template": "It broke.", "hint": "", "params": {}}
    world.mark(two[0], world.graded(problem=problem))
    assert two[0].state == "marked"
    assert points(two[0]) == D(4)
