"""Making a lab, its revisions, publishing, settings, extensions, and what is handed out."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from tests.site import world

from seodang.grade.errors import LabInvalid
from seodang.site.courses import access as courses_access
from seodang.site.jobs.models import Job
from seodang.site.labs import services
from seodang.site.labs.errors import LabNotReady, NoLab, RevisionRefused, SettingRefused
from seodang.site.labs.models import Lab, LabFile, LabRevision
from seodang.site.web.errors import FolderRefused

pytestmark = pytest.mark.django_db


def zipped(files: dict[str, bytes]) -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
    made.seek(0)
    return made


@pytest.fixture
def create(course, professor):
    def make(content: bytes | io.BytesIO | None = None, filename: str = "doubling.ipynb", user=None, **options):
        stream = content if isinstance(content, io.BytesIO) else io.BytesIO(content or world.lab_source())
        return services.create_lab(
            access=courses_access.of(user or professor, course),
            stream=stream,
            filename=filename,
            **{"due_at": timezone.now() + timedelta(days=7), **options},
        )

    return make


def texts(lab, access) -> dict[str, bytes]:
    found = {}
    for file in services.files_for(lab=lab, access=access):
        with file.open() as opened:
            found[file.name] = opened.read()
    return found


# --- a new lab ------------------------------------------------------------------------------------------------


def test_a_notebook_becomes_a_draft_that_a_worker_checks(create):
    lab = create()
    revision = lab.revisions.get()
    assert (lab.title, lab.slug, lab.state, lab.current) == ("Doubling", "doubling", "draft", None)
    assert (revision.number, revision.state, revision.name) == (1, "checking", "doubling.ipynb")
    assert [(q["id"], q["kind"], q["max_points"]) for q in revision.questions] == [
        ("test_double", "autograded", "4"),
        ("why", "manual", "3"),
        ("own", "task", "2"),
    ]
    assert revision.questions[0]["checks"] == [
        {"title": "", "visible": True},
        {"title": "negative numbers", "visible": False},
    ]
    assert revision.max_points == 9
    assert Job.objects.get(task="labs.check_revision").arguments == {"revision_id": revision.pk}


def test_a_good_check_makes_it_ready_and_the_current_revision(create):
    lab = create()
    world.checked(lab.revisions.get())
    lab.refresh_from_db()
    assert (lab.state, lab.current.number, lab.current.state) == ("ready", 1, "good")


def test_a_doubtful_one_is_handed_out_only_once_accepted(create, professor, assistant):
    lab = create()
    revision = lab.revisions.get()
    with pytest.raises(RevisionRefused):
        services.accept_doubtful(revision=revision, by=professor)
    world.checked(revision, holds=False)
    with pytest.raises(LabNotReady):
        services.publish(lab=lab, by=professor)
    with pytest.raises(PermissionDenied):
        services.accept_doubtful(revision=revision, by=assistant)
    services.accept_doubtful(revision=revision, by=professor)
    services.publish(lab=lab, by=professor)
    lab.refresh_from_db()
    assert (lab.state, lab.current) == ("published", revision)
    assert LabRevision.objects.get().state == "doubtful"


def test_a_check_that_waits_for_a_sandbox_says_so_and_comes_again(create, professor):
    from seodang.run.errors import SandboxUnavailable

    lab = create()
    revision = lab.revisions.get()
    Job.objects.update(state="running")
    error = SandboxUnavailable("bubblewrap is not installed.", hint="apt install bubblewrap")
    services.record_check_waits(revision=revision, error=error, delay_seconds=30)
    revision.refresh_from_db()
    assert (revision.state, revision.problem_texts[1]) == ("checking", "apt install bubblewrap")
    assert Job.objects.filter(task="labs.check_revision", state="waiting").exists()
    services.accept_doubtful(revision=revision, by=professor)
    assert LabRevision.objects.get().state == "doubtful"


def test_a_bad_notebook_names_its_cells_and_makes_nothing(create, own_storage):
    source = world.lab_source().replace(b"### END SOLUTION", b"")
    with pytest.raises(LabInvalid) as invalid:
        create(source)
    assert "double" in str(invalid.value)
    assert not Lab.objects.exists()
    assert not any(path.is_file() for path in own_storage.rglob("*"))


def test_addresses_come_from_titles_and_give_way(create):
    assert [create(title="Week 1").slug for _ in range(2)] == ["week-1", "week-1-2"]
    assert [create(title="선형 회귀").slug for _ in range(2)] == ["lab-1", "lab-2"]
    assert [create(title="7주차: 선형 회귀").slug for _ in range(2)] == ["lab-7", "lab-7-2"]
    assert create(title="PyTorch로 배우는 CNN").slug == "pytorch-cnn"
    assert create(slug="own-address").slug == "own-address"
    for slug in ("own-address", "new", "Not An Address"):
        with pytest.raises(SettingRefused):
            create(slug=slug)


def test_only_instructors_make_labs(create, assistant, student):
    for user in (assistant, student):
        with pytest.raises(PermissionDenied):
            create(user=user)


def test_a_due_date_before_the_opening_is_refused(create):
    with pytest.raises(SettingRefused) as refused:
        create(opens_at=timezone.now(), due_at=timezone.now() - timedelta(days=1))
    assert refused.value.field == "due_at"


def test_data_files_come_beside_the_notebook(create):
    lab = create(data={"points.csv": io.BytesIO(b"x,y\n"), "images/cat.txt": io.BytesIO(b"meow")})
    files = {row.name: row for row in LabFile.objects.all()}
    assert set(files) == {"points.csv", "images/cat.txt"}
    assert files["points.csv"].size_bytes == 4
    folder = services.inputs.data_folder(lab.revisions.get())
    assert (folder / "images/cat.txt").read_bytes() == b"meow"
    assert set(services.read_lab(lab.revisions.get()).data) == {"points.csv", "images/cat.txt"}


def test_a_zip_of_a_folder_is_read_with_its_data(create):
    lab = create(zipped({"week1/doubling.ipynb": world.lab_source(), "week1/points.csv": b"x\n"}), "week1.zip")
    assert lab.title == "Doubling"
    assert LabFile.objects.get().name == "points.csv"


def test_nbgraders_own_layout_is_read(create):
    files = {
        "course/source/ps1/problem1.ipynb": world.lab_source(),
        "course/source/ps1/jupyter.png": b"png",
        "course/source/header.ipynb": world.lab_source(),
        "course/release/ps1/problem1.ipynb": world.lab_source(),
        "course/submitted/bitdiddle/ps1/problem1.ipynb": world.lab_source(),
        "course/nbgrader_config.py": b"c = get_config()",
    }
    lab = create(zipped(files), "course.zip")
    assert lab.revisions.get().name == "problem1.ipynb"
    assert LabFile.objects.get().name == "jupyter.png"


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"readme.txt": b"hello"}, NoLab),
        ({"a.ipynb": world.lab_source(), "b.ipynb": world.lab_source()}, NoLab),
        ({"../a.ipynb": world.lab_source()}, FolderRefused),
    ],
)
def test_a_zip_without_exactly_one_notebook_is_refused(create, files, error):
    with pytest.raises(error):
        create(zipped(files), "lab.zip")
    with pytest.raises(FolderRefused):
        create(io.BytesIO(b"no zip"), "lab.zip")


# --- revisions ------------------------------------------------------------------------------------------------


def test_a_mended_notebook_takes_over_once_it_is_checked_and_keeps_the_data(create, professor):
    lab = create(data={"points.csv": io.BytesIO(b"x,y\n")})
    world.checked(lab.revisions.get())
    mended = io.BytesIO(world.lab_source(hidden="assert double(0) == 0"))
    revision = services.revise(
        lab=lab, by=professor, stream=mended, filename="doubling.ipynb", note="a fairer test"
    )
    lab.refresh_from_db()
    assert (revision.number, revision.state, lab.current.number) == (2, "checking", 1)
    old, new = (row.file for row in LabFile.objects.order_by("revision__number"))
    assert old == new
    world.checked(revision)
    lab.refresh_from_db()
    assert (lab.current, lab.current.note) == (revision, "a fairer test")


def test_new_data_replaces_the_old(create, professor):
    lab = create(data={"points.csv": io.BytesIO(b"x,y\n")})
    revision = services.revise(
        lab=lab,
        by=professor,
        stream=io.BytesIO(world.lab_source()),
        filename="doubling.ipynb",
        data={"other.csv": io.BytesIO(b"z\n")},
    )
    assert [row.name for row in revision.files.all()] == ["other.csv"]


def test_a_check_that_ends_late_does_not_put_an_older_revision_back(create, professor):
    lab = create()
    first = lab.revisions.get()
    second = services.revise(
        lab=lab, by=professor, stream=io.BytesIO(world.lab_source()), filename="doubling.ipynb"
    )
    world.checked(second)
    world.checked(first)
    lab.refresh_from_db()
    assert lab.current == second
    with pytest.raises(RevisionRefused, match="taken its place"):
        services.accept_doubtful(revision=first, by=professor)


def test_what_was_handed_in_keeps_the_revision_that_marks_it(lab, student, professor):
    submission = world.hand_in(lab, student)
    revision = services.revise(
        lab=lab, by=professor, stream=io.BytesIO(world.lab_source()), filename="doubling.ipynb"
    )
    world.checked(revision)
    submission.refresh_from_db()
    assert submission.grading.revision.number == 1


# --- showing it -----------------------------------------------------------------------------------------------


def test_students_see_published_labs_and_files_from_the_opening_on(create, professor, student, outsider, course):
    lab = create(opens_at=timezone.now() + timedelta(hours=1))
    world.checked(lab.revisions.get())
    of = {user: courses_access.of(user, course) for user in (professor, student, outsider)}
    assert [Lab.objects.visible_to(of[user]).count() for user in of] == [1, 0, 0]
    services.publish(lab=lab, by=professor)
    lab.refresh_from_db()
    assert [Lab.objects.visible_to(of[user]).count() for user in of] == [1, 1, 0]
    assert [len(services.files_for(lab=lab, access=of[user])) for user in of] == [1, 0, 0]
    lab = services.update_settings(lab=lab, by=professor, opens_at=timezone.now() - timedelta(hours=1))
    assert [len(services.files_for(lab=lab, access=of[user])) for user in of] == [1, 1, 0]


def test_what_is_handed_out_holds_no_secret(lab, course, student):
    found = texts(lab, courses_access.of(student, course))
    notebook = found["doubling.ipynb"].decode()
    assert not any(secret in notebook for secret in world.SECRETS)
    assert "assert double(2) == 4" in notebook
    cells = json.loads(notebook)["cells"]
    assert cells[1]["metadata"]["nbgrader"]["checksum"]


def test_everything_comes_as_one_zip(create, professor, course):
    lab = create(data={"images/cat.txt": io.BytesIO(b"meow" * 300_000)})
    world.checked(lab.revisions.get())
    lab.refresh_from_db()
    shown = services.files_for(lab=lab, access=courses_access.of(professor, course))
    pieces = list(services.zip_of(lab=lab, shown=shown))
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as bundle:
        assert bundle.testzip() is None
        assert bundle.namelist() == ["doubling/doubling.ipynb", "doubling/images/cat.txt"]
        assert bundle.read("doubling/images/cat.txt") == b"meow" * 300_000
    assert shown[1].size_bytes == 1_200_000


def test_a_lab_with_submissions_is_neither_hidden_nor_deleted(lab, student, professor):
    world.hand_in(lab, student)
    with pytest.raises(LabNotReady):
        services.unpublish(lab=lab, by=professor)
    with pytest.raises(LabNotReady):
        services.delete_lab(lab=lab, by=professor)


def test_a_deleted_lab_leaves_no_file(create, professor, own_storage, django_capture_on_commit_callbacks):
    lab = create(data={"points.csv": io.BytesIO(b"x,y\n")})
    services.inputs.data_folder(lab.revisions.get())
    with django_capture_on_commit_callbacks(execute=True):
        services.delete_lab(lab=lab, by=professor)
    assert not Lab.objects.exists()
    assert not any(path.is_file() for path in own_storage.rglob("*"))


def test_an_unpublished_lab_is_hidden_again(lab, professor):
    services.unpublish(lab=lab, by=professor)
    lab.refresh_from_db()
    assert lab.state == "ready"


# --- settings, extensions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("grace_minutes", -1),
        ("late_days", 400),
        ("late_percent", 101),
        ("late_percent", "10"),
        ("attempts_limit", 0),
        ("counting", "first"),
        ("points_shown", "never"),
        ("due_at", "tomorrow"),
        ("due_at", timezone.now() - timedelta(days=100)),
        ("state", "published"),
        ("released_at", timezone.now()),
    ],
)
def test_a_setting_that_cannot_be_is_named(lab, professor, field, value):
    with pytest.raises(SettingRefused) as refused:
        services.update_settings(lab=lab, by=professor, **{field: value})
    assert refused.value.field == field
    assert refused.value.message


def test_settings_change_and_assistants_leave_them_alone(lab, professor, assistant):
    services.update_settings(lab=lab, by=professor, title="Twice", attempts_limit=None, counting="best")
    lab.refresh_from_db()
    assert (lab.title, lab.attempts_limit, lab.counting) == ("Twice", None, "best")
    with pytest.raises(PermissionDenied):
        services.update_settings(lab=lab, by=assistant, title="Thrice")


def test_extensions_are_for_students_of_the_course(lab, assistant, student, outsider, professor):
    made = services.set_extension(lab=lab, user=student, by=assistant, days=2, reason="ill")
    again = services.set_extension(lab=lab, user=student, by=assistant, days=3)
    assert (made.pk, again.days) == (again.pk, 3)
    found = services.deadline(lab=lab, user=student)
    assert found.extended_due_at - found.due_at == timedelta(days=3)
    for user, days in ((outsider, 1), (professor, 1), (student, 400), (student, -1)):
        with pytest.raises(SettingRefused):
            services.set_extension(lab=lab, user=user, by=assistant, days=days)
    assert services.set_extension(lab=lab, user=student, by=assistant, days=0) is None
    assert not lab.extensions.exists()
