"""A student takes part with the keyboard alone, and another without JavaScript."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FileChooser, Locator, Page, TimeoutError, expect
from tests.journeys.classroom import ADDRESS, PASSWORD, STUDENTS, email
from tests.journeys.people import DESKTOP, PHONE, Visitor, row_of
from tests.journeys.sites import Site, wait_until
from tests.site import world

pytestmark = pytest.mark.journey

MOST_STOPS = 80


def tab_to(visitor: Visitor, wanted: Locator) -> None:
    """Press Tab until the element has the focus; it shows at every stop on the way."""
    for _stop in range(MOST_STOPS):
        visitor.page.keyboard.press("Tab")
        shown = visitor.page.evaluate(
            """async () => {
                await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
                const element = document.activeElement, style = getComputedStyle(element);
                const box = element.getBoundingClientRect();
                if (element === document.body) return "the focus left the page";
                if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 1)
                    return "no outline: " + element.outerHTML.slice(0, 200);
                if (box.bottom < 0 || box.top > innerHeight || box.width === 0)
                    return "out of sight: " + element.outerHTML.slice(0, 200);
                return "";
            }"""
        )
        assert not shown, f"{visitor.page.url}: {shown}"
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{MOST_STOPS} stops on {visitor.page.url} did not lead to {wanted}")


def chooser_by_key(page: Page) -> FileChooser:
    """Open the file chooser from the focused control.

    A headless browser under load sometimes swallows the key; a person would press it once more.
    """
    for _try in range(5):
        try:
            with page.expect_file_chooser(timeout=8000) as chooser:
                page.keyboard.press(" ")
            return chooser.value
        except TimeoutError:
            continue
    raise AssertionError("the space bar opens no file chooser")


def press(visitor: Visitor, wanted: Locator, key: str = "Enter") -> None:
    tab_to(visitor, wanted)
    visitor.page.keyboard.press(key)


def test_a_student_takes_part_with_the_keyboard_alone(browser: Browser, classroom: Site, tmp_path: Path) -> None:
    name = STUDENTS[0]
    prediction = tmp_path / "prediction.csv"
    prediction.write_bytes(world.prediction_csv(0.25))
    with Visitor(browser, classroom, name, "en", DESKTOP) as student:
        page = student.page
        student.go("/accounts/login/")
        tab_to(student, page.locator("main [name='login']"))
        page.keyboard.type(email(name))
        tab_to(student, page.locator("main [name='password']"))
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        student.at(r":\d+/$")

        student.go(ADDRESS)
        skip = page.locator("a[href='#main']")
        tab_to(student, skip)
        expect(skip).to_be_in_viewport()
        student.picture("skip link")
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_be_focused()

        # The first stop behind the skip link is the first link of the page's own part.
        press(student, page.locator(f"main a[href='{ADDRESS}enter/']").first)
        student.at(r"/enter/$")
        tab_to(student, page.locator("main [type='file']"))
        chooser_by_key(page).set_files(prediction)
        tab_to(student, page.locator("main [name='message']"))
        page.keyboard.type("by hand")
        student.picture("enter by keyboard")
        press(student, student.form("file").get_by_role("button").last, " ")
        student.at(r"/entries/\d+/$")
        press(student, page.locator(f"main a[href='{ADDRESS}leaderboard/']").first)
        student.at(r"/leaderboard/$")
        expect(row_of(page, name)).to_contain_text("0.25")
        tab_to(student, page.locator("main [type='search']"))
        page.keyboard.type("Kay")
        expect(row_of(page, name)).to_be_visible()
        tab_to(student, page.get_by_role("main").get_by_role("region").first)


def test_no_page_reorders_the_tab_stops(browser: Browser, classroom: Site) -> None:
    with Visitor(browser, classroom, STUDENTS[3], "en", DESKTOP) as student:
        student.sign_in(email(STUDENTS[3]))
        for place in ("/", "/profile/", ADDRESS, *(f"{ADDRESS}{tab}/" for tab in ("data", "enter", "leaderboard"))):
            student.go(place)
            assert student.page.locator("[tabindex]").count() > 0
            orders = student.page.locator("[tabindex]").evaluate_all("all => all.map((one) => one.tabIndex)")
            assert max(orders) <= 0, place


def test_a_student_takes_part_without_javascript(browser: Browser, classroom: Site) -> None:
    name = STUDENTS[1]
    with Visitor(browser, classroom, name, "ko", PHONE, java_script_enabled=False) as student:
        page = student.page
        student.sign_in(email(name))
        student.go(f"{ADDRESS}enter/")
        student.attach("file", "wrong.csv", world.wrong_csv())
        student.send("file")
        expect(page.get_by_role("alert")).to_contain_text("oops")
        student.picture("refused without script")
        student.attach("file", "prediction.csv", world.prediction_csv(0.125))
        student.send("file")
        entry = student.at(r"/entries/\d+/$")[0]
        score = page.locator("main dl dd strong").first

        def is_scored() -> bool:
            student.go(page.url)
            return score.count() > 0 and bool(re.match(r"0\.125", score.inner_text()))

        wait_until(is_scored, "the entry shows its score")
        student.picture("scored without script")
        student.go(f"{ADDRESS}leaderboard/?q=nina")
        expect(row_of(page, name)).to_contain_text("0.125")
        student.picture("board without script")
        student.go(f"{ADDRESS}entries/")
        expect(page.locator(f"main a[href$='{entry}']").first).to_be_visible()
