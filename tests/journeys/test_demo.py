"""`seodang demo`: one click to be anybody in the made-up class, while its two competitions fill in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect
from tests.journeys.people import DESKTOP, PHONE, Visitor
from tests.journeys.sites import PATIENCE_SECONDS, Site, wait_until

pytestmark = pytest.mark.journey

COURSE = "/courses/deep-learning/"
ROWS = "main tr[data-team]"


def look_as(visitor: Visitor, number: int) -> None:
    """Press one of the three buttons on top: professor, assistant, student."""
    button = visitor.page.locator("[name='person']").nth(number)
    button.click()
    expect(visitor.page.locator("[name='person']").nth(number)).to_have_attribute("aria-pressed", "true")


def test_the_demo_fills_in_while_one_looks_as_anybody(browser: Browser, start_site: Callable[..., Site]) -> None:
    site = start_site("demo", "--fresh", "--language", "en", SEODANG_WEB="1", SEODANG_WORKERS="2")
    with (
        Visitor(browser, site, "visitor", "en", DESKTOP) as visitor,
        Visitor(browser, site, "phone", "ko", PHONE) as phone,
    ):
        visitor.go("/")
        visitor.look("first page")
        look_as(visitor, 0)
        visitor.look("professor")
        visitor.go(COURSE)
        assert visitor.page.locator(f"a[href='{COURSE}settings/']").count() == 1
        look_as(visitor, 1)
        assert visitor.page.locator(f"a[href='{COURSE}settings/']").count() == 0
        assert visitor.page.locator(f"a[href='{COURSE}people/']").count() > 0
        visitor.look("assistant")
        look_as(visitor, 2)
        assert visitor.page.locator(f"a[href='{COURSE}people/']").count() == 0
        visitor.look("student")

        phone.go("/")
        look_as(phone, 2)
        phone.look("student")
        for slug in ("breast-cancer", "diabetes"):
            board = f"{COURSE}competitions/{slug}/leaderboard/"

            def is_there(board: str = board) -> bool:
                return visitor.context.request.get(board).status == 200  # beside the page: no console to complain

            wait_until(is_there, f"{slug} is published")
            visitor.go(board)
            visitor.marked()
            expect(visitor.page.locator(ROWS).nth(3)).to_be_attached()
            assert visitor.is_marked(), "the board filled in by a reload"
            visitor.look(f"board of {slug}")
            phone.go(board)
            phone.look(f"board of {slug}")
            phone.go(board.replace("leaderboard/", ""))
            phone.look(slug)

        def is_open() -> bool:
            """The second competition is over once everybody has entered; its private board is the one shown."""
            visitor.go(f"{COURSE}competitions/diabetes/leaderboard/")
            return visitor.page.locator("main a[href='?part=private'][aria-current='page']").count() > 0

        wait_until(is_open, "the private board of the closed competition is open", seconds=3 * PATIENCE_SECONDS)
        assert visitor.page.locator(ROWS).count() > 25
        visitor.look("private board")
        visitor.go(f"{COURSE}competitions/diabetes/enter/")
        assert visitor.page.locator("main [type='file']").count() == 0
