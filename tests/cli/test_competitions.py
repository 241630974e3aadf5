"""The command line against a real server: what a student and a host type, and what they read."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.utils import timezone
from tests.client.conftest import (  # noqa: F401
    assistant,
    competition,
    course,
    empty_cache,
    make_user,
    own_home,
    professor,
    quick_password_hashes,
    student,
    token_of,
    workers,
)
from tests.site import world

from seodang.cli import main
from seodang.site.competitions.models import Competition


@pytest.fixture
def shell(live_server, token_of, monkeypatch):  # noqa: F811
    """`shell(student, "list")`: what `seodang competitions list` answers that person."""
    monkeypatch.setenv("SEODANG_URL", live_server.url)

    def run(user, *arguments: str, status: int = 0, group: str = "competitions"):
        monkeypatch.setenv("SEODANG_TOKEN", token_of(user))
        result = CliRunner().invoke(main, [group, *arguments] if group else list(arguments))
        assert result.exit_code == status, result.output
        return result

    return run


def test_list_and_show(shell, student, competition):  # noqa: F811
    assert "deep-learning/forty-numbers" in shell(student, "list").output
    assert "3 entries left today" in shell(student, "show", "forty-numbers").output
    (listed,) = json.loads(shell(student, "list", "--json").stdout)
    assert listed["slug"] == "forty-numbers"
    assert json.loads(shell(student, "show", "forty-numbers", "--json").stdout)["quota"]["left_today"] == 3


def test_the_list_says_whether_entries_are_taken_and_until_when_exactly(shell, student, competition):  # noqa: F811
    told = shell(student, "list").output
    assert "open" in told
    assert competition.closes_at.astimezone().isoformat()[-6:] in told
    Competition.objects.update(closes_at=timezone.now() - timedelta(minutes=1))
    assert "closed" in shell(student, "list").output
    Competition.objects.update(
        opens_at=timezone.now() + timedelta(days=1), closes_at=timezone.now() + timedelta(days=2)
    )
    assert "not open yet" in shell(student, "list").output


def test_files_and_download(shell, student, competition, tmp_path):  # noqa: F811
    assert "sample_entry.csv" in shell(student, "files", "forty-numbers").output
    shell(student, "download", "forty-numbers", "--to", str(tmp_path))
    assert (tmp_path / "sample_entry.csv").read_bytes() == world.sample_csv()
    told = json.loads(
        shell(student, "download", "forty-numbers", "train.csv", "--to", str(tmp_path), "--json").stdout
    )
    assert [each["name"] for each in told] == ["train.csv"]


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.csv"
    path.write_bytes(world.prediction_csv(0.5))
    return str(path)


def test_submit_waits_and_prints_score_rank_and_what_is_left(shell, student, competition, good, workers):  # noqa: F811
    output = shell(student, "submit", "forty-numbers", "-f", good, "-m", "first").output
    assert "Score 0.5" in output
    assert "95 % interval" in output
    assert "Rank 1 of 1" in output
    assert "2 entries left today" in output


def test_submit_prints_json_for_programs(shell, student, competition, good, workers):  # noqa: F811
    told = json.loads(shell(student, "submit", "forty-numbers", "-f", good, "--json").stdout)
    assert told["public"]["score"] == pytest.approx(0.5)
    waiting = json.loads(shell(student, "submit", "forty-numbers", "-f", good, "--no-wait", "--json").stdout)
    assert waiting["state"] == "waiting"


def test_a_refused_file_prints_the_first_five_rows_and_fails(shell, student, competition, tmp_path):  # noqa: F811
    path = tmp_path / "wrong.csv"
    path.write_bytes(world.wrong_csv())
    result = shell(student, "submit", "forty-numbers", "-f", str(path), status=1)
    assert "line 2, id 1: oops" in result.stderr
    assert "line 6, id 5: oops" in result.stderr
    assert "line 7" not in result.stderr
    assert "2 more" in result.stderr
    told = json.loads(shell(student, "submit", "forty-numbers", "-f", str(path), "--json", status=1).stdout)
    assert told["error"]["problems"][0]["count"] == 7


def test_a_refused_file_reads_in_korean(shell, student, competition, tmp_path):  # noqa: F811
    from django.utils import translation

    path = tmp_path / "wrong.csv"
    path.write_bytes(world.wrong_csv())
    with translation.override("ko"):
        result = shell(student, "submit", "forty-numbers", "-f", str(path), status=1)
    assert "oops" in result.stderr
    assert "2번째 줄" in result.stderr or "2행" in result.stderr


def test_submissions_leaderboard_pick_and_withdraw(shell, student, competition, good, workers):  # noqa: F811
    shell(student, "submit", "forty-numbers", "-f", good, "-m", "first")
    assert "first" in shell(student, "submissions", "forty-numbers").output
    assert "→" in shell(student, "leaderboard", "forty-numbers").output
    assert "#1" in shell(student, "pick", "forty-numbers", "1").output
    shell(student, "withdraw", "forty-numbers", "1", "--yes")
    board = json.loads(shell(student, "leaderboard", "forty-numbers", "--json").stdout)
    assert board["rows"] == []


def test_what_is_wrong_is_said_and_the_status_is_not_zero(shell, student, competition, good):  # noqa: F811
    assert "nothing" in shell(student, "show", "nothing", status=1).stderr
    Competition.objects.update(opens_at=timezone.now() - timedelta(days=3), closes_at=timezone.now())
    assert "closed" in shell(student, "submit", "forty-numbers", "-f", good, status=1).stderr
    told = json.loads(shell(student, "submit", "forty-numbers", "-f", good, "--json", status=1).stdout)
    assert told["error"]["code"] == "closed"


def test_the_private_board_is_closed_to_students(shell, student, competition):  # noqa: F811
    shell(student, "leaderboard", "forty-numbers", "--private", status=1)


# --- the host ----------------------------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path):
    rows = "".join(f"{n},{n % 7},{(n % 7) * 2 + n % 3}.5\n" for n in range(1, 201))
    path = tmp_path / "numbers.csv"
    path.write_text("id,x,y\n" + rows)
    return path


def local(*arguments: str, status: int = 0):
    result = CliRunner().invoke(main, ["competitions", *arguments])
    assert result.exit_code == status, result.output
    return result


def test_a_table_becomes_a_folder_that_is_checked_here(table, tmp_path):
    folder = str(tmp_path / "made")
    options = ("--table", str(table), "--target", "y", "--metric", "rmse", "--closes", "2099-12-01 18:00")
    local("init", folder, *options)
    assert (tmp_path / "made" / "numbers.csv").exists()
    told = json.loads(local("check", folder, "--json").stdout)
    assert told["metric"] == "rmse"
    assert {file["role"] for file in told["files"]} >= {"train", "test", "sample", "truth"}
    assert told["sample_public"] > 0
    assert "rmse" in local("check", folder).output
    assert "--force" in local("init", folder, *options, status=1).stderr


def test_check_names_line_and_field(tmp_path):
    (tmp_path / "competition.yaml").write_text(
        "title: x\ndata: numbers.csv\ntarget: y\nmetric: rmsee\ncloses: 2099-01-01\n"
    )
    error = local("check", str(tmp_path), status=1).stderr
    assert "competition.yaml:4" in error
    assert "rmse" in error


def test_a_folder_is_put_on_the_site_and_published(shell, professor, student, course, table, workers, tmp_path):  # noqa: F811
    folder = str(tmp_path / "made")
    local("init", folder, "--table", str(table), "--target", "y", "--metric", "rmse", "--title", "New numbers")
    output = shell(professor, "create", folder, "--course", "deep-learning", "--publish").output
    assert "deep-learning/new-numbers" in output
    assert "new-numbers" in shell(student, "list").output


def test_publish_revise_and_export(shell, professor, competition, tmp_path):  # noqa: F811
    Competition.objects.update(state="ready")
    assert "published" in shell(professor, "publish", "forty-numbers").output
    assert (
        "mae"
        in shell(professor, "revise", "forty-numbers", "--reason", "agreed", "--metric", "mae", "--json").stdout
    )
    path = tmp_path / "all.csv"
    shell(professor, "export", "forty-numbers", "-o", str(path))
    assert path.read_text("utf-8-sig").startswith("entry,")
