"""A notebook with AUTOTEST lines on the site: a worker makes the tests, and only then it is handed out."""

from __future__ import annotations

import io
import json

import pytest
from django.utils import timezone
from tests.site import world

from seodang.site.courses import access as courses_access
from seodang.site.jobs import worker as workers
from seodang.site.jobs.models import Job, JobState
from seodang.site.labs import services
from seodang.site.labs.errors import RevisionRefused
from seodang.site.labs.services import executors

pytestmark = pytest.mark.django_db

TEMPLATES = (
    b"python3: {dispatch: 'type({{snippet}})', normalize: 'str({{snippet}})', "
    b'check: \'assert {{snippet}} == "{{value}}", "{{message}}"\', '
    b"templates: {default: [{test: '{{snippet}}', fail: 'our own words of {{snippet}}'}]}}"
)


@pytest.fixture(scope="module")
def sandbox():
    from seodang.run.check import require_holding
    from seodang.run.errors import RunError
    from seodang.run.sandboxes import choose

    try:
        require_holding(choose("bubblewrap"))
    except RunError as error:
        pytest.skip(str(error))
    executors._kept.refusal = None
    yield
    executors.close()


def source(line: str = "### AUTOTEST double(2)") -> bytes:
    found = json.loads(world.lab_source())
    for cell in found["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "test_double":
            cell["source"] = line
    return json.dumps(found).encode()


def checked(course, content: bytes, data=None):
    lab = world.make_lab(course, slug="other", source=world.lab_source())
    revision = services.revise(
        lab=lab, by=lab.created_by, stream=io.BytesIO(content), filename="doubling.ipynb", data=data
    )
    Job.objects.filter(state=JobState.WAITING).update(run_after=timezone.now())
    workers.run_due()
    revision.refresh_from_db()
    lab.refresh_from_db()
    return lab, revision


def test_the_check_makes_the_tests_and_the_revision_is_handed_out(sandbox, course, student):
    lab, revision = checked(course, source(), {"autotests.yml": io.BytesIO(TEMPLATES)})
    assert (revision.state, revision.problem) == ("good", None)
    assert lab.current == revision
    released = revision.released.open("rb").read().decode()
    assert "AUTOTEST" not in released
    assert "our own words of double(2)" in released
    assert services.read_lab(revision).digest == revision.digest
    shown = services.files_for(lab=lab, access=courses_access.of(student, course))
    assert [file.name for file in shown] == [revision.name]


def test_templates_stay_with_the_lab_when_only_the_notebook_is_revised(sandbox, course):
    lab, _first = checked(course, source(), {"autotests.yml": io.BytesIO(TEMPLATES)})
    again = services.revise(
        lab=lab, by=lab.created_by, stream=io.BytesIO(source("### AUTOTEST double(5)")), filename="doubling.ipynb"
    )
    Job.objects.filter(state=JobState.WAITING).update(run_after=timezone.now())
    workers.run_due()
    again.refresh_from_db()
    assert again.state == "good"
    assert "our own words of double(5)" in again.released.open("rb").read().decode()


def test_a_line_that_cannot_become_a_test_is_named_and_nothing_is_handed_out(sandbox, course):
    lab, revision = checked(course, source("### AUTOTEST nobody_wrote_this"))
    assert revision.state == "refused"
    message, _hint = revision.problem_texts
    assert "test_double, line 1" in message
    assert "nobody_wrote_this" in message
    with pytest.raises(RevisionRefused):
        services.accept_doubtful(revision=revision, by=lab.created_by)
