"""Handing in: the file first, then the rules, then row, grading and job together."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.utils import timezone
from tests.site import world

from seodang.grade.errors import SubmissionRefused
from seodang.site.jobs.models import Job
from seodang.site.labs import services
from seodang.site.labs.errors import AttemptsUsedUp, Closed, LabNotReady, NotOpen, SameFile
from seodang.site.labs.models import Grading, Lab, Submission
from seodang.site.web.errors import FileTooLarge, StorageFailed

pytestmark = pytest.mark.django_db


def change(lab, **fields):
    Lab.objects.filter(pk=lab.pk).update(**fields)
    return Lab.objects.get(pk=lab.pk)


def test_what_is_handed_in_waits_with_its_grading_and_its_job(lab, student):
    made = world.hand_in(lab, student)
    assert (made.attempt, made.state, made.filename) == (1, "waiting", "doubling.ipynb")
    grading = Grading.objects.get()
    assert made.grading == grading
    assert grading.revision == lab.current
    job = Job.objects.get(task="labs.mark_submission")
    assert job.arguments == {"grading_id": grading.pk}
    assert grading.job_id == job.pk
    assert services.place_in_queue(made) == 1
    with made.file.open("rb") as file:
        assert file.read() == world.answered()


def test_attempts_are_counted_for_each_student_apart(lab, student, add_student):
    other = add_student("Kim")
    numbers = [
        world.hand_in(lab, user, world.answered(why=f"Reason {number}")).attempt
        for number, user in enumerate([student, other, student, student, other])
    ]
    assert numbers == [1, 1, 2, 3, 2]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"not a notebook", "not_a_notebook"),
        (b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}', "no_cells"),
        (b'{"cells": [\xff\xfe], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}', "not_utf8"),
        (world.notebook([{"cell_type": "code", "metadata": {}, "source": "1", "outputs": []}]), "another_lab"),
        (b"PK\x03\x04", "not_a_notebook"),
    ],
)
def test_a_wrong_file_costs_nothing_and_leaves_earlier_attempts(lab, student, own_storage, content, code):
    change(lab, attempts_limit=2)
    first = world.hand_in(lab, student)
    before = sorted(path for path in own_storage.rglob("*") if path.is_file())
    with pytest.raises(SubmissionRefused) as refused:
        world.hand_in(lab, student, content)
    assert refused.value.code == code
    assert refused.value.hint
    assert list(Submission.objects.all()) == [first]
    assert services.attempts_left(lab=Lab.objects.get(), user=student) == 1
    assert sorted(path for path in own_storage.rglob("*") if path.is_file()) == before


def test_a_file_above_the_sites_limit_is_refused(lab, student, settings):
    settings.UPLOAD_BYTES = 100
    with pytest.raises(FileTooLarge) as refused:
        world.hand_in(lab, student)
    assert "outputs" in refused.value.hint


def test_a_full_disk_leaves_no_row(lab, student, monkeypatch):
    def full(*_given, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", full)
    with pytest.raises(StorageFailed):
        world.hand_in(lab, student)
    assert not Submission.objects.exists()
    assert not Job.objects.filter(task="labs.mark_submission").exists()


def test_the_very_same_file_is_refused_with_the_attempt_it_was(lab, student):
    world.hand_in(lab, student)
    with pytest.raises(SameFile) as refused:
        world.hand_in(lab, student)
    assert refused.value.code == "same_file"
    assert "attempt 1" in str(refused.value)


def test_the_same_file_may_come_again_after_another_or_after_it_could_not_be_marked(lab, student):
    world.hand_in(lab, student)
    world.hand_in(lab, student, world.answered(why="Another reason"))
    assert world.hand_in(lab, student).attempt == 3
    Submission.objects.filter(attempt=3).update(state="refused")
    Submission.objects.filter(attempt=2).update(state="refused")
    Submission.objects.filter(attempt=1).update(state="refused")
    assert world.hand_in(lab, student).attempt == 4


def test_nothing_is_taken_before_the_opening_nor_from_a_lab_that_is_not_shown(lab, student):
    with pytest.raises(NotOpen):
        world.hand_in(change(lab, opens_at=timezone.now() + timedelta(hours=1)), student)
    lab = change(lab, opens_at=timezone.now() - timedelta(hours=1), state="ready")
    with pytest.raises(NotOpen):
        world.hand_in(lab, student)


def test_work_is_taken_up_to_the_last_late_day_and_not_after(lab, student):
    lab = change(lab, due_at=timezone.now() - timedelta(days=3, seconds=-30), late_days=3)
    assert world.hand_in(lab, student).attempt == 1
    lab = change(lab, due_at=timezone.now() - timedelta(days=3, seconds=30))
    with pytest.raises(Closed):
        world.hand_in(lab, student, world.answered(why="Too late"))


def test_an_extension_lets_one_student_in_after_the_close(lab, student, assistant, add_student):
    lab = change(lab, due_at=timezone.now() - timedelta(days=4), late_days=0)
    services.set_extension(lab=lab, user=student, by=assistant, days=5, reason="ill")
    assert world.hand_in(lab, student).attempt == 1
    with pytest.raises(Closed):
        world.hand_in(lab, add_student("Kim"))


def test_an_extension_ends_to_the_second_where_the_page_says(lab, student, assistant):
    services.set_extension(lab=lab, user=student, by=assistant, days=2)
    deadline = services.deadline(lab=lab, user=student)
    for seconds, days in ((0, 0), (1, 1)):
        at = deadline.grace_until + timedelta(seconds=seconds)
        assert services.late_days(deadline=deadline, at=at) == days
    assert world.hand_in(lab, student, received_at=deadline.closes_at).attempt == 1
    with pytest.raises(Closed):
        world.hand_in(lab, student, received_at=deadline.closes_at + timedelta(seconds=1))


def test_the_clock_is_that_of_the_files_arrival(lab, student):
    at = lab.due_at - timedelta(seconds=1)
    lab = change(lab, due_at=timezone.now() - timedelta(minutes=5), late_days=0)
    arrived = lab.due_at - timedelta(seconds=1)
    assert world.hand_in(lab, student, received_at=arrived).submitted_at == arrived
    assert at != arrived


def test_the_limit_of_attempts_leaves_out_those_that_could_not_be_marked(lab, student):
    lab = change(lab, attempts_limit=2)
    world.hand_in(lab, student)
    Submission.objects.update(state="refused")
    world.hand_in(lab, student, world.answered(why="Two"))
    world.hand_in(lab, student, world.answered(why="Three"))
    with pytest.raises(AttemptsUsedUp) as refused:
        world.hand_in(lab, student, world.answered(why="Four"))
    assert "2 times" in str(refused.value)


def test_only_students_hand_in(lab, assistant, professor, outsider):
    for user in (assistant, professor, outsider):
        with pytest.raises(PermissionDenied):
            world.hand_in(lab, user)


def test_a_lab_without_a_notebook_takes_nothing(lab, student):
    change(lab, current=None)
    with pytest.raises(LabNotReady):
        world.hand_in(Lab.objects.get(), student)


def test_a_check_keeps_nothing(lab, tmp_path):
    path = tmp_path / "mine.ipynb"
    path.write_bytes(world.answered())
    merged = services.check_submission(lab=lab, path=path, filename="mine.ipynb")
    assert not merged.missing
    assert not Submission.objects.exists()


def test_file_names_of_strangers_become_one_printable_line(lab, student):
    made = services.submit(
        lab=lab,
        user=student,
        stream=world.upload(world.answered()),
        filename="../../etc/\u202epasswd\n.ipynb",
    )
    assert made.filename == "passwd.ipynb"
    assert "passwd" not in made.file.name


def test_progress_tells_place_then_cells_then_why_it_waits(lab, student, add_student):
    world.hand_in(lab, add_student("Kim"))
    made = world.hand_in(lab, student)
    assert services.progress_of(made).place == 2
    job = Job.objects.get(pk=made.grading.job_id)
    job.state, job.progress = "running", {"done": 2, "total": 5, "text": ""}
    job.save()
    found = services.progress_of(made)
    assert (found.place, found.done, found.total) == (0, 2, 5)
    world.mark(made)
    assert services.progress_of(made) is None
    assert services.place_in_queue(made) is None


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_one_ordinal_each(course, professor, student):
    lab = world.make_lab(course)
    problems: list[Exception] = []

    def enter(number: int) -> None:
        try:
            world.hand_in(Lab.objects.get(pk=lab.pk), student, world.answered(why=f"Reason {number}"))
        except Exception as error:  # seen below
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=enter, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(Submission.objects.values_list("attempt", flat=True)) == list(range(1, 13))
    assert Job.objects.filter(task="labs.mark_submission").count() == 12


def test_no_job_holds_anything_but_numbers(lab, student):
    world.hand_in(lab, student)
    for job in Job.objects.all():
        assert all(isinstance(value, int) for value in job.arguments.values()), json.dumps(job.arguments)
