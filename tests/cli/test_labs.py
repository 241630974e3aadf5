"""`seodang labs` against a real server: what a student and a teacher type, and what they read."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from tests.cli.test_competitions import shell  # noqa: F401
from tests.cli.test_competitions import shell as _competitions_shell
from tests.client.conftest import (  # noqa: F401
    assistant,
    course,
    empty_cache,
    make_user,
    own_home,
    professor,
    quick_password_hashes,
    student,
    token_of,
)
from tests.site import world

from seodang.site.labs import services, tasks
from seodang.site.labs.models import Lab, Submission

assert _competitions_shell


@pytest.fixture
def lab(course, professor):  # noqa: F811
    return world.make_lab(course, summary="Write it twice.")


@pytest.fixture
def labs(shell):  # noqa: F811
    """`labs(student, "list")`: what `seodang labs list` answers that person."""
    return lambda user, *arguments, **options: shell(user, *arguments, group="labs", **options)


@pytest.fixture
def marks(monkeypatch):
    """While the client sleeps between two questions, workers work; `marks.found` is what they find."""

    class Found:
        graded = world.graded("3")

    monkeypatch.setattr(tasks, "_graded", lambda _job, _grading: (Found.graded, {}))
    monkeypatch.setattr("seodang.client.lab.time.sleep", lambda _seconds: world.score_all())
    return Found


@pytest.fixture
def notebook(tmp_path):
    path = tmp_path / "doubling.ipynb"
    path.write_bytes(world.answered())
    return str(path)


def test_list_and_show(labs, student, lab, assistant):  # noqa: F811
    services.set_extension(lab=lab, user=student, by=assistant, days=2)
    assert "deep-learning/doubling" in labs(student, "list").output
    told = labs(student, "show", "doubling").output
    assert "2 days longer for you" in told
    assert "Try something of your own." in told
    (listed,) = json.loads(labs(student, "list", "--json").stdout)
    assert listed["slug"] == "doubling"
    assert json.loads(labs(student, "show", "doubling", "--json").stdout)["deadline"]["extension_days"] == 2


def test_the_list_says_what_is_closed_and_goes_by_ones_own_dates(labs, student, lab, assistant):  # noqa: F811
    def listed() -> str:
        return next(line for line in labs(student, "list").output.splitlines() if "doubling" in line)

    assert "open" in listed()
    due = timezone.now().replace(microsecond=0) - timedelta(days=lab.late_days, hours=1)
    Lab.objects.update(due_at=due, opens_at=due - timedelta(days=9), grace_minutes=0)
    assert "closed" in listed()
    (told,) = json.loads(labs(student, "list", "--json").stdout)
    assert (told["is_open"], told["is_closed"]) == (False, True)
    services.set_extension(lab=lab, user=student, by=assistant, days=2)
    assert "open" in listed()
    own = due.astimezone(lab.course.tz) + timedelta(days=2)
    (told,) = json.loads(labs(student, "list", "--json").stdout)
    assert datetime.fromisoformat(told["deadline"]["extended_due_at"]) == own
    Lab.objects.update(opens_at=timezone.now() + timedelta(days=1))
    assert "not open yet" in listed()


def test_nothing_to_list(labs, student, course):  # noqa: F811
    assert "none" in labs(student, "list").stderr
    assert json.loads(labs(student, "list", "--json").stdout) == []


def test_download_brings_the_notebook_and_leaves_ones_own_work(labs, student, lab, tmp_path):  # noqa: F811
    folder = tmp_path / "week"
    labs(student, "download", "doubling", "--to", str(folder))
    path = folder / "doubling.ipynb"
    assert b"double" in path.read_bytes()
    labs(student, "download", "doubling", "--to", str(folder))
    path.write_bytes(b"my work")
    refused = labs(student, "download", "doubling", "--to", str(folder), status=1)
    assert "may hold your work" in refused.stderr
    assert path.read_bytes() == b"my work"
    assert "no file" in labs(student, "download", "doubling", "other.csv", status=1).stderr


def test_download_keeps_folders_and_never_leaves_the_one_named(labs, student, course, professor, tmp_path):  # noqa: F811
    import io

    from seodang.client.lab import inside

    world.make_lab(course, data={"images/cat.txt": io.BytesIO(b"meow")})
    labs(student, "download", "doubling", "--to", str(tmp_path))
    assert (tmp_path / "images" / "cat.txt").read_bytes() == b"meow"
    for name in ("../../etc/passwd", "/etc/passwd", "..", "a/../../b"):
        assert inside(tmp_path, name).resolve().is_relative_to(tmp_path)


def test_submit_waits_and_prints_points_per_question(labs, student, lab, notebook, marks):  # noqa: F811
    told = labs(student, "submit", "doubling", notebook)
    assert "Attempt 1 is taken." in told.stderr
    assert "It is next." in told.stderr
    assert "3 / 4" in told.stdout
    assert "3 of 9 points" in told.stdout
    assert "negative numbers" not in told.stdout  # whether a hidden test passed is not told
    assert "/labs/doubling/submissions/1/" in told.stdout


def test_submit_for_programs(labs, student, lab, notebook, marks):  # noqa: F811
    told = json.loads(labs(student, "submit", "doubling", notebook, "--no-wait", "--json").stdout)
    assert (told["attempt"], told["state"]) == (1, "waiting")
    world.score_all()
    told = json.loads(labs(student, "points", "doubling", "--json").stdout)
    assert (told["points"], told["complete"]) == (3, False)


def test_a_refused_file_says_what_to_do_and_costs_nothing(labs, student, lab, tmp_path, notebook):  # noqa: F811
    wrong = tmp_path / "wrong.ipynb"
    wrong.write_bytes(b"%PDF-1.7")
    refused = labs(student, "submit", "doubling", str(wrong), status=1)
    assert "PDF" in refused.stderr
    assert ".ipynb" in refused.stderr
    assert labs(student, "submit", "doubling", str(tmp_path / "missing.ipynb"), status=1).stderr
    assert not Submission.objects.exists()
    told = json.loads(labs(student, "submit", "doubling", str(wrong), "--json", status=1).stdout)
    assert told["error"]["code"] == "not_a_notebook"


def test_one_that_could_not_be_marked_fails_and_says_why(labs, student, lab, notebook, marks):  # noqa: F811
    marks.graded = world.graded(problem={"code": "x", "template": "It broke.", "hint": "Mend it.", "params": {}})
    told = labs(student, "submit", "doubling", notebook, status=1).stdout
    assert "cost no attempt" in told
    assert "It broke." in told
    assert "Mend it." in told


def test_status_and_points_of_each_attempt(labs, student, lab, tmp_path):  # noqa: F811
    assert "nothing yet" in labs(student, "status", "doubling").stderr
    assert "labs submit" in labs(student, "points", "doubling", status=1).stderr
    for number, found in enumerate(("1", "4")):
        content = world.answered(why=f"Reason {number}")
        world.mark(
            world.hand_in(lab, student, content, received_at=lab.due_at + timedelta(hours=1)), world.graded(found)
        )
    told = labs(student, "status", "doubling").stdout
    assert "#1" in told
    assert "#2" in told
    assert "0.9 / 9" in labs(student, "status", "doubling").stdout
    assert "1 late day: −0.4" in labs(student, "points", "doubling").stdout
    assert "0.9 of 9 points" in labs(student, "points", "doubling", "1").stdout


def test_hidden_points_are_promised(labs, student, lab):  # noqa: F811
    Lab.objects.update(points_shown="released")
    world.mark(world.hand_in(lab, student))
    assert "release" in labs(student, "points", "doubling").stdout


def test_korean(labs, student, lab):  # noqa: F811
    from django.utils import translation

    world.mark(world.hand_in(lab, student))
    with translation.override("ko"):
        assert "문항" in labs(student, "points", "doubling").stdout


# --- staff ----------------------------------------------------------------------------------------------------


def test_a_lab_is_created_checked_and_published(labs, professor, student, course, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(
        "seodang.client.lab.time.sleep", lambda _seconds: world.checked(Lab.objects.get().revisions.first())
    )
    source = tmp_path / "doubling.ipynb"
    source.write_bytes(world.lab_source())
    data = tmp_path / "points.csv"
    data.write_text("x\n")
    options = ["--course", "deep-learning", "--due", "2099-12-01 23:59", "--data", str(data), "--publish"]
    told = labs(professor, "create", str(source), *options)
    assert "published" in told.stdout
    assert "points.csv" in json.dumps([row["name"] for row in _files(labs, student)])
    assert labs(professor, "create", str(source), *options[:2], "--due", "soon", status=2)


def _files(labs, user):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return json.loads(labs(user, "download", "doubling", "--to", folder, "--json").stdout)


def test_a_doubtful_lab_is_told_and_published_only_knowingly(labs, professor, course, tmp_path, monkeypatch):  # noqa: F811
    def check(_seconds):
        revision = Lab.objects.get().revisions.first()
        found = {"template": "The solution earns %(points)s points.", "params": {"points": "1"}}
        services.record_check(revision=revision, report={"findings": [found]}, holds=False)

    monkeypatch.setattr("seodang.client.lab.time.sleep", check)
    source = tmp_path / "doubling.ipynb"
    source.write_bytes(world.lab_source())
    options = ["--course", "deep-learning", "--due", "2099-12-01 23:59", "--publish"]
    told = labs(professor, "create", str(source), *options, status=1)
    assert "The solution earns 1 points." in told.stderr
    assert "published" not in told.stdout.replace("not published", "")
    assert labs(professor, "publish", "doubling", status=1).stderr
    assert "published" in labs(professor, "publish", "doubling", "--accept").stdout


def test_a_broken_source_names_its_cells(labs, professor, course, tmp_path):  # noqa: F811
    source = tmp_path / "doubling.ipynb"
    source.write_bytes(world.lab_source().replace(b"### END SOLUTION", b""))
    refused = labs(professor, "create", str(source), "--course", "deep-learning", "--due", "2099-12-01", status=1)
    assert refused.stderr.count("Cell double") == 1


def test_a_mended_notebook_and_a_regrade(labs, professor, student, lab, tmp_path, monkeypatch, marks):  # noqa: F811
    world.mark(world.hand_in(lab, student), world.graded("1"))
    source = tmp_path / "doubling.ipynb"
    source.write_bytes(world.lab_source(hidden="assert double(0) == 0"))
    monkeypatch.setattr(
        "seodang.client.lab.time.sleep", lambda _seconds: world.checked(lab.revisions.order_by("-number").first())
    )
    assert "checked" in labs(professor, "revise", "doubling", str(source), "--note", "fairer").stdout
    monkeypatch.setattr("seodang.client.lab.time.sleep", lambda _seconds: world.score_all())
    told = labs(professor, "regrade", "doubling", "--apply").stdout
    assert "1 gain, 0 lose, 0 stay" in told
    assert "applied" in told
    assert services.points_of(Submission.objects.get()).total == 3


def test_progress_release_and_marks(labs, professor, assistant, student, lab, tmp_path):  # noqa: F811
    world.mark(world.hand_in(lab, student))
    told = labs(assistant, "progress", "doubling").stdout
    assert "2026001" in told
    assert "1 of 1 handed in" in told
    assert labs(assistant, "release", "doubling", status=1).stderr
    assert "all points" in labs(professor, "release", "doubling").stdout
    path = tmp_path / "marks.csv"
    labs(assistant, "marks", "doubling", "-o", str(path))
    assert path.read_text("utf-8-sig").startswith("student_number,")
    assert labs(student, "progress", "doubling", status=1).stderr


def test_what_is_not_there_is_said(labs, student, lab):  # noqa: F811
    assert "no lab named" in labs(student, "show", "nothing", status=1).stderr
    Lab.objects.update(due_at=timezone.now() - timedelta(days=30))
    assert json.loads(labs(student, "show", "nothing", "--json", status=1).stdout)["error"]["code"] == "not_found"
