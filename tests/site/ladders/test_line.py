"""The line: as many climbs at a time as the site allows, one of a person, and nobody waits for ever."""

from __future__ import annotations

import pytest

from seodang.site.jobs.models import Job, JobState
from seodang.site.ladders import services
from seodang.site.ladders.errors import ChoiceRefused, LadderNotReady

pytestmark = pytest.mark.django_db


def begun() -> set[int]:
    waiting = Job.objects.filter(task="ladders.climb", state=JobState.WAITING)
    return {arguments["ladder_id"] for arguments in waiting.values_list("arguments", flat=True)}


def test_a_person_climbs_one_at_a_time(make_ladder, student, settings):
    settings.LADDER_CLIMBS = 5
    first, second = make_ladder(student), make_ladder(student)
    services.start(ladder=first, by=student)
    second = services.start(ladder=second, by=student)
    assert begun() == {first.pk}
    services.begin(ladder=first)
    assert services.waits_for_own(second) == first


def test_the_next_person_waits_for_a_place(make_ladder, student, classmate):
    first, second = make_ladder(student), make_ladder(classmate)
    services.start(ladder=first, by=student)
    second = services.start(ladder=second, by=classmate)
    assert begun() == {first.pk}
    assert services.place_in_line(second) == 2
    services.stop(ladder=first, by=student)
    assert begun() == {second.pk}
    assert services.place_in_line(second) == 1


def test_another_person_goes_before_the_second_ladder_of_one(make_ladder, student, classmate, settings):
    settings.LADDER_CLIMBS = 2
    mine, mine_too, theirs = make_ladder(student), make_ladder(student), make_ladder(classmate)
    for ladder, owner in ((mine, student), (mine_too, student), (theirs, classmate)):
        services.start(ladder=ladder, by=owner)
    assert begun() == {mine.pk, theirs.pk}


def test_all_in_line_are_climbed_one_after_the_other(make_ladder, student, classmate, run_jobs):
    ladders = [(make_ladder(owner), owner) for owner in (student, classmate, student)]
    for ladder, owner in ladders:
        services.start(ladder=ladder, by=owner)
    run_jobs()
    for ladder, _owner in ladders:
        ladder.refresh_from_db()
        assert ladder.state == "done"


def test_a_climb_whose_job_was_taken_away_is_begun_again(make_ladder, student):
    ladder = make_ladder(student)
    services.start(ladder=ladder, by=student)
    services.begin(ladder=ladder)
    Job.objects.all().delete()
    services.fill_the_line()
    ladder.refresh_from_db()
    assert ladder.state == "waiting"
    assert begun() == {ladder.pk}


def test_one_that_was_stopped_may_climb_again_at_once(make_ladder, student):
    ladder = make_ladder(student)
    services.start(ladder=ladder, by=student)
    services.stop(ladder=ladder, by=student)
    assert not begun()
    services.start(ladder=ladder, by=student)
    assert begun() == {ladder.pk}


def test_a_job_that_is_about_to_end_holds_no_place(make_ladder, student):
    ladder = make_ladder(student)
    services.start(ladder=ladder, by=student)
    job = Job.objects.get()
    Job.objects.update(state=JobState.RUNNING)
    services.stop(ladder=ladder, by=student)
    services.start(ladder=ladder, by=student)  # while the old climb still ends
    assert not begun()
    services.fill_the_line(ending_job=job.pk)
    assert begun() == {ladder.pk}


def test_nothing_starts_without_a_target_or_twice(make_ladder, student):
    ladder = make_ladder(student, target="price")
    services.choose(ladder=ladder, by=student, target="")
    with pytest.raises(ChoiceRefused) as caught:
        services.start(ladder=ladder, by=student)
    assert caught.value.field == "target"
    services.choose(ladder=ladder, by=student, target="price")
    services.start(ladder=ladder, by=student)
    with pytest.raises(LadderNotReady):
        services.start(ladder=ladder, by=student)


def test_low_priority_waits_for_all_others(make_ladder, student, classmate, assistant):
    first = make_ladder(assistant)
    late = make_ladder(student, priority=-5)
    soon = make_ladder(classmate)
    for ladder, owner in ((first, assistant), (late, student), (soon, classmate)):
        services.start(ladder=ladder, by=owner)
    services.stop(ladder=first, by=assistant)
    assert begun() == {soon.pk}
