"""Marks by people: the queue, rubrics, pseudonyms."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from tests.site import world

from seodang.site.labs import services
from seodang.site.labs.errors import MarkRefused
from seodang.site.labs.models import Lab, Mark, RubricItem
from seodang.site.labs.services.naming import numbers_for

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def three(lab, student, add_student):
    users = [student, add_student("Kim"), add_student("Lee")]
    return [world.mark(world.hand_in(lab, user)) for user in users]


def test_the_queue_holds_what_people_mark_and_how_far_they_are(lab, three, assistant):
    services.give_mark(submission=three[0], question="why", by=assistant, points=3)
    found = services.queue(lab=lab)
    assert [(one.id, one.done, one.total) for one in found.questions] == [("why", 1, 3), ("own", 0, 3)]
    assert (found.done, found.total) == (1, 6)
    assert [one.id for one in services.queue(lab=lab, question="own").questions] == ["own"]


def test_unchanged_answers_are_nobodys_work(lab, student):
    world.mark(world.hand_in(lab, student), world.graded(why="unchanged"))
    assert services.queue(lab=lab).question("why").total == 0


def test_only_submissions_that_count_are_in_the_queue(lab, three, student):
    again = world.mark(world.hand_in(lab, student, world.answered(why="Anew")), answers={})
    places = services.queue(lab=lab).question("why").places
    assert len(places) == 3
    assert again in [place.submission for place in places]


def test_the_next_one_comes_round_until_all_are_done(lab, three, assistant):
    seen = []
    current = services.next_in_queue(lab=lab, question="why")
    while current is not None:
        seen.append(current.pk)
        services.give_mark(submission=current, question="why", by=assistant, points=1)
        current = services.next_in_queue(lab=lab, question="why", after=current)
    assert sorted(seen) == sorted(one.pk for one in three)
    assert len(seen) == 3


def test_skipping_one_comes_back_to_it_at_the_end(lab, three, assistant):
    first = services.next_in_queue(lab=lab, question="why")
    second = services.next_in_queue(lab=lab, question="why", after=first)
    third = services.next_in_queue(lab=lab, question="why", after=second)
    assert services.next_in_queue(lab=lab, question="why", after=third) == first
    for one in (second, third):
        services.give_mark(submission=one, question="why", by=assistant, points=1)
    assert services.next_in_queue(lab=lab, question="why", after=third) == first
    assert services.next_in_queue(lab=lab, question="why", after=first) is None


def test_items_add_to_nothing_or_take_off_full_points_and_marks_follow_them(lab, three, assistant):
    submission = three[0]

    def points():
        return services.points_of(submission).question("why").points

    short = services.add_item(lab=lab, question="why", by=assistant, text="Too short", points="-1")
    services.give_mark(submission=submission, question="why", by=assistant)
    assert points() == D(3)
    services.give_mark(submission=submission, question="why", by=assistant, items=[short])
    assert points() == D(2)
    services.change_item(item=short, by=assistant, points="-0.5")
    assert points() == D("2.5")
    right = services.add_item(lab=lab, question="why", by=assistant, text="Right", points=2)
    assert points() == D(0)  # now items add: from nothing
    services.give_mark(submission=submission, question="why", by=assistant, items=[short, right])
    assert points() == D("1.5")
    services.remove_item(item=short, by=assistant)
    assert points() == D(2)
    services.give_mark(submission=submission, question="why", by=assistant, points=3, items=[right])
    assert points() == D(3)


@pytest.mark.parametrize("points", ["-0.5", "3.5", "NaN", "Infinity", "many", "1e9"])
def test_points_stay_between_nothing_and_full(lab, three, assistant, points):
    with pytest.raises(MarkRefused, match="from 0 to 3"):
        services.give_mark(submission=three[0], question="why", by=assistant, points=points)
    assert not Mark.objects.exists()


def test_what_cannot_be_a_mark_is_refused(lab, three, assistant, course):
    with pytest.raises(MarkRefused, match="no question"):
        services.give_mark(submission=three[0], question="nothing", by=assistant, points=1)
    with pytest.raises(MarkRefused, match="Give points"):
        services.give_mark(submission=three[0], question="why", by=assistant)
    item = services.add_item(lab=lab, question="own", by=assistant, text="Idea", points=1)
    with pytest.raises(MarkRefused, match="another question"):
        services.give_mark(submission=three[0], question="why", by=assistant, items=[item])
    with pytest.raises(MarkRefused):
        services.add_item(lab=lab, question="nothing", by=assistant, text="Idea", points=1)
    with pytest.raises(MarkRefused):
        services.add_item(lab=lab, question="why", by=assistant, text=" ", points=1)
    with pytest.raises(MarkRefused):
        services.add_item(lab=lab, question="why", by=assistant, text="Idea", points="NaN")


def test_an_unmarked_submission_takes_no_mark(lab, student, assistant):
    with pytest.raises(MarkRefused):
        services.give_mark(submission=world.hand_in(lab, student), question="why", by=assistant, points=1)


def test_students_mark_nothing(lab, three, student):
    for act in (
        lambda: services.give_mark(submission=three[0], question="why", by=student, points=3),
        lambda: services.remove_mark(submission=three[0], question="why", by=student),
        lambda: services.add_item(lab=lab, question="why", by=student, text="x", points=1),
        lambda: services.add_comment(submission=three[0], by=student, text="x"),
        lambda: services.flags_seen(submission=three[0], by=student),
        lambda: services.regrade_now(submission=three[0], by=student),
        lambda: services.start_regrade(lab=lab, by=student),
        lambda: services.start_similarity(lab=lab, by=student),
        lambda: services.set_extension(lab=lab, user=student, by=student, days=3),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_items_keep_the_order_they_are_given(lab, assistant):
    items = [services.add_item(lab=lab, question="why", by=assistant, text=text, points=1) for text in "abc"]
    services.move_item(item=items[2], by=assistant, position=0)
    assert [item.text for item in services.rubric(lab=lab, question="why")] == ["c", "a", "b"]
    assert RubricItem.objects.count() == 3


def test_staff_read_the_models_answer(lab, three):
    assert world.SOLUTION in services.model_answer(submission=three[0], question="why")
    assert world.SCHEME in services.model_answer(submission=three[0], question="own")
    assert services.model_answer(submission=three[0], question="nothing") == ""


# --- pseudonyms -----------------------------------------------------------------------------------------------


def test_names_are_pseudonyms_while_marking_is_anonymous_and_stay(lab, three, add_student):
    names = services.shown_names(lab)
    assert len(set(names.values())) == 3
    assert all(name.startswith("Student ") and name != "Student" for name in names.values())
    newcomer = add_student("Park")
    world.hand_in(lab, newcomer)
    after = services.shown_names(lab)
    assert {user: after[user] for user in names} == names
    Lab.objects.update(anonymous_marking=False)
    assert services.shown_names(Lab.objects.get())[newcomer.pk] == "Park"


def test_numbers_never_meet_and_those_who_came_first_keep_theirs():
    many = numbers_for(range(3000), "lab 1")
    assert len(set(many.values())) == 3000
    assert min(many.values()) >= 1
    few = numbers_for(range(90), "lab 1")
    assert numbers_for(range(60), "lab 1") == {user: few[user] for user in range(60)}
    assert numbers_for(range(60), "lab 2") != numbers_for(range(60), "lab 1")
