"""Exports: complete, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

from seodang.site.competitions import services
from seodang.site.competitions.models import Membership

pytestmark = pytest.mark.django_db


def exported(competition, what: str) -> list[dict[str, str]]:
    text = io.StringIO()
    csv.writer(text).writerows(services.export_rows(competition=competition, what=what))
    return list(csv.DictReader(io.StringIO(text.getvalue())))


@pytest.fixture
def held(make_competition, make_students, enter, run_jobs):
    competition = make_competition(team_size=2)
    one, two, three = make_students(3)
    one.name = '=HYPERLINK("http://x")'
    one.save()
    team = services.create_team(competition=competition, by=one, name="@SUM(1+1)")
    Membership.objects.create(team=team, competition=competition, user=two)
    enter(competition, one, off=-1.5, message="+cmd|' /C calc'!A0")
    enter(competition, three, off=2.0)
    run_jobs()
    competition.refresh_from_db()
    return competition


@pytest.mark.parametrize("what", ["entries", "public", "private", "teams"])
def test_no_cell_is_a_formula(held, what):
    for row in exported(held, what):
        for cell in row.values():
            if cell.startswith(("=", "+", "-", "@", "\t", "\r")):
                float(cell)  # only a number may begin so


def test_entries_have_their_scores_under_every_version(held, professor, run_jobs):
    services.revise(competition=held, by=professor, reason="x", metric="r2")
    run_jobs()
    held.refresh_from_db()
    rows = exported(held, "entries")
    assert [(row["entry"], row["version"], row["is_shown"]) for row in rows] == [
        ("1", "1", "False"),
        ("1", "2", "True"),
        ("2", "1", "False"),
        ("2", "2", "True"),
    ]
    assert float(rows[0]["public_score"]) == 1.5
    assert rows[0]["message"] == "'+cmd|' /C calc'!A0"
    assert rows[0]["created_at"].endswith("+09:00")


def test_entry_without_a_score_is_exported_too(competition, student, enter):
    enter(competition, student)
    row = exported(competition, "entries")[0]
    assert (row["state"], row["public_score"], row["version"]) == ("waiting", "", "")


def test_boards_are_exported_with_members_and_numbers_stay_numbers(held):
    rows = exported(held, "public")
    assert [(row["rank"], row["team"]) for row in rows] == [("1", "'@SUM(1+1)"), ("2", "Student 3")]
    assert float(rows[0]["score"]) == 1.5
    assert "Student 2" in rows[0]["members"]


def test_teams_are_exported_person_by_person_with_student_numbers(held, student, enter, professor):
    enter(held, student)
    enter(held, professor, baseline_name="Mean")
    rows = exported(held, "teams")
    assert len(rows) == 5
    assert next(row for row in rows if row["person"] == "Student")["student_number"] == "2026001"
    assert [row["team"] for row in rows if row["is_baseline"] == "True"] == ["Mean"]


def test_unknown_export_is_a_mistake_of_the_caller(competition):
    with pytest.raises(ValueError, match="entries, public, private, teams"):
        services.export_rows(competition=competition, what="passwords")
