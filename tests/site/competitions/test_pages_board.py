"""The leaderboard in the browser."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from seodang.site.competitions import services
from seodang.site.competitions.models import Competition, Membership, Team
from seodang.site.competitions.standings import Standing
from seodang.site.competitions.views.board import ROWS_PER_PAGE, runs


def board_of(competition) -> str:
    return reverse("competitions:leaderboard", args=[competition.course.slug, competition.slug])


def text_of(client, competition, **query) -> str:
    return client.get(board_of(competition), query).content.decode()


@pytest.fixture
def make_team(competition):
    def make(name: str, *people, **fields) -> Team:
        team = Team.objects.create(competition=competition, name=name, **fields)
        for person in people:
            Membership.objects.create(team=team, competition=competition, user=person)
        return team

    return make


def test_the_board_shows_score_at_the_metrics_precision_and_interval(client, student, competition, enter, run_jobs):
    enter(competition, student, off=0.5)
    run_jobs()
    client.force_login(student)
    text = text_of(client, competition)
    assert "0.50000" in text
    assert 'class="chart whisker"' in text


def test_an_own_row_is_marked_for_its_reader_alone(client, student, make_students, make_team, add_scored):
    (other,) = make_students(1)
    mine, theirs = make_team("Mine", student), make_team("Theirs", other)
    add_scored(mine, 1.0)
    competition = add_scored(theirs, 2.0).competition
    for person, team in ((student, mine), (other, theirs), (student, mine)):
        client.force_login(person)
        text = text_of(client, competition)
        assert text.count("is-mine") == 1
        assert f'data-team="{team.pk}" class="is-mine' in text


def test_equal_shown_scores_share_a_rank_and_baselines_take_none(client, professor, make_team, add_scored):
    for name, score in (("A", 1.0), ("B", 1.0000000001), ("C", 2.0)):
        add_scored(make_team(name), score)
    competition = add_scored(make_team("Mean", is_baseline=True), 1.5).competition
    client.force_login(professor)
    text = text_of(client, competition)
    ranks = [cell.split("<")[0] for cell in text.split('<td class="rank num">')[1:]]
    assert ranks == ["1", "1", "", "3"]
    assert ">baseline</span>" in text


def test_a_student_who_asks_for_the_private_board_gets_the_public_one(client, student, make_team, add_scored):
    competition = add_scored(make_team("A", student), 0.25, private=0.75).competition
    client.force_login(student)
    text = text_of(client, competition, part="private")
    assert "0.25000" in text
    assert "0.75000" not in text


def test_staff_see_the_private_board_before_the_close_and_that_it_is_not_open(
    client, assistant, make_team, add_scored
):
    competition = add_scored(make_team("A"), 0.25, private=0.75).competition
    client.force_login(assistant)
    text = text_of(client, competition, part="private")
    assert "0.75000" in text
    assert "Only staff see this before the close" in text


def test_everybody_sees_the_private_board_first_once_it_is_open(client, student, make_team, add_scored):
    add_scored(make_team("A", student), 1.0, private=4.0)
    competition = add_scored(make_team("B"), 2.0, private=3.0).competition
    Competition.objects.filter(pk=competition.pk).update(closes_at=timezone.now() - timedelta(minutes=1))
    services.open_private_boards()
    client.force_login(student)
    text = text_of(client, competition)
    assert "4.00000" in text
    assert "▲1" in text
    assert "▼1" in text


def test_live_updates_swap_the_board_alone_and_mark_what_changed(client, student, make_team, add_scored):
    still, moving = make_team("Still"), make_team("Moving")
    add_scored(still, 1.0)
    competition = add_scored(moving, 2.0).competition
    client.force_login(student)
    assert "is-new" not in text_of(client, competition)
    seen = competition.board_version
    add_scored(moving, 0.5)
    answer = client.get(board_of(competition), {"seen": seen}, headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert "<html" not in text
    assert f'data-team="{moving.pk}" class="is-new' in text
    assert f'data-team="{still.pk}" class="is-new' not in text


def test_a_team_is_found_by_a_part_of_its_name(client, student, make_team, add_scored):
    add_scored(make_team("Gradient Descenders"), 1.0)
    competition = add_scored(make_team("Overfitters"), 2.0).competition
    client.force_login(student)
    text = text_of(client, competition, q="overFIT")
    assert "Overfitters" in text
    assert "Gradient Descenders" not in text
    assert "No team has this in its name" in text_of(client, competition, q="nobody")


def test_a_name_of_a_team_is_never_markup(client, student, make_team, add_scored):
    competition = add_scored(make_team("<script>alert(1)</script>"), 1.0).competition
    client.force_login(student)
    text = text_of(client, competition)
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_an_own_row_on_another_page_is_linked(client, student, make_team, add_scored):
    for number in range(ROWS_PER_PAGE):
        add_scored(make_team(f"Team {number}"), 1.0 + number)
    competition = add_scored(make_team("Last", student), 999.0).competition
    client.force_login(student)
    text = text_of(client, competition)
    assert "page=2#team-" in text
    assert "is-mine" not in text
    assert "is-mine" in text_of(client, competition, page=2)


def test_a_drawn_board_asks_the_database_no_more_for_many_teams_than_for_one(
    client, student, make_team, add_scored
):
    competition = add_scored(make_team("First"), 1.0).competition
    client.force_login(student)
    text_of(client, competition)
    with CaptureQueriesContext(
        connection,
    ) as few:
        text_of(client, competition)
    for number in range(40):
        add_scored(make_team(f"Team {number}"), 2.0 + number)
    text_of(client, competition)
    with CaptureQueriesContext(connection) as many:
        text_of(client, competition)
    assert len(many) == len(few)


def test_teams_that_cannot_be_told_apart_stand_in_one_group(client, student, make_team, add_scored):
    draw = np.random.default_rng(0)
    noise = draw.normal(0, 0.1, 500)
    for name, score in (("A", 1.0), ("B", 1.01), ("C", 9.0)):
        competition = add_scored(
            make_team(name), score, replicates=score + noise + draw.normal(0, 0.1, 500)
        ).competition
    client.force_login(student)
    text = text_of(client, competition)
    assert "These 2 teams cannot be told apart" in text
    assert text.count("cannot be told apart") == 1


def standing(team_id: int, band: int, *, is_baseline: bool = False) -> Standing:
    return Standing(
        rank=None if is_baseline else team_id,
        team_id=team_id,
        team_name=str(team_id),
        is_baseline=is_baseline,
        score=0.0,
        low=None,
        high=None,
        n_entries=1,
        last_at=timezone.now(),
        history=(),
        in_leading_band=band == 1,
        band=band,
        moved=None,
        entry_ordinal=1,
    )


def test_a_baseline_does_not_cut_a_group_and_a_late_member_is_told_as_such():
    rows = [standing(1, 1), standing(2, 0, is_baseline=True), standing(3, 1), standing(4, 2), standing(5, 1)]
    found = runs(rows, {1: 3, 2: 1})
    assert [(run.band, len(run.rows), run.returns) for run in found] == [(1, 3, False), (2, 1, False), (1, 1, True)]
    assert [run.is_group for run in found] == [True, False, True]
