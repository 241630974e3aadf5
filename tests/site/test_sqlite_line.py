"""The line of writers on SQLite: one at a time, everybody's turn comes, and nobody who died keeps it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
from django.db import connection, transaction

from seodang.site.config.sqlite3.line import Line
from seodang.site.courses.models import Course

HOLD = """
import sys
from seodang.site.config.sqlite3.line import Line
line = Line(sys.argv[1])
assert line.enter()
print("in", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path) -> str:
    return str(tmp_path / "database")


def holder(path: str) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "in\n"
    return process


def test_line_lets_one_in_at_a_time(path):
    lines = [Line(path) for _ in range(3)]  # as three processes would have them
    inside, most, rounds = 0, 0, []

    def work(line: Line) -> None:
        nonlocal inside, most
        for _ in range(20):
            assert line.enter()
            inside += 1
            most = max(most, inside)
            time.sleep(0.0005)
            inside -= 1
            line.leave()
        rounds.append(line)

    threads = [threading.Thread(target=work, args=(line,)) for line in lines for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert (most, len(rounds)) == (1, 6)


def test_one_who_comes_again_at_once_does_not_pass_those_who_wait(path):
    busy, patient = Line(path), Line(path)
    over, turns = threading.Event(), []

    def hurry() -> None:
        while not over.is_set():
            if busy.enter():
                turns.append("busy")
                time.sleep(0.003)
                busy.leave()

    threads = [threading.Thread(target=hurry) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        assert patient.enter(timeout_seconds=30)
        turns.append("patient")
        patient.leave()
    over.set()
    for thread in threads:
        thread.join(timeout=30)
    assert turns.count("patient") == 10
    # Each of its turns came after a few of the others', not after hundreds.
    assert turns.count("busy") < 200


def test_other_process_waits_until_the_first_is_gone_however_it_went(path):
    process = holder(path)
    line = Line(path)
    assert not line.enter(timeout_seconds=0.05)
    process.kill()
    process.wait()
    assert line.enter(timeout_seconds=10)
    line.leave()


def test_one_whose_time_is_up_leaves_nothing_locked(path):
    first, second = Line(path), Line(path)
    assert first.enter()
    assert not second.enter(timeout_seconds=0.02)
    first.leave()
    assert second.enter(timeout_seconds=1)
    second.leave()


@pytest.mark.django_db(transaction=True)
def test_every_way_out_of_a_transaction_leaves_the_line():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL needs no line")

    def free() -> bool:
        line = Line(str(connection.settings_dict["NAME"]))
        if not line.enter(timeout_seconds=0.05):
            return False
        line.leave()
        return True

    with transaction.atomic():
        assert not free()
        with transaction.atomic():
            Course.objects.update(title="x")
        assert not free()
    assert free()
    with pytest.raises(RuntimeError), transaction.atomic():
        raise RuntimeError
    assert free()
    Course.objects.update(title="y")
    assert free()
    with transaction.atomic():
        connection.close()
    assert free()
