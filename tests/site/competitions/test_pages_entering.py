"""Entering in the browser, and what becomes of an entry."""

from __future__ import annotations

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from seodang.site.competitions.models import Competition, Entry, Team

N_ROWS = 20


def page(name: str, competition, *rest) -> str:
    return reverse(f"competitions:{name}", args=[competition.course.slug, competition.slug, *rest])


def upload(values: list | None = None, name: str = "my.csv") -> SimpleUploadedFile:
    values = list(range(N_ROWS)) if values is None else values
    lines = ["id,target", *(f"r{i:02},{value}" for i, value in enumerate(values)), ""]
    return SimpleUploadedFile(name, "\n".join(lines).encode(), content_type="text/csv")


def test_a_right_file_leads_to_its_entry_and_the_score_appears(client, student, competition, run_jobs):
    client.force_login(student)
    answer = client.post(page("enter", competition), {"file": upload(), "message": "first"}, follow=True)
    assert answer.redirect_chain[-1][0] == page("entry", competition, 1)
    assert "waiting to be scored" in answer.content.decode()
    run_jobs()
    text = client.get(page("entry", competition, 1)).content.decode()
    assert "0.00000" in text
    assert "first" in text


def test_a_wrong_file_names_its_first_five_rows_and_costs_no_attempt(client, student, competition):
    client.force_login(student)
    answer = client.post(page("enter", competition), {"file": upload(["x"] * 7 + [1.0] * 13)})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "This cost no attempt: 5 of 5 left today." in text
    assert "r00" in text
    assert "r04" in text
    assert "r05" not in text
    assert "and 2 more rows" in text
    assert not Entry.objects.exists()


def test_an_empty_file_is_told_in_words(client, student, competition):
    client.force_login(student)
    answer = client.post(page("enter", competition), {"file": SimpleUploadedFile("empty.csv", b"")})
    assert answer.status_code == 422
    assert "was not taken" in answer.content.decode()


def test_a_form_without_a_file_says_so(client, student, competition):
    client.force_login(student)
    answer = client.post(page("enter", competition), {"message": "forgot"})
    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()


def test_a_used_up_day_is_shown_before_anything_is_uploaded(client, student, make_competition, enter):
    competition = make_competition(daily_quota=1)
    enter(competition, student)
    client.force_login(student)
    text = client.get(page("enter", competition)).content.decode()
    assert "Today’s entries are made" in text
    assert 'type="file"' not in text
    answer = client.post(page("enter", competition), {"file": upload()})
    assert answer.status_code == 422
    assert Entry.objects.count() == 1


def test_a_closed_competition_offers_no_form(client, student, make_competition):
    closed = make_competition(closes_at=timezone.now() - timedelta(hours=1))
    client.force_login(student)
    assert "The competition is closed" in client.get(page("enter", closed)).content.decode()
    assert client.post(page("enter", closed), {"file": upload()}).status_code == 422
    assert not Entry.objects.exists()


def test_staff_enter_marked_baselines_under_a_name(client, professor, competition):
    client.force_login(professor)
    client.post(page("enter", competition), {"file": upload(), "baseline_name": "Mean of the target"})
    assert Team.objects.get().name == "Mean of the target"
    assert Team.objects.get().is_baseline


def test_staff_without_a_baseline_name_enter_nothing(client, assistant, competition):
    client.force_login(assistant)
    assert client.post(page("enter", competition), {"file": upload()}).status_code == 422
    assert not Entry.objects.exists()


def test_a_student_sees_only_entries_of_the_own_team(client, student, make_students, competition, enter):
    (other,) = make_students(1)
    theirs, mine = enter(competition, other, message="secret idea"), enter(competition, student, message="my idea")
    client.force_login(student)
    text = client.get(page("entries", competition)).content.decode()
    assert "my idea" in text
    assert "secret idea" not in text
    assert client.get(page("entry", competition, mine.ordinal)).status_code == 200
    assert client.get(page("entry", competition, theirs.ordinal)).status_code == 404
    assert client.get(page("entry_file", competition, theirs.ordinal)).status_code == 404


def test_staff_filter_entries_by_team(client, assistant, make_students, competition, enter):
    one, two = make_students(2)
    first, _second = enter(competition, one, message="alpha"), enter(competition, two, message="beta")
    client.force_login(assistant)
    text = client.get(page("entries", competition), {"team": first.team_id}).content.decode()
    assert "alpha" in text
    assert "beta" not in text


def test_ones_own_file_comes_back_as_it_was_sent(client, student, competition):
    client.force_login(student)
    client.post(page("enter", competition), {"file": upload(name="예측.csv")})
    answer = client.get(page("entry_file", competition, 1))
    assert b"".join(answer.streaming_content).startswith(b"id,target\nr00,0\n")
    assert "%EC%98%88%EC%B8%A1.csv" in answer["Content-Disposition"]


def test_picks_are_saved_and_too_many_are_refused(client, student, competition, enter):
    for _ in range(3):
        enter(competition, student)
    client.force_login(student)
    client.post(page("entries", competition), {"listed": ["1", "2", "3"], "pick": ["1", "3"]})
    assert set(Entry.objects.filter(is_final_pick=True).values_list("ordinal", flat=True)) == {1, 3}
    answer = client.post(
        page("entries", competition), {"listed": ["1", "2", "3"], "pick": ["1", "2", "3"]}, follow=True
    )
    assert "at most 2 count" in answer.content.decode()
    assert set(Entry.objects.filter(is_final_pick=True).values_list("ordinal", flat=True)) == {1, 3}


def test_a_pick_on_another_page_of_the_list_is_kept(client, student, competition, enter):
    for _ in range(2):
        enter(competition, student)
    client.force_login(student)
    client.post(page("entries", competition), {"listed": ["1"], "pick": ["1"]})
    client.post(page("entries", competition), {"listed": ["2"], "pick": ["2"]})
    assert Entry.objects.filter(is_final_pick=True).count() == 2


def test_a_team_withdraws_without_a_reason_and_staff_only_with_one(client, student, professor, competition, enter):
    mine, theirs = enter(competition, student), enter(competition, student)
    client.force_login(student)
    client.post(page("entry", competition, mine.ordinal), {"action": "withdraw"})
    client.force_login(professor)
    assert client.post(page("entry", competition, theirs.ordinal), {"action": "withdraw"}).status_code == 422
    client.post(page("entry", competition, theirs.ordinal), {"action": "withdraw", "reason": "test data leaked"})
    assert Entry.objects.filter(withdrawn_at__isnull=False).count() == 2
    client.force_login(student)
    assert "test data leaked" in client.get(page("entry", competition, theirs.ordinal)).content.decode()


def test_the_private_score_stays_with_staff_before_the_close(
    client, student, professor, competition, add_scored, enter
):
    entry = enter(competition, student)
    scored = add_scored(entry.team, 0.25, private=0.75)
    client.force_login(student)
    for name in (page("entries", competition), page("entry", competition, scored.ordinal)):
        text = client.get(name).content.decode()
        assert "0.25000" in text
        assert "0.75000" not in text
    client.force_login(professor)
    assert "0.75000" in client.get(page("entry", competition, scored.ordinal)).content.decode()


def test_htmx_gets_the_part_that_moves(client, student, competition, enter):
    enter(competition, student)
    client.force_login(student)
    text = client.get(page("entry", competition, 1), headers={"HX-Request": "true"}).content.decode()
    assert "waiting to be scored" in text
    assert "<html" not in text


def test_digits_that_are_no_numbers_find_nothing(client, student, professor, competition):
    client.force_login(student)
    client.post(page("enter", competition), {"file": upload()})
    for value in ("²", "9" * 30, "-1", "x"):
        assert client.post(page("entries", competition), {"pick": value, "listed": value}).status_code == 302
    assert not Entry.objects.filter(is_final_pick=True).exists()
    client.force_login(professor)
    for value in ("²", "9" * 30, "-1", "x"):
        answer = client.get(page("entries", competition), {"team": value})
        assert answer.status_code == 200
        assert page("entry", competition, 1) not in answer.content.decode()


def test_of_two_classes_the_page_names_the_one_whose_probability_is_asked(client, student, make_competition):
    competition = make_competition(metric="log_loss", labels=["benign", "malignant"])
    client.force_login(student)
    assert "the probability of “malignant”" in client.get(page("enter", competition)).content.decode()


def test_after_the_close_the_list_says_which_entry_counted(client, student, competition, enter, run_jobs):
    enter(competition, student, off=2.0), enter(competition, student, off=1.0)
    run_jobs()
    client.force_login(student)
    assert ">counts<" not in client.get(page("entries", competition)).content.decode()
    now = timezone.now()
    Competition.objects.update(closes_at=now - timedelta(minutes=1), private_opened_at=now)
    text = client.get(page("entries", competition)).content.decode()
    assert text.count(">counts<") == 1
    assert text.index("#2") < text.index(">counts<") < text.index("#1")
