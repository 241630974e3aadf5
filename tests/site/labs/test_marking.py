"""A grading's life, step by step, as workers live it."""

from __future__ import annotations

import pytest
from django.utils import timezone
from tests.site import world

from seodang.grade.results import Flag, Severity
from seodang.run.errors import SandboxUnavailable
from seodang.site.jobs.errors import LeaseLost
from seodang.site.jobs.models import Announcement, Job
from seodang.site.labs import services
from seodang.site.labs.models import Grading, Mark, Submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(lab, student) -> Submission:
    return world.hand_in(lab, student)


def reread(submission) -> Submission:
    return Submission.objects.select_related("grading", "lab__course", "user").get(pk=submission.pk)


def test_marking_goes_from_waiting_over_marking_to_marked(waiting):
    assert services.start_grading(grading=waiting.grading)
    assert reread(waiting).state == "marking"
    services.record_grading(grading=waiting.grading, graded=world.graded(), answers={"why": "a" * 64})
    found = reread(waiting)
    assert (found.state, found.grading.state, found.grading.points) == ("marked", "done", 4)
    assert found.grading.answers == {"why": "a" * 64}
    assert services.notebook_of(found.grading)["nbformat"] == 4
    assert services.graded_of(found.grading).points == 4


def test_staff_and_the_student_hear_of_each_step(lab, waiting, student):
    Announcement.objects.all().delete()
    services.start_grading(grading=waiting.grading)
    assert {lab.topic, lab.topic_of(student)} <= set(Announcement.objects.values_list("topic", flat=True))
    Announcement.objects.all().delete()
    services.record_grading(grading=waiting.grading, graded=world.graded())
    assert {lab.topic, lab.topic_of(student)} <= set(Announcement.objects.values_list("topic", flat=True))


def test_what_is_recorded_twice_is_recorded_once(waiting, own_storage, django_capture_on_commit_callbacks):
    services.start_grading(grading=waiting.grading)
    services.record_grading(grading=waiting.grading, graded=world.graded("4"))
    again = Grading.objects.get(pk=waiting.grading_id)
    assert not services.start_grading(grading=again)
    with django_capture_on_commit_callbacks(execute=True):
        services.record_grading(grading=again, graded=world.graded("0"))
    assert Grading.objects.get().points == 4
    assert len([path for path in (own_storage / "labs").rglob("gradings/*") if path.is_file()]) == 1


def test_a_stale_worker_changes_nothing_and_leaves_no_file(waiting, own_storage):
    services.start_grading(grading=waiting.grading)
    files = sorted(path for path in own_storage.rglob("*") if path.is_file())
    with pytest.raises(LeaseLost):
        services.record_grading(grading=waiting.grading, graded=world.graded(), still_mine=lambda: False)
    assert reread(waiting).state == "marking"
    assert sorted(path for path in own_storage.rglob("*") if path.is_file()) == files


def test_one_that_cannot_be_marked_is_refused_with_its_reason(waiting):
    problem = {
        "code": "image_lacks",
        "template": "“%(name)s” is not here.",
        "hint": "",
        "params": {"name": "torch"},
    }
    world.mark(waiting, world.graded(problem=problem))
    found = reread(waiting)
    assert (found.state, found.grading.state) == ("refused", "failed")
    assert found.grading.problem_texts[0] == "“torch” is not here."


def test_while_no_sandbox_holds_it_waits_with_the_reason_and_comes_again(lab, waiting, student):
    job = waiting.grading.job_id
    Job.objects.filter(pk=job).update(state="running")
    services.start_grading(grading=waiting.grading)
    error = SandboxUnavailable("bubblewrap is not installed.", hint="apt install bubblewrap")
    services.let_wait(grading=waiting.grading, error=error, delay_seconds=30)
    found = reread(waiting)
    assert (found.state, found.grading.state) == ("waiting", "waiting")
    assert found.grading.problem_texts == ("bubblewrap is not installed.", "apt install bubblewrap")
    assert found.grading.job_id != job
    assert Job.objects.get(pk=found.grading.job_id).run_after > timezone.now()
    assert "cannot mark right now" in services.progress_of(found).reason
    assert "bubblewrap" not in repr(services.progress_of(found))
    services.start_grading(grading=found.grading)
    assert reread(waiting).grading.problem is None


def test_a_job_that_was_given_up_refuses_the_submission(waiting):
    services.start_grading(grading=waiting.grading)
    services.given_up(grading=waiting.grading, reason="killed")
    found = reread(waiting)
    assert found.state == "refused"
    assert "costs no attempt" in found.grading.problem_texts[1]


# --- marks that carry over ------------------------------------------------------------------------------------


def test_a_mark_goes_over_to_a_new_attempt_with_the_same_answer(lab, student, assistant):
    item = services.add_item(lab=lab, question="why", by=assistant, text="Too short", points=-1)
    first = world.mark(world.hand_in(lab, student))
    services.give_mark(submission=first, question="why", by=assistant, items=[item], comment="Say more.")
    second = world.mark(world.hand_in(lab, student, world.answered(double="return x + x")))
    mark = Mark.objects.get(submission=second)
    assert (mark.source, mark.comment, list(mark.items.all())) == ("carried", "Say more.", [item])
    assert mark.marked_by == assistant
    question = services.points_of(second).question("why")
    assert (question.points, question.is_carried) == (2, True)


def test_a_changed_answer_waits_for_a_person_again(lab, student, assistant):
    first = world.mark(world.hand_in(lab, student))
    services.give_mark(submission=first, question="why", by=assistant, points=2)
    second = world.hand_in(lab, student, world.answered(why="Another reason"))
    world.mark(second, answers={"why": "c" * 64})
    assert not Mark.objects.filter(submission=second).exists()
    assert services.points_of(second).question("why").waits


def test_a_mark_goes_over_an_attempt_in_between(lab, student, assistant):
    first = world.mark(world.hand_in(lab, student, world.answered(why="1")), answers={"why": "a" * 64})
    services.give_mark(submission=first, question="why", by=assistant, points=2)
    world.mark(world.hand_in(lab, student, world.answered(why="2")), answers={"why": "b" * 64})
    third = world.mark(world.hand_in(lab, student, world.answered(why="3")), answers={"why": "a" * 64})
    assert Mark.objects.get(submission=third).points == 2


def test_nobody_elses_mark_carries_over(lab, student, add_student, assistant):
    first = world.mark(world.hand_in(lab, student))
    services.give_mark(submission=first, question="why", by=assistant, points=2)
    other = world.mark(world.hand_in(lab, add_student("Kim")))
    assert not other.marks.exists()


def test_answers_are_told_apart_by_what_was_written_and_not_by_blanks(lab):
    from seodang.grade.merge import merge
    from seodang.grade.notebook import read_notebook

    source = services.read_lab(lab.current)

    def digests(**answers):
        return services.answer_digests(
            source, merge(source, read_notebook(world.answered(**answers), name="a.ipynb"))
        )

    one = digests()
    assert set(one) == {"test_double", "why", "own"}
    assert digests(why="Adding it to itself doubles it.  \n")["why"] == one["why"]
    assert digests(why="Something else.")["why"] != one["why"]
    assert digests(double="return x + x")["test_double"] != one["test_double"]
    assert digests(own="print(1)")["own"] != one["own"]
    assert digests(own="print(1)")["why"] == one["why"]


def lacking(*cells: int) -> tuple[Flag, ...]:
    return tuple(Flag("missing_package", Severity.INFO, "…", cell=f"#{cell}") for cell in cells)


def test_what_asked_for_a_package_that_is_not_there_costs_no_attempt(lab, student):
    type(lab).objects.update(attempts_limit=1)
    lab.refresh_from_db()
    first = world.hand_in(lab, student)
    services.record_grading(grading=first.grading, graded=world.graded(flags=lacking(1)))
    assert services.attempts_left(lab=lab, user=student) == 1
    second = world.hand_in(lab, student, world.answered(double="return x + x"))
    services.record_grading(grading=second.grading, graded=world.graded())
    assert services.attempts_left(lab=lab, user=student) == 0
    assert [reread(one).state for one in (first, second)] == ["marked", "marked"], "the earlier one stands"


def test_a_cell_that_asks_for_what_is_not_there_gives_nobody_attempts_without_end(lab, student):
    type(lab).objects.update(attempts_limit=2)
    lab.refresh_from_db()
    left = []
    for number in range(5):
        one = world.hand_in(lab, student, world.answered(double=f"return {number}"))
        services.record_grading(grading=one.grading, graded=world.graded(flags=lacking(1)))
        left.append(services.attempts_left(lab=lab, user=student))
    assert left == [2, 2, 2, 1, 0]
