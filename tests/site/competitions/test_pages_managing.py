"""What staff do with a competition in the browser."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from seodang.site.competitions.models import Competition, CompetitionState, Revision

N_ROWS = 20


def page(name: str, competition) -> str:
    return reverse(f"competitions:{name}", args=[competition.course.slug, competition.slug])


@pytest.fixture
def settings_of():
    def fields(competition, **changed) -> dict:
        values = {
            "title": competition.title,
            "summary": "",
            "description": "",
            "opens_at": "2026-01-01T09:00",
            "closes_at": "2090-01-01T18:00",
            "daily_quota": 5,
            "total_quota": "",
            "team_size": 1,
            "final_picks": 2,
            **changed,
        }
        return {"action": "settings", **{f"settings-{name}": value for name, value in values.items()}}

    return fields


def test_settings_are_saved_with_dates_of_the_course(client, professor, competition, settings_of):
    client.force_login(professor)
    client.post(page("manage", competition), settings_of(competition, daily_quota=9, summary="Short"))
    competition.refresh_from_db()
    assert (competition.daily_quota, competition.summary) == (9, "Short")
    assert competition.closes_at.isoformat() == "2090-01-01T09:00:00+00:00"


def test_a_close_before_the_opening_is_refused_at_its_field(client, professor, competition, settings_of):
    client.force_login(professor)
    answer = client.post(page("manage", competition), settings_of(competition, closes_at="2020-01-01T09:00"))
    assert answer.status_code == 422
    assert "closes_at" in answer.context["settings_form"].errors


def test_an_assistant_reads_and_exports_but_changes_nothing(client, assistant, competition, settings_of):
    client.force_login(assistant)
    text = client.get(page("manage", competition)).content.decode()
    assert "Exports" in text
    assert "settings-title" not in text
    assert client.post(page("manage", competition), settings_of(competition, title="Mine")).status_code == 403
    assert client.get(page("export", competition)).status_code == 200
    competition.refresh_from_db()
    assert competition.title == "Numbers"


def test_a_student_neither_manages_nor_exports(client, student, competition):
    client.force_login(student)
    assert client.get(page("manage", competition)).status_code == 403
    assert client.get(page("export", competition)).status_code == 403


def test_an_export_opens_in_a_spreadsheet_without_formulas(client, professor, student, competition, enter):
    enter(competition, student, message="=HYPERLINK(1)")
    client.force_login(professor)
    answer = client.get(page("export", competition), {"what": "entries"})
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0]["message"] != "=HYPERLINK(1)"
    assert rows[0]["message"].endswith("HYPERLINK(1)")


def test_all_exports_come_in_one_zip(client, professor, competition):
    client.force_login(professor)
    answer = client.get(page("export", competition), {"what": "zip"})
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 4


def test_an_unknown_export_is_not_found(client, professor, competition):
    client.force_login(professor)
    assert client.get(page("export", competition), {"what": "truth"}).status_code == 404


def test_a_corrected_truth_scores_again_and_keeps_the_history(
    client, professor, student, competition, enter, run_jobs
):
    enter(competition, student)
    run_jobs()
    truth = "\n".join(["id,target", *(f"r{i:02},{i + 2}" for i in range(N_ROWS)), ""]).encode()
    client.force_login(professor)
    client.post(
        page("manage", competition),
        {
            "action": "revise",
            "revise-truth": SimpleUploadedFile("truth.csv", truth),
            "revise-metric": "",
            "revise-reason": "labels were shifted",
        },
    )
    run_jobs()
    assert Revision.objects.get().reason == "labels were shifted"
    client.force_login(student)
    text = client.get(reverse("competitions:entry", args=[competition.course.slug, competition.slug, 1])).content
    assert "2.00000" in text.decode()
    assert "0.00000" in text.decode()
    assert "labels were shifted" in client.get(page("leaderboard", competition)).content.decode()


def test_a_correction_without_a_change_is_told(client, professor, competition):
    client.force_login(professor)
    answer = client.post(
        page("manage", competition), {"action": "revise", "revise-metric": "", "revise-reason": "none"}
    )
    assert answer.status_code == 422
    assert "Nothing would change." in answer.content.decode()


def test_only_metrics_of_the_same_needs_can_be_chosen(client, professor, competition):
    client.force_login(professor)
    offered = dict(client.get(page("manage", competition)).context["revise_form"].fields["metric"].choices)
    assert "mae" in offered
    assert "accuracy" not in offered


def test_it_is_hidden_and_published_again_while_nobody_entered(client, professor, student, competition, enter):
    client.force_login(professor)
    client.post(page("manage", competition), {"action": "unpublish"})
    assert Competition.objects.get().state == CompetitionState.READY
    client.post(page("manage", competition), {"action": "publish"})
    assert Competition.objects.get().state == CompetitionState.PUBLISHED
    enter(competition, student)
    client.post(page("manage", competition), {"action": "unpublish"})
    assert Competition.objects.get().state == CompetitionState.PUBLISHED


def test_deleting_takes_the_title_typed_out(client, professor, competition):
    client.force_login(professor)
    answer = client.post(page("manage", competition), {"action": "delete", "delete-title": "Number"})
    assert answer.status_code == 422
    assert Competition.objects.exists()
    client.post(page("manage", competition), {"action": "delete", "delete-title": "Numbers"})
    assert not Competition.objects.exists()
