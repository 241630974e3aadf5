"""Start-up checks: every wrong value is named, with what to do, before anything starts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seodang.site.config import checks, env

ROOT = Path(__file__).resolve().parents[2]
SEODANG = [sys.executable, "-c", "from seodang.cli import main; main()"]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch, tmp_path):
    """None of this site's settings, save a storage folder and English."""
    for name in list(os.environ):
        if name.startswith("SEODANG_") or name in {"DATABASE_URL", "EMAIL_URL"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("SEODANG_STORAGE", str(tmp_path / "site"))


def test_empty_environment_is_fine():
    assert checks.problems() == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SEODANG_UPLOAD_MIB", "many", "must be a whole number of at least 1"),
        ("SEODANG_UPLOAD_MIB", "0", "must be a whole number of at least 1"),
        ("SEODANG_WORKERS", "-1", "must be a whole number"),
        ("SEODANG_THREADS", "2.5", "must be a whole number"),
        ("SEODANG_LOG", "xml", "must be one of: plain, json"),
        ("SEODANG_LANGUAGE", "fr", "must be one of: en, ko"),
        ("SEODANG_SIGNUP", "maybe", "must be one of: open, closed"),
        ("SEODANG_DEBUG", "sometimes", "must be one of: 1, 0"),
        ("SEODANG_URL", "seodang.example.ac.kr", "with its scheme"),
        ("SEODANG_URL", "https://", "with its scheme"),
        ("SEODANG_URL", "https://example.ac.kr:port", "with its scheme"),
        ("SEODANG_URL", "https://example.ac.kr/seodang", "without a path"),
        ("SEODANG_TIME_ZONE", "Korea/Seoul", "no known time zone"),
        ("SEODANG_TIME_ZONE", "../etc", "no known time zone"),
        ("SEODANG_OIDC_ISSUER", "https://sso.example.ac.kr", "half configured"),
        ("EMAIL_URL", "mail.example.ac.kr", "address of a mail server"),
        ("DATABASE_URL", "mysql://a:b@c/d", "SQLite or PostgreSQL"),
        ("DATABASE_URL", "postgres://a:b@c:port/d", "cannot be read"),
    ],
)
def test_wrong_value_is_named_with_what_to_do(monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)
    (problem,) = checks.problems()
    assert problem.stops
    assert said in problem.message
    assert problem.hint


def test_wrong_address_of_a_mail_server_or_database_keeps_its_password_to_itself(monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "imap://me:hunter2@mail.example.ac.kr")
    monkeypatch.setenv("DATABASE_URL", "mysql://me:hunter2@db.example.ac.kr/seodang")
    assert len(checks.problems()) == 2
    assert all("hunter2" not in problem.message + problem.hint for problem in checks.problems())


def test_mail_without_a_sender_is_a_warning(monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "smtp://mail.example.ac.kr")
    (problem,) = checks.problems()
    assert not problem.stops
    assert problem.as_django().is_serious() is False


@pytest.mark.parametrize("name", ["SEODANG_DEBUG", "SEODANG_DEMO"])
def test_debug_and_demo_are_refused_on_a_public_host(monkeypatch, name):
    monkeypatch.setenv(name, "1")
    assert checks.problems() == []
    monkeypatch.setenv("SEODANG_URL", "https://seodang.example.ac.kr")
    (problem,) = checks.problems()
    assert "seodang.example.ac.kr" in problem.message


def test_storage_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SEODANG_STORAGE", str(tmp_path / "file" / "site"))
    (problem,) = checks.problems()
    assert str(tmp_path / "file" / "site") in problem.message


def test_empty_secret_key_file_is_named(monkeypatch, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "secret-key").write_text("")
    (problem,) = checks.problems()
    assert "secret-key" in problem.message


def test_all_problems_are_found_at_once(monkeypatch):
    monkeypatch.setenv("SEODANG_LOG", "xml")
    monkeypatch.setenv("SEODANG_URL", "example")
    monkeypatch.setenv("SEODANG_UPLOAD_MIB", "x")
    assert {problem.name for problem in checks.problems()} == {"SEODANG_LOG", "SEODANG_URL", "SEODANG_UPLOAD_MIB"}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SEODANG, *arguments],
        env={**os.environ, "SEODANG_LANG": "en", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("worker", "--once"), ("manage", "check")])
def test_commands_say_what_is_wrong_in_sentences_and_end_with_two(command):
    ended = run(*command, SEODANG_LOG="xml")
    assert ended.returncode == 2
    assert "SEODANG_LOG is “xml”, but must be one of: plain, json." in ended.stderr
    assert "Traceback" not in ended.stderr


def test_database_that_does_not_answer_is_said_with_the_drivers_reason():
    ended = run("serve", "--port", "0", DATABASE_URL="postgres://seodang@127.0.0.1:1/seodang")
    assert ended.returncode == 2
    assert "The database does not answer" in ended.stderr
    assert "refused" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_problems_are_told_in_korean_to_who_reads_korean():
    ended = run("worker", "--once", SEODANG_LOG="xml", SEODANG_LANG="ko")
    assert re.search("[가-힣]", ended.stderr)


def test_every_setting_is_documented():
    source = Path(env.__file__).read_text()
    names = set(re.findall(r'(?:text|flag|number)\("([A-Z_]+)"', source)) | {"XDG_DATA_HOME"}
    documented = set(
        re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/reference/settings.md").read_text(), re.MULTILINE)
    )
    assert len(names) > 15
    assert names - documented == set()
    assert {name for name in documented - names if name.startswith("SEODANG_")} <= {"SEODANG_LANG"}
