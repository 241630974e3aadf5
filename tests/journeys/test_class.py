"""A class holds a competition, from the first account to the private board, in two languages and on two devices."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect
from tests.journeys import tables
from tests.journeys.classroom import PASSWORD
from tests.journeys.people import DESKTOP, PHONE, Device, Visitor, row_of
from tests.journeys.sites import Site, wait_until

pytestmark = pytest.mark.journey

TRIPS = [
    pytest.param("en", DESKTOP, "light", id="en-desktop-light"),
    pytest.param("ko", PHONE, "dark", id="ko-phone-dark"),
    pytest.param("ko", DESKTOP, "light", id="ko-desktop-light"),
    pytest.param("en", PHONE, "dark", id="en-phone-dark"),
]
NAMES = {"en": ("Ada Byron", "Min Park", "Eve Stone"), "ko": ("한서당", "박민지", "이서준")}
COURSES = {"en": "Deep Learning and the Cloud", "ko": "딥러닝과 클라우드"}


def make_first_account(visitor: Visitor) -> None:
    visitor.go("/")
    visitor.at(r"/setup/$")
    visitor.look("an empty site")
    visitor.go(visitor.site.first_account_address())
    visitor.look("first account")
    visitor.fill(email="professor@example.com", name=visitor.name, password=PASSWORD)
    visitor.send("password")
    visitor.at(r":\d+/$")
    visitor.look("no course yet")


def open_course(visitor: Visitor) -> tuple[str, str]:
    """Its address and its join code."""
    visitor.page.locator("main a[href$='/courses/new/']").first.click()
    visitor.at(r"/courses/new/$")
    visitor.look("new course")
    visitor.fill(title=COURSES[visitor.language], slug="deep-learning")
    visitor.page.locator("main [name='time_zone']").select_option("Asia/Seoul")
    visitor.send("time_zone")
    visitor.at(r"/courses/deep-learning/settings/$")
    visitor.look("settings of the course")
    visitor.go("/courses/deep-learning/")
    visitor.look("front of the course")
    visitor.page.locator("main a[href$='/join-page/']").first.click()
    visitor.at(r"/join-page/$")
    visitor.look("join code")
    address = visitor.page.locator("main").get_by_text("/join/").inner_text()
    code = address.rstrip("/").rpartition("/")[2]
    assert re.fullmatch(r"[A-Z0-9-]{8,9}", code), address
    return "/courses/deep-learning/", code


def join(visitor: Visitor, code: str) -> None:
    """A stranger types the code on the first page, makes an account on the way, and confirms."""
    visitor.go("/")
    visitor.look("first page")
    visitor.fill(code=code.lower())
    visitor.send("code")
    visitor.at(r"/accounts/(login|signup)/")
    if "/login/" in visitor.page.url:
        visitor.look("sign in")
        visitor.page.locator("main a[href*='/accounts/signup/']").first.click()
        visitor.at(r"/accounts/signup/")
    visitor.look("sign up")
    visitor.sign_up()
    visitor.at(rf"/join/{code}/$")
    visitor.look("confirm joining")
    visitor.page.locator("main form").get_by_role("button").first.click()
    visitor.at(r"/courses/deep-learning/$")
    visitor.look("course joined")


def hold_competition(visitor: Visitor, course: str, table: tables.Table) -> str:
    """From a table to a published competition; its address."""
    visitor.go(f"{course}competitions/")
    visitor.look("no competition yet")
    visitor.page.locator("main a[href$='/competitions/new/']").first.click()
    visitor.at(r"/competitions/new/$")
    visitor.look("new competition")
    for way in ("split", "folder"):
        visitor.go(f"{course}competitions/new/?way={way}")
        visitor.look(f"new competition by {way}")
    visitor.go(f"{course}competitions/new/")
    visitor.fill(title=table.title)
    visitor.attach("table", "table.csv", table.content)
    visitor.send("table")
    address = visitor.at(r"(/courses/deep-learning/competitions/[^/]+/)prepare/$")[1]
    visitor.look("prepare")
    page = visitor.page
    page.locator("[name='target']").select_option(table.target)
    expect(page.locator(f"[name='metric'] option[value='{table.metric}']")).to_be_attached()
    page.locator("[name='metric']").select_option(table.metric)
    now = datetime.now(ZoneInfo("Asia/Seoul"))
    visitor.fill(opens=minute(now - timedelta(hours=2)), closes=minute(now + timedelta(days=7)))
    visitor.send("target")
    publish = page.locator("main form").get_by_role("button")
    expect(page.locator(f"main a[href='{address}data/']").last).to_be_visible()  # the preview has come by itself
    visitor.look("prepared")
    publish.click()
    page.wait_for_url(re.compile(rf"{re.escape(address)}$"))
    visitor.look("published")
    return address


def minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


def take_data(visitor: Visitor, address: str) -> dict[str, bytes]:
    """The files of the data page, by name."""
    visitor.go(address)
    visitor.look("overview")
    visitor.page.locator(f"main a[href='{address}data/']").first.click()
    visitor.at(r"/data/$")
    visitor.look("data")
    links = visitor.page.locator("main table a[download]")
    files = {}
    for number in range(links.count()):
        link = links.nth(number)
        name = (link.get_attribute("href") or "").rpartition("/")[2]
        files[name] = visitor.download(link)
    return files


def left_today(visitor: Visitor) -> str:
    return visitor.page.locator("section[aria-labelledby='quota'] dd").first.inner_text()


def try_wrong_file(visitor: Visitor, address: str, sample: bytes) -> None:
    visitor.go(f"{address}enter/")
    visitor.look("enter")
    before = left_today(visitor)
    visitor.attach("file", "wrong.csv", tables.wrong_entry(sample))
    visitor.send("file")
    refusal = visitor.page.get_by_role("alert")
    expect(refusal).to_contain_text("wrong.csv")
    visitor.look("refused")
    told = refusal.inner_text()
    _headings, rows = tables.read(sample)
    for expected in ("high", "inf", "nobody-7", rows[0][0], rows[-1][0]):
        assert expected in told, f"{expected} is not told of:\n{told}"
    lines = refusal.get_by_role("row").filter(has_text="high").get_by_role("cell").first
    assert lines.inner_text() == "2", told
    assert left_today(visitor) == before, "a refused file cost an attempt"
    visitor.go(f"{address}entries/")
    visitor.look("no entry yet")
    assert visitor.page.locator("main a[href*='/entries/1/']").count() == 0


def enter(visitor: Visitor, address: str, content: bytes, message: str) -> str:
    """A right file; the public score, once it has come by itself."""
    visitor.go(f"{address}enter/")
    before = left_today(visitor)
    visitor.attach("file", "right.csv", content)
    visitor.fill(message=message)
    visitor.send("file")
    visitor.at(r"/entries/\d+/$")
    score = visitor.page.locator("main dl dd strong").first
    expect(score).to_have_text(re.compile(r"\d\.\d"))
    interval = visitor.page.locator("main dl > div").filter(has_text="95 %").get_by_role("definition")
    expect(interval).to_have_text(re.compile(r"\d\.\d+\s–\s\d+\.\d"))
    visitor.look("entry scored")
    text = score.inner_text()
    visitor.go(f"{address}enter/")
    assert left_today(visitor) != before, "an entry is counted"
    return text


def watch_board(visitor: Visitor, address: str) -> None:
    visitor.go(f"{address}leaderboard/")
    visitor.look("empty leaderboard")
    assert row_of(visitor.page, "").count() == 0
    visitor.marked()


def sees_without_reload(visitor: Visitor, name: str, score: str) -> None:
    expect(row_of(visitor.page, name)).to_contain_text(score)
    assert visitor.is_marked(), "the page was loaded anew"
    visitor.look("leaderboard moved")


def sees_private_scores(visitor: Visitor, address: str, name: str) -> str:
    """What staff see before the close; the team's private score."""
    visitor.go(f"{address}leaderboard/")
    visitor.page.locator("main a[href='?part=private']").click()
    visitor.at(r"part=private")
    visitor.look("private leaderboard")
    private = (
        row_of(visitor.page, name).get_by_role("cell").filter(has_text=re.compile(r"\d\.\d{2}")).first.inner_text()
    )
    visitor.go(f"{address}entries/")
    visitor.look("entries of everybody")
    expect(visitor.page.get_by_role("main")).to_contain_text(private)
    visitor.go(f"{address}manage/")
    visitor.look("manage")
    return private


def sees_no_private_score(visitor: Visitor, address: str, private: str) -> None:
    for place in ("leaderboard/?part=private", "leaderboard/", "entries/", "entries/1/", ""):
        visitor.go(f"{address}{place}")
        assert visitor.page.locator("a[href*='part=private']").count() == 0
        assert private not in visitor.page.content(), f"{visitor.page.url} shows the private score {private}"
    visitor.go(f"{address}entries/")
    visitor.look("own entries")
    visitor.go(f"{address}team/")
    visitor.look("team")


def switch_language(visitor: Visitor) -> None:
    """There and back, staying on the page."""
    page, other = visitor.page, "ko" if visitor.language == "en" else "en"
    place, title = page.url, page.title()
    page.locator("[name='language']").click()
    expect(page.locator("html")).to_have_attribute("lang", other)
    assert page.url == place
    expect(page).not_to_have_title(title)
    page.locator("[name='language']").click()
    expect(page.locator("html")).to_have_attribute("lang", visitor.language)
    expect(page).to_have_title(title)


def close(visitor: Visitor, address: str) -> None:
    visitor.go(f"{address}manage/")
    now = datetime.now(ZoneInfo("Asia/Seoul"))
    visitor.fill(**{"settings-closes_at": minute(now - timedelta(minutes=1))})
    visitor.send("settings-closes_at")
    visitor.look("closed")


def sees_private_board_open(visitor: Visitor, address: str, name: str, private: str) -> None:
    def is_open() -> bool:
        visitor.go(f"{address}leaderboard/")
        return visitor.page.locator("main a[href='?part=private']").count() > 0

    wait_until(is_open, "the private board is open")
    expect(row_of(visitor.page, name)).to_contain_text(private)
    visitor.look("final leaderboard")
    visitor.go(f"{address}enter/")
    assert visitor.page.locator("main [type='file']").count() == 0, "a closed competition takes no entry"
    visitor.look("closed to entries")


@pytest.mark.parametrize(("language", "device", "scheme"), TRIPS)
def test_a_class_holds_a_competition(
    browser: Browser, start_site: Callable[..., Site], language: str, device: Device, scheme: str
) -> None:
    site = start_site("serve", "--web", "1", "--workers", "1")
    table = tables.two_classes() if language == "en" else tables.points_of_a_class()
    with ExitStack() as browsers:
        professor, student, other = (
            browsers.enter_context(Visitor(browser, site, name, language, device, color_scheme=scheme))
            for name in NAMES[language]
        )
        make_first_account(professor)
        course, code = open_course(professor)
        join(student, code)
        join(other, code)
        competition = hold_competition(professor, course, table)

        files = take_data(student, competition)
        sample = next(content for name, content in files.items() if "sample" in name)
        train_headings, train_rows = tables.read(files["train.csv"])
        test_headings, test_rows = tables.read(files["test.csv"])
        assert table.target in train_headings
        assert table.target not in test_headings
        assert len(tables.read(sample)[1]) == len(test_rows)
        assert len(train_rows) + len(test_rows) == len(tables.read(table.content)[1])

        try_wrong_file(student, competition, sample)
        watch_board(other, competition)
        prediction = tables.right_entry(table, files["train.csv"], files["test.csv"], sample)
        score = enter(student, competition, prediction, "linear model")
        sees_without_reload(other, student.name, score)

        private = sees_private_scores(professor, competition, student.name)
        assert private != score, "the two parts have to differ for this journey to show anything"
        sees_no_private_score(student, competition, private)
        switch_language(student)

        close(professor, competition)
        sees_private_board_open(student, competition, student.name, private)
