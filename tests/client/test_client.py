"""What a student and a host do from Python, against the real site."""

from __future__ import annotations

import io

import pytest
from tests.client.conftest import URL
from tests.site import world

from seodang.client import (
    Ambiguous,
    Client,
    Closed,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    NotSendable,
    QuotaExhausted,
    Refused,
    StillWaiting,
)
from seodang.site.competitions.models import Competition
from seodang.site.courses.models import Course, Enrollment


def test_one_reads_courses_and_competitions(client_of, student, competition):
    client = client_of(student)
    assert client.me().email == "student@example.com"
    assert [course.role for course in client.courses()] == ["student"]
    (found,) = client.competitions()
    assert found.name == "deep-learning/forty-numbers"
    assert found.closes_at.tzinfo is not None


def test_a_short_name_is_enough_while_it_is_the_only_one(client_of, student, competition):
    assert client_of(student).competition("forty-numbers").quota.left_today == 3


def test_a_short_name_of_two_competitions_asks_which(client_of, student, competition):
    other = Course.objects.create(title="Other", slug="other", join_code="OTHER234")
    Enrollment.objects.create(course=other, user=student)
    world.make_competition(other)
    with pytest.raises(Ambiguous) as error:
        client_of(student).competition("forty-numbers")
    assert "other/forty-numbers" in error.value.hint
    assert client_of(student).competition("other/forty-numbers").course == "other"


def test_an_unknown_competition_says_where_it_was_looked_for(client_of, student):
    with pytest.raises(NotFound, match=r"seodang\.test"):
        client_of(student).competition("nothing")
    with pytest.raises(NotFound):
        client_of(student).competition("no/thing")


def test_every_page_of_a_list_is_fetched(client_of, student, competition, monkeypatch):
    for number in range(5):
        world.make_competition(competition.course, f"more-{number}")
    monkeypatch.setattr("seodang.client.client.PAGE", 2)
    assert len(client_of(student).competitions()) == 6


# --- files -------------------------------------------------------------------------------------------------


def test_files_are_downloaded_whole(client_of, student, competition, tmp_path):
    told = []
    found = client_of(student).competition("forty-numbers")
    paths = found.download(tmp_path / "data", progress=lambda file, done: told.append((file.name, done)))
    assert [path.name for path in paths] == ["train.csv", "test.csv", "sample_entry.csv"]
    assert (tmp_path / "data" / "sample_entry.csv").read_bytes() == world.sample_csv()
    assert ("sample_entry.csv", len(world.sample_csv())) in told
    assert {path.name for path in (tmp_path / "data").iterdir()} == {path.name for path in paths}


def test_a_file_that_is_there_is_left_alone_and_a_changed_one_is_fetched_anew(
    client_of, student, competition, tmp_path
):
    found = client_of(student).competition("forty-numbers")
    (path,) = found.download(tmp_path, ["train.csv"])
    before = path.stat().st_mtime_ns
    found.download(tmp_path, ["train.csv"])
    assert path.stat().st_mtime_ns == before
    path.write_text("broken")
    found.download(tmp_path, ["train.csv"])
    assert path.read_bytes().startswith(b"id,x,target")


def test_the_truth_is_none_of_the_files(client_of, professor, competition, tmp_path):
    with pytest.raises(NotFound):
        client_of(professor).competition("forty-numbers").download(tmp_path, ["truth.parquet"])


# --- entries -----------------------------------------------------------------------------------------------


def test_a_path_is_entered_and_scored(client_of, student, competition, tmp_path, workers):
    path = tmp_path / "mine.csv"
    path.write_bytes(world.prediction_csv(0.5))
    sent = []
    entry = (
        client_of(student)
        .competition("forty-numbers")
        .submit(path, "first try", progress=lambda done, total: sent.append((done, total)))
    )
    assert sent[-1][0] == sent[-1][1] == path.stat().st_size
    assert (entry.ordinal, entry.filename, entry.is_waiting) == (1, "mine.csv", True)
    scored = entry.wait(for_interval=True)
    assert scored.public.score == pytest.approx(0.5)
    assert scored.public.low <= 0.5 <= scored.public.high
    assert scored.standing.rank == 1
    assert scored.quota.left_today == 2


class Frame:
    """What the client needs of a pandas data frame."""

    class index:  # noqa: N801
        name = None

    def to_csv(self, index: bool) -> str:
        assert index is False
        return world.prediction_csv().decode()


@pytest.mark.parametrize(
    "thing", [Frame(), world.upload(world.prediction_csv()), io.StringIO(world.prediction_csv().decode())]
)
def test_frames_and_open_files_are_entered(client_of, student, competition, thing):
    assert client_of(student).competition("forty-numbers").submit(thing).ordinal == 1


def test_what_is_neither_file_nor_table_is_refused_here(client_of, student, competition):
    found = client_of(student).competition("forty-numbers")
    with pytest.raises(NotSendable, match="int"):
        found.submit(3)
    with pytest.raises(NotSendable, match=r"nowhere\.csv"):
        found.submit("nowhere.csv")


def test_a_wrong_file_names_its_problems_and_costs_nothing(client_of, student, competition):
    found = client_of(student).competition("forty-numbers")
    with pytest.raises(Refused) as error:
        found.submit(world.upload(world.wrong_csv()))
    (problem,) = error.value.problems
    assert (problem.code, problem.count, problem.rows[0].line, problem.rows[0].received) == (
        "not_a_number",
        7,
        2,
        "oops",
    )
    assert "oops" in str(error.value)
    assert error.value.as_json()["problems"][0]["rows"][0]["id"] == "1"
    assert found.refresh().quota.left_today == 3


def test_rules_have_errors_of_their_own(client_of, student, professor, competition):
    found = client_of(student).competition("forty-numbers")
    Competition.objects.update(daily_quota=1)
    found.submit(world.upload(world.prediction_csv()))
    with pytest.raises(QuotaExhausted) as error:
        found.submit(world.upload(world.prediction_csv()))
    assert error.value.retry_after > 0
    Competition.objects.update(closes_at="2020-01-01T00:00Z", opens_at="2019-01-01T00:00Z")
    with pytest.raises(Closed):
        found.submit(world.upload(world.prediction_csv()))
    with pytest.raises(NotAllowed):
        found.publish()


def test_waiting_ends_when_nobody_scores(client_of, student, competition):
    entry = client_of(student).competition("forty-numbers").submit(world.upload(world.prediction_csv()))
    with pytest.raises(StillWaiting):
        entry.wait(timeout=0.02, poll_seconds=0.01)


def test_entries_board_picks_and_withdrawal(client_of, student, competition):
    found = client_of(student).competition("forty-numbers")
    for error in (0.5, 0.4):
        found.submit(world.upload(world.prediction_csv(error)))
    world.score_all()
    entries = found.entries()
    assert [entry.ordinal for entry in entries] == [2, 1]
    assert "#2" in repr(entries[0])
    assert "<table>" in entries._repr_html_()
    assert [entry.ordinal for entry in found.pick([1])] == [1]
    board = found.leaderboard()
    assert (len(board), board.rows[0].is_mine) == (1, True)
    assert "0.4" in board._repr_html_()
    assert entries[0].withdraw("oops").withdrawn_at is not None
    assert found.leaderboard().rows[0].score == pytest.approx(0.5)


def test_html_of_a_notebook_is_escaped(client_of, student, competition):
    found = client_of(student).competition("forty-numbers")
    found.submit(world.upload(world.prediction_csv()), "<script>alert(1)</script>")
    assert "<script>" not in found.entries()._repr_html_()


# --- hosting -----------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    rows = "".join(f"{n},{n % 7},{(n % 7) * 2 + n % 3}\n" for n in range(1, 101))
    (tmp_path / "numbers.csv").write_text("id,x,y\n" + rows)
    (tmp_path / "competition.yaml").write_text(
        "title: Hundred numbers\ndata: numbers.csv\ntarget: y\nid: id\nmetric: rmse\ncloses: 2099-12-01 18:00\n"
    )
    (tmp_path / ".hidden").write_text("not sent")
    return tmp_path


def test_a_folder_becomes_a_published_competition(client_of, professor, student, course, folder, workers, tmp_path):
    made = client_of(professor).create_competition(folder, course="deep-learning")
    assert made.state == "preparing"
    assert made.wait_until_prepared().publish().state == "published"
    names = {file.name for file in client_of(student).competition("hundred-numbers").files()}
    assert len(names) >= 3
    assert not any("truth" in name for name in names)


def test_a_folder_that_cannot_be_prepared_says_why(client_of, professor, course, folder, workers):
    text = (folder / "competition.yaml").read_text().replace("target: y", "target: nothing")
    (folder / "competition.yaml").write_text(text)
    with pytest.raises(Refused, match="nothing"):
        client_of(professor).create_competition(folder, course="deep-learning").wait_until_prepared()


def test_a_folder_without_a_spec_is_not_sent(client_of, professor, course, tmp_path):
    with pytest.raises(NotSendable, match=r"competition\.yaml"):
        client_of(professor).create_competition(tmp_path, course="deep-learning")


def test_the_host_corrects_the_metric_and_exports(client_of, professor, student, competition, tmp_path):
    client_of(student).competition("forty-numbers").submit(world.upload(world.prediction_csv(0.5)))
    world.score_all()
    hosted = client_of(professor).competition("forty-numbers")
    assert hosted.revise("agreed in class", metric="mae").metric == "mae"
    world.score_all()
    path = hosted.export(tmp_path / "all.csv")
    _head, before, after = path.read_text("utf-8-sig").splitlines()
    assert "rmse" in before
    assert "mae" in after


# --- logging in --------------------------------------------------------------------------------------------


def test_without_a_site_or_a_token_the_client_says_how_to_log_in(site_transport):
    with pytest.raises(NotLoggedIn, match="seodang login"):
        Client()
    with pytest.raises(NotLoggedIn, match=f"seodang login {URL}"):
        Client(URL, http=site_transport).competitions()


def test_a_wrong_token_is_not_logged_in(site_transport):
    with pytest.raises(NotLoggedIn):
        Client(URL, "sd_wrong", http=site_transport).me()


def test_errors_come_in_the_readers_language(client_of, student, competition):
    from django.utils import translation

    found = client_of(student).competition("forty-numbers")
    with translation.override("ko"), pytest.raises(Refused) as error:
        found.submit(world.upload(world.wrong_csv()))
    assert any("가" <= letter <= "힣" for letter in error.value.problems[0].message)
