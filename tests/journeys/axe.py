"""What holds on every page that a journey comes by: axe-core finds nothing, and nothing sticks out sideways."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Page, expect

axe = Axe()
TRIES = 3


def violations(page: Page) -> list[str]:
    """One line for every element that breaks a rule: the rule, what it says, where."""
    found = _found(page)
    if found:  # half-way through a change text is faded; what is wrong stays wrong once the page is at rest
        expect(page.locator(".htmx-request")).to_have_count(0)
        found = _found(page)
    return [
        f"{page.url}: {rule['id']} ({rule['impact']}): {rule['help']}: {node['html'][:200]}"
        for rule in found
        for node in rule["nodes"]
    ]


def _found(page: Page) -> list[Any]:
    """A page that goes away while it is looked at is looked at again when the next one is there."""
    for attempt in range(TRIES):
        page.wait_for_load_state()
        try:
            return list(axe.run(page).response["violations"])
        except Error:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("never reached")


def sticks_out(page: Page, width: int) -> list[str]:
    """The innermost elements that make a page scroll sideways; what stands in a box that scrolls by itself may."""
    return page.evaluate(
        """(width) => {
            if (document.documentElement.scrollWidth <= width) return [];
            const scrolls = (element) => {
                for (let at = element; at && at !== document.body; at = at.parentElement)
                    if (getComputedStyle(at).overflowX !== "visible") return true;
                return false;
            };
            const wide = [...document.body.querySelectorAll("*")].filter(
                (element) => element.getBoundingClientRect().right > width + 0.5 && !scrolls(element));
            return wide.filter((element) => !wide.some((other) => other !== element && element.contains(other)))
                .slice(0, 5).map((element) => element.outerHTML.slice(0, 200));
        }""",
        width,
    ) or (["the page"] if page.evaluate("document.documentElement.scrollWidth") > width else [])
