"""The points of a class as CSV, and which submissions are alike."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from tests.site import world

from seodang.site.accounts.models import User
from seodang.site.jobs.models import Job
from seodang.site.labs import services
from seodang.site.labs.models import SimilarityReport

pytestmark = pytest.mark.django_db


def table(lab) -> list[dict[str, str]]:
    text = b"".join(services.export_csv(lab)).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(text.removeprefix("\ufeff").splitlines()))


def test_one_row_for_each_student_with_each_question(lab, student, add_student, assistant):
    add_student("Missing")
    submission = world.mark(world.hand_in(lab, student, received_at=lab.due_at + timedelta(hours=1)))
    services.give_mark(submission=submission, question="why", by=assistant, points="1.5")
    missing, found = table(lab)
    assert (missing["name"], missing["state"], missing["total"], missing["attempts"]) == (
        "Missing",
        "nothing",
        "",
        "0",
    )
    assert (found["student_number"], found["email"]) == ("2026001", "student@example.com")
    assert (found["test_double"], found["why"], found["own"]) == ("4", "1.5", "")
    assert (found["late_days"], found["earned"], found["penalty"], found["total"]) == ("1", "5.5", "0.55", "4.95")
    assert (found["max_points"], found["state"], found["attempt"]) == ("9", "by_hand", "1")


def test_no_cell_becomes_a_formula(lab, student):
    User.objects.filter(pk=student.pk).update(name='=HYPERLINK("http://evil")')
    assert table(lab)[0]["name"].startswith("'=")


# --- similarity -----------------------------------------------------------------------------------------------

LONG = """total = 0
    history = []
    for step in range(100):
        gradient = 2 * (x - total) + 0.1 * step
        total = total + 0.05 * gradient
        history.append((step, total, gradient))
        if abs(gradient) < 0.0001 and len(history) > 10:
            break
    best = min(history, key=lambda row: abs(row[1] - 2 * x))
    return best[1] if abs(best[1] - 2 * x) < 0.5 else x + x"""
OTHER = """pieces = [x for _ in range(2)]
    return sum(pieces)"""


def compare(report):
    result, n = services.compare(report)
    services.record_similarity(report=report, result=result, n_submissions=n, still_mine=lambda: True)
    report.refresh_from_db()


def test_copies_are_found_and_shown_side_by_side(lab, student, add_student, assistant):
    copy = LONG.replace("history", "rows").replace("total", "value")
    a = world.hand_in(lab, student, world.answered(double=LONG, why="One."))
    b = world.hand_in(lab, add_student("Kim"), world.answered(double=copy, why="Two."))
    world.hand_in(lab, add_student("Lee"), world.answered(double=OTHER, why="Three."))
    report = services.start_similarity(lab=lab, by=assistant)
    assert services.start_similarity(lab=lab, by=assistant) == report
    assert Job.objects.get(task="labs.compare").arguments == {"report_id": report.pk}
    compare(report)
    assert (report.state, report.n_submissions) == ("done", 3)
    (found,) = services.pairs_of(report)
    assert {found.a, found.b} == {a, b}
    assert found.share > 0.8
    side = services.pair(report=report, a=b, b=a)
    assert {side.a, side.b} == {a, b}
    assert any(line.regions for cell in side.cells_a for line in cell.lines)
    assert services.pair(report=report, a=a, b=a) is None


def test_what_everybody_was_given_is_no_finding(lab, student, add_student, assistant):
    for number, user in enumerate([student, add_student("Kim")]):
        world.hand_in(lab, user, world.answered(why=f"Reason {number}"))
    report = services.start_similarity(lab=lab, by=assistant)
    compare(report)
    assert services.pairs_of(report) == []


def test_a_report_is_written_once(lab, student, assistant):
    world.hand_in(lab, student)
    report = services.start_similarity(lab=lab, by=assistant)
    compare(report)
    again = SimilarityReport.objects.get()
    services.record_similarity(report=again, result={"pairs": []}, n_submissions=99, still_mine=lambda: True)
    assert SimilarityReport.objects.get().n_submissions == 1
