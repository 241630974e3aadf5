"""Pages to read: who sees which competition and which file."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from seodang.site.competitions.models import CompetitionFile, CompetitionState


def page(name: str, competition, *rest) -> str:
    return reverse(f"competitions:{name}", args=[competition.course.slug, competition.slug, *rest])


@pytest.fixture
def files(competition):
    """A file of every role, with the role as its content."""
    for role, name in (("train", "학습 데이터.csv"), ("test", "test.csv"), ("source", "whole.csv")):
        content = role.encode()
        row = CompetitionFile(
            competition=competition, role=role, name=name, size_bytes=len(content), sha256="0" * 64
        )
        row.file.save(name, ContentFile(content), save=True)
    return competition


def test_a_student_sees_open_competitions_with_entries_left_and_no_drafts(
    client, student, make_competition, course
):
    make_competition(title="Open one")
    make_competition(title="Draft one", state=CompetitionState.DRAFT)
    client.force_login(student)
    text = client.get(reverse("competitions:list", args=[course.slug])).content.decode()
    assert "Open one" in text
    assert "5 of 5 entries left today" in text
    assert "Draft one" not in text


def test_staff_see_drafts_in_the_list(client, assistant, make_competition, course):
    make_competition(title="Draft one", state=CompetitionState.DRAFT)
    client.force_login(assistant)
    assert "Draft one" in client.get(reverse("competitions:list", args=[course.slug])).content.decode()


@pytest.mark.parametrize("name", ["overview", "data", "enter", "entries", "leaderboard", "team", "manage", "live"])
def test_an_outsider_finds_no_page_of_a_competition(client, outsider, competition, name):
    client.force_login(outsider)
    assert client.get(page(name, competition)).status_code == 404


@pytest.mark.parametrize("name", ["overview", "data", "enter", "entries", "leaderboard", "team"])
def test_a_student_finds_no_page_of_an_unpublished_competition(client, student, make_competition, name):
    hidden = make_competition(state=CompetitionState.READY)
    client.force_login(student)
    assert client.get(page(name, hidden)).status_code == 404


def test_the_overview_gives_commands_with_the_competitions_own_name(client, student, competition):
    client.force_login(student)
    text = client.get(page("overview", competition)).content.decode()
    assert f"seodang competitions submit deep-learning/{competition.slug}" in text
    assert "Root mean squared error" in text


def test_an_upcoming_competition_says_when_it_opens(client, student, make_competition):
    now = timezone.now()
    later = make_competition(opens_at=now + timedelta(days=2), closes_at=now + timedelta(days=3))
    client.force_login(student)
    assert "Entries are not taken yet" in client.get(page("enter", later)).content.decode()


def test_the_data_page_lists_no_source_and_no_truth(client, professor, files):
    client.force_login(professor)
    text = client.get(page("data", files)).content.decode()
    assert "test.csv" in text
    assert "whole.csv" not in text
    assert "truth.parquet" not in text


@pytest.mark.parametrize("name", ["whole.csv", "truth.parquet", "..%2Ftruth.parquet", "nothing.csv"])
def test_hidden_files_leave_by_no_address_not_even_for_staff(client, professor, files, name):
    client.force_login(professor)
    assert client.get(page("overview", files) + f"data/{name}").status_code == 404


def test_a_download_keeps_its_korean_name_and_is_not_sniffed(client, student, files):
    client.force_login(student)
    answer = client.get(page("data", files) + quote("학습 데이터.csv"))
    assert b"".join(answer.streaming_content) == b"train"
    assert f"filename*=UTF-8''{quote('학습 데이터.csv')}" in answer["Content-Disposition"]
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_newer_version_of_a_file_takes_the_place_of_the_older(client, student, files):
    row = CompetitionFile(competition=files, role="test", name="test.csv", size_bytes=3, sha256="1" * 64, version=2)
    row.file.save("test.csv", ContentFile(b"new"), save=True)
    client.force_login(student)
    answer = client.get(page("download", files, "test.csv"))
    assert b"".join(answer.streaming_content) == b"new"


def test_the_front_page_of_the_course_shows_what_is_open(client, student, make_competition, course):
    make_competition(title="Open one")
    client.force_login(student)
    text = client.get(reverse("courses:front", args=[course.slug])).content.decode()
    assert "Open one" in text
    assert "Entries left today: 5" in text


def test_data_waits_for_the_opening_but_for_staff(make_competition, student, assistant, client_for, api_for):
    later = timezone.now() + timedelta(hours=2)
    competition = make_competition(opens_at=later)
    place = [competition.course.slug, competition.slug]
    page = reverse("competitions:data", args=place)
    file = reverse("competitions:download", args=[*place, "sample_entry.csv"])
    in_api = f"/api/v1/competitions/{competition.course.slug}/{competition.slug}/files"
    assert client_for(student).get(page).status_code == 200
    assert client_for(student).get(file).status_code == 404
    assert api_for(student).get(in_api).json()["items"] == []
    assert api_for(student).get(f"{in_api}/sample_entry.csv").status_code == 404
    assert client_for(assistant).get(file).status_code == 200
    assert len(api_for(assistant).get(in_api).json()["items"]) == 1
