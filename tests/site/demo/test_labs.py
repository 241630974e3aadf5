"""The demo's labs: marked for real where a sandbox holds, and honest where none does."""

from __future__ import annotations

import importlib
import json

import pytest
from django.utils import timezone

from seodang.site.accounts.models import User
from seodang.site.courses import services as courses
from seodang.site.demo import cast, context, labs, notebooks
from seodang.site.jobs.models import Job, JobState
from seodang.site.jobs.worker import run_due
from seodang.site.labs import services
from seodang.site.labs.models import Lab, Submission
from seodang.site.labs.services import executors

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    backend = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path / "files"},
    }
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    importlib.import_module("seodang.site.demo.tasks")  # the demo is no installed app of the tests
    yield
    executors.close()
    executors._kept.refusal = None


@pytest.fixture
def make_class(request):
    """The demo's people, a few of them in the course, and its labs without the competitions."""

    def make(language: str, n_students: int):
        professor = User.objects.create_user(cast.PROFESSOR.email, None, name=cast.PROFESSOR.name, may_teach=True)
        course = courses.create_course(by=professor, title="Demo", slug="demo", language=language)
        for person in (cast.ASSISTANT, *cast.STUDENTS[: n_students + 1], cast.STUDENTS[labs.EXTENDED]):
            user, made = User.objects.get_or_create(email=person.email, defaults={"name": person.name})
            if made:
                courses.enroll(course=course, user=user, role=person.role)
        labs.make_labs(course, professor)
        return course

    return make


def work(times: int = 1) -> None:
    for _again in range(times):
        Job.objects.filter(state=JobState.WAITING).exclude(task__in=["jobs.purge"]).update(run_after=timezone.now())
        run_due(limit=200)


@pytest.mark.parametrize("language", ["ko"])
def test_the_past_lab_is_marked_read_released_and_compared(make_class, language, monkeypatch):
    from seodang.run.check import require_holding
    from seodang.run.errors import RunError
    from seodang.run.sandboxes import choose

    try:
        require_holding(choose("bubblewrap"))
    except RunError as error:
        pytest.skip(str(error))
    monkeypatch.setattr(labs, "HANDED_IN", {notebooks.REGRESSION: 7, notebooks.NEURON: 2})
    course = make_class(language, 7)
    work(8)
    assert not Job.objects.filter(state=JobState.FAILED).exists(), Job.objects.filter(state="failed").first().error
    past, now = (Lab.objects.get(slug=slug) for slug in (notebooks.REGRESSION, notebooks.NEURON))
    assert {lab.current.state for lab in (past, now)} == {"good"}
    assert past.released_at is not None
    assert now.released_at is None
    progress = services.class_progress(past)
    assert (progress.counts.marked, progress.counts.by_hand) == (7, 0)
    assert progress.counts.late == 1
    assert 0 < len({row.points.total for row in progress.rows if row.points}) <= 7
    report = past.similarity_reports.get()
    likeliest = services.pairs_of(report)[0]
    assert {likeliest.a.user.name, likeliest.b.user.name} == {cast.STUDENTS[4].name, cast.STUDENTS[5].name}
    assert Submission.objects.filter(lab=now).count() == 3
    assert any(labs.why_waiting()) is False
    assert course.language == language


def test_where_no_sandbox_holds_the_demo_shows_labs_that_wait_and_says_why(make_class, settings, rf, monkeypatch):
    executors.close()
    settings.SANDBOX = "none"
    monkeypatch.setattr(labs, "HANDED_IN", {notebooks.REGRESSION: 2, notebooks.NEURON: 1})
    make_class("en", 2)
    work(4)
    assert not Job.objects.filter(state=JobState.FAILED).exists()
    assert set(Lab.objects.values_list("state", flat=True)) == {"published"}
    assert set(Submission.objects.values_list("state", flat=True)) == {"waiting"}
    reason, advice = labs.why_waiting()
    assert reason
    assert advice
    shown = context.bar(rf.get("/"))
    assert (shown["demo_waits"], shown["demo_advice"]) == (reason, advice)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("slug", [notebooks.REGRESSION, notebooks.NEURON])
def test_students_get_no_solution(slug, language):
    from seodang.grade.lab import Lab as GradeLab

    lab = GradeLab.read(notebooks.source(slug, language), name="lab.ipynb")
    text = notebooks.text_of(slug, language)
    released = json.dumps(lab.release(), ensure_ascii=False)
    bodies = [body for _head, body, *_rest in notebooks.QUESTIONS[slug].values()]
    hidden = [hidden for *_rest, hidden in notebooks.QUESTIONS[slug].values()]
    for secret in (text.essay_solution, text.scheme, *bodies, *hidden):
        assert json.dumps(secret, ensure_ascii=False).strip('"') not in released
    assert all(question.title for question in lab.questions)


def test_the_same_student_hands_in_the_same_at_every_call():
    from seodang.grade.lab import Lab as GradeLab

    released = GradeLab.read(notebooks.source(notebooks.REGRESSION, "en"), name="lab.ipynb").release()
    made = [notebooks.handed_in(released, notebooks.REGRESSION, "en", number, 0) for number in range(30)]
    again = [notebooks.handed_in(released, notebooks.REGRESSION, "en", number, 0) for number in range(30)]
    assert made == again
    assert len(set(made)) > 20


@pytest.mark.parametrize("language", ["en", "ko"])
def test_of_the_whole_class_only_the_two_who_copied_are_alike(language):
    from seodang.grade import similarity
    from seodang.grade.lab import Lab as GradeLab

    slug = notebooks.REGRESSION
    released = GradeLab.read(notebooks.source(slug, language), name="lab.ipynb").release()
    made = {
        number: similarity.cells_of(json.loads(notebooks.handed_in(released, slug, language, number, 0)))
        for number in range(labs.HANDED_IN[slug])
    }
    found = similarity.compare(made, similarity.cells_of(released))
    assert [(pair.a, pair.b) for pair in found.pairs] == [(4, 5)]


@pytest.mark.parametrize("slug", [notebooks.REGRESSION, notebooks.NEURON])
def test_who_hands_in_twice_hands_in_two_files(slug):
    from seodang.grade.lab import Lab as GradeLab

    released = GradeLab.read(notebooks.source(slug, "en"), name="lab.ipynb").release()
    twice = [number for number in range(labs.HANDED_IN[slug]) if notebooks.attempts_of(number) == 2]
    assert twice
    for number in twice:
        first, second = (notebooks.handed_in(released, slug, "en", number, attempt) for attempt in range(2))
        assert first != second
