"""What is done in a shell shows in the browser, and the other way round."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.journeys.classroom import ADDRESS, STUDENTS, email
from tests.journeys.people import DESKTOP, Visitor, row_of
from tests.journeys.sites import PATIENCE_SECONDS, PROGRAM, Site, plain_environment, wait_until
from tests.site import world

pytestmark = pytest.mark.journey


def test_a_login_approved_in_the_browser_lets_the_shell_enter(
    browser: Browser, classroom: Site, tmp_path: Path
) -> None:
    name = STUDENTS[2]
    shell = plain_environment(XDG_CONFIG_HOME=str(tmp_path / "config"), LC_ALL="C.UTF-8", LANGUAGE="en")
    told = tmp_path / "login.log"
    with told.open("wb") as out:
        login = subprocess.Popen(
            [str(PROGRAM), "login", classroom.url, "--no-browser"],
            env=shell,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        with Visitor(browser, classroom, name, "en", DESKTOP) as student:
            student.sign_in(email(name))
            wait_until(lambda: "user_code=" in told.read_text(), "the shell shows the address")
            address = re.search(r"http://\S+user_code=(\S+)", told.read_text())
            assert address
            student.go(address[0])
            student.look("device")
            student.send("code")
            expect(student.page.get_by_role("main")).to_contain_text(address[1])
            student.look("device to confirm")
            student.page.locator("main [name='answer'][value='approve']").click()
            expect(student.page.locator("main [name='answer']")).to_have_count(0)
            student.look("device approved")
            assert login.wait(timeout=PATIENCE_SECONDS) == 0, told.read_text()

            student.go(f"{ADDRESS}leaderboard/")
            student.marked()
            prediction = tmp_path / "prediction.csv"
            prediction.write_bytes(world.prediction_csv(0.375))
            command = ["competitions", "submit", "forty-numbers", "-f", str(prediction), "-m", "from the shell"]
            done = subprocess.run(
                [str(PROGRAM), *command, "--json"],
                env=shell,
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            entry = json.loads(done.stdout)
            expect(row_of(student.page, name)).to_contain_text("0.375")
            assert student.is_marked(), "the board moved without a reload"

            student.go(f"{ADDRESS}entries/{entry['ordinal']}/")
            expect(student.page.get_by_role("main")).to_contain_text("from the shell")
            expect(student.page.get_by_role("main")).to_contain_text("0.375")
            student.look("entry from the shell")
            student.go("/profile/tokens/")
            student.look("tokens")
    finally:
        if login.poll() is None:
            login.kill()
            login.wait()


def test_the_api_explains_itself_in_the_browser(browser: Browser, classroom: Site) -> None:
    with Visitor(browser, classroom, STUDENTS[3], "en", DESKTOP) as reader:
        answer = reader.go("/api/v1/docs")
        assert answer
        assert answer.status == 200
        assert "script-src 'self'" in (answer.headers.get("content-security-policy") or "")
        expect(reader.page.get_by_role("main")).to_contain_text("/api/v1/me")
        reader.picture("api")
