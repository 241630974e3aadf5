"""Entering a prediction file: who may, when, and what a refused one costs."""

from __future__ import annotations

import errno
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from seodang.score.errors import PredictionRefused
from seodang.site.competitions import services
from seodang.site.competitions.errors import (
    Closed,
    CompetitionNotReady,
    NotOpen,
    TeamRefused,
    WithdrawRefused,
)
from seodang.site.competitions.models import Competition, CompetitionState, Entry, EntryState, Team
from seodang.site.courses.models import Enrollment
from seodang.site.jobs.models import Announcement, Job
from seodang.site.web.errors import FileTooLarge, StorageFailed

pytestmark = pytest.mark.django_db


def files_in(folder) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file())


def test_entry_makes_a_row_a_job_and_an_announcement_and_keeps_the_file(competition, student, enter):
    entry = enter(competition, student, message="  first \n try ")
    assert (entry.ordinal, entry.state, entry.message) == (1, EntryState.WAITING, "first try")
    assert entry.team.name == "Student"
    assert Job.objects.get().arguments == {"entry_id": entry.pk}
    assert Announcement.objects.filter(topic=competition.topic).exists()
    with entry.file.open("rb") as stored:
        assert stored.read().startswith(b"id,target\n")


def test_file_is_stored_with_its_digest_and_under_a_name_that_says_nothing(competition, student, enter):
    from hashlib import sha256

    entry = enter(competition, student)
    assert entry.sha256 == sha256(entry.file.read()).hexdigest()
    assert "prediction" not in entry.file.name
    assert entry.filename == "prediction.csv"


def test_words_beside_an_entry_are_one_plain_line(competition, student, professor, enter):
    entry = enter(competition, student, message="\u202etset\x07 \n one")
    assert entry.message == "tset one"
    services.withdraw(entry=entry, by=professor, reason="\u202ewrong\x1b file")
    assert entry.withdrawn_reason == "wrong file"


def test_disk_that_is_full_is_told_in_words_and_keeps_no_half_file(
    competition, student, enter, storage_of_its_own, monkeypatch
):
    before = files_in(storage_of_its_own)

    def full(storage, path: str) -> None:
        assert files_in(storage_of_its_own) == before + 1  # what was written until then
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage._ensure_location_group_id", full)
    with pytest.raises(StorageFailed):
        enter(competition, student)
    assert not Entry.objects.exists()
    assert files_in(storage_of_its_own) == before


def test_ordinals_count_up_within_each_competition(make_competition, student, enter):
    one, other = make_competition(), make_competition()
    assert [enter(one, student).ordinal, enter(one, student).ordinal, enter(other, student).ordinal] == [1, 2, 1]


def test_wrong_file_is_refused_and_costs_and_stores_nothing(competition, student, enter, storage_of_its_own):
    before = files_in(storage_of_its_own)
    with pytest.raises(PredictionRefused) as refused:
        enter(competition, student, content=b"id,target\nr00,1\nr01,what\nr01,2\nx,3\n")
    assert {"missing_ids", "unknown_ids", "duplicate_ids", "not_a_number"} <= {
        problem.code for problem in refused.value.problems
    }
    assert not Entry.objects.exists()
    assert not Team.objects.exists()
    assert not Job.objects.exists()
    assert files_in(storage_of_its_own) == before
    assert services.quota(competition=competition, user=student).left_today == 5


def test_checking_a_file_needs_no_truth(competition, student, enter):
    truth = competition.files.get(role="truth")
    truth.file.storage.delete(truth.file.name)
    assert enter(competition, student).ordinal == 1


def test_file_above_the_limit_is_refused_while_it_arrives(competition, student, enter, settings):
    settings.UPLOAD_BYTES = 100
    with pytest.raises(FileTooLarge):
        enter(competition, student)


def test_no_entry_before_the_opening(make_competition, student, enter):
    opens = timezone.now() + timedelta(hours=1)
    with pytest.raises(NotOpen):
        enter(make_competition(opens_at=opens), student)


def test_late_entry_is_refused_in_words_of_the_courses_clock(make_competition, student, enter):
    closed = timezone.now() - timedelta(hours=1)
    with pytest.raises(Closed, match=f"{closed.astimezone(student_zone()):%H:%M} .Asia/Seoul."):
        enter(make_competition(closes_at=closed), student)


def student_zone():
    from zoneinfo import ZoneInfo

    return ZoneInfo("Asia/Seoul")


def test_file_that_arrived_before_the_close_counts_even_if_it_is_taken_after(make_competition, student, enter):
    closed = timezone.now() - timedelta(seconds=1)
    entry = enter(make_competition(closes_at=closed), student, received_at=closed - timedelta(seconds=1))
    assert entry.created_at < closed


def test_file_that_arrived_at_the_very_close_is_late(make_competition, student, enter):
    competition = make_competition()
    with pytest.raises(Closed):
        enter(competition, student, received_at=competition.closes_at)


def test_close_that_moved_while_the_file_was_checked_holds(competition, student, enter, monkeypatch):
    from seodang.site.competitions.services import entering

    check = entering.check_entry

    def slow_check(**given):
        Competition.objects.update(closes_at=timezone.now() - timedelta(hours=1))
        return check(**given)

    monkeypatch.setattr(entering, "check_entry", slow_check)
    with pytest.raises(Closed):
        enter(competition, student)
    assert not Entry.objects.exists()


def test_file_goes_away_again_when_it_is_not_taken(competition, student, enter, monkeypatch, storage_of_its_own):
    from seodang.site.competitions.services import entering

    before = files_in(storage_of_its_own)

    def broken(_entry):
        raise RuntimeError("no queue")

    monkeypatch.setattr(entering, "enqueue_scoring", broken)
    with pytest.raises(RuntimeError):
        enter(competition, student)
    assert files_in(storage_of_its_own) == before
    assert not Entry.objects.exists()


def test_draft_takes_no_entries(make_competition, student, professor, enter):
    competition = make_competition(state=CompetitionState.DRAFT)
    with pytest.raises(NotOpen):
        enter(competition, student)
    with pytest.raises(CompetitionNotReady):
        enter(competition, professor, baseline_name="Mean")


def test_outsider_may_not_enter(competition, outsider, enter):
    with pytest.raises(PermissionDenied):
        enter(competition, outsider)


def test_student_who_left_the_course_may_not_enter(competition, student, enter):
    enter(competition, student)
    Enrollment.objects.filter(user=student).delete()
    with pytest.raises(PermissionDenied):
        enter(competition, student)


def test_staff_enter_marked_baselines_without_a_quota(make_competition, professor, assistant, enter):
    competition = make_competition(daily_quota=1)
    mean = [enter(competition, person, baseline_name="Mean") for person in (professor, assistant)]
    other = enter(competition, assistant, baseline_name="Linear")
    assert mean[0].team == mean[1].team != other.team
    assert all(entry.team.is_baseline for entry in (*mean, other))
    assert not other.team.memberships.exists()


def test_student_may_not_enter_a_baseline(competition, student, enter):
    with pytest.raises(PermissionDenied):
        enter(competition, student, baseline_name="Mean")


def test_baseline_may_not_take_a_teams_name(competition, student, professor, enter):
    enter(competition, student)
    with pytest.raises(TeamRefused):
        enter(competition, professor, baseline_name="Student")


def test_two_people_of_one_name_get_teams_of_two_names(competition, make_user, course, enter):
    names = []
    for number in range(3):
        person = make_user("Kim", email=f"kim{number}@example.com")
        Enrollment.objects.create(course=course, user=person)
        names.append(enter(competition, person).team.name)
    assert names == ["Kim", "Kim 2", "Kim 3"]


def test_team_of_a_person_without_a_name_does_not_show_their_address(competition, make_user, course, enter):
    person = make_user("", email="secret@example.com")
    Enrollment.objects.create(course=course, user=person)
    assert "secret" not in enter(competition, person).team.name


# --- withdrawing --------------------------------------------------------------------------------------------


def test_team_withdraws_its_entry_before_the_close_and_it_still_counts(competition, student, enter):
    entry = enter(competition, student)
    services.withdraw(entry=entry, by=student)
    assert entry.withdrawn_at is not None
    assert services.quota(competition=competition, user=student).used_today == 1


def test_team_may_not_withdraw_after_the_close(competition, student, enter):
    entry = enter(competition, student)
    Competition.objects.update(closes_at=timezone.now())
    with pytest.raises(WithdrawRefused):
        services.withdraw(entry=entry, by=student)


def test_nobody_withdraws_the_entry_of_another_team(competition, student, make_students, enter):
    entry = enter(competition, student)
    with pytest.raises(PermissionDenied):
        services.withdraw(entry=entry, by=make_students(1)[0])


def test_staff_withdraw_at_any_time_with_a_reason(competition, student, assistant, enter):
    entry = enter(competition, student)
    Competition.objects.update(closes_at=timezone.now())
    with pytest.raises(WithdrawRefused):
        services.withdraw(entry=entry, by=assistant)
    services.withdraw(entry=entry, by=assistant, reason="Copied")
    assert entry.withdrawn_reason == "Copied"


# --- final entries ------------------------------------------------------------------------------------------


def test_team_picks_its_final_entries_until_the_close(competition, student, enter):
    from seodang.site.competitions.errors import PickRefused

    first, second, third = (enter(competition, student) for _ in range(3))
    services.pick_finals(team=first.team, by=student, entries=[first, second])
    services.pick_finals(team=first.team, by=student, entries=[third])
    assert list(Entry.objects.filter(is_final_pick=True)) == [third]
    with pytest.raises(PickRefused):
        services.pick_finals(team=first.team, by=student, entries=[first, second, third])
    Competition.objects.update(closes_at=timezone.now())
    with pytest.raises(PickRefused):
        services.pick_finals(team=first.team, by=student, entries=[first])
    assert list(Entry.objects.filter(is_final_pick=True)) == [third]


def test_only_standing_entries_of_ones_own_team_can_be_picked(competition, student, make_students, enter):
    from seodang.site.competitions.errors import PickRefused

    mine, withdrawn = enter(competition, student), enter(competition, student)
    services.withdraw(entry=withdrawn, by=student)
    theirs = enter(competition, make_students(1)[0])
    for wrong in (withdrawn, theirs):
        with pytest.raises(PickRefused):
            services.pick_finals(team=mine.team, by=student, entries=[mine, wrong])
    with pytest.raises(PermissionDenied):
        services.pick_finals(team=theirs.team, by=student, entries=[theirs])
    assert not Entry.objects.filter(is_final_pick=True).exists()
