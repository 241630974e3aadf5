"""A person at a browser of their own, whose console, network and pages are watched all the way."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response, expect
from tests.journeys.axe import sticks_out, violations
from tests.journeys.classroom import PASSWORD
from tests.journeys.sites import Site

PATIENCE_MS = 90_000
LOCALES = {"en": "en-US", "ko": "ko-KR"}
# A refused form answers 422 on purpose, and Chromium tells the console of every answer above 399.
REFUSED = re.compile(r"status of 422")


@dataclass(frozen=True)
class Device:
    name: str
    width: int
    height: int
    is_phone: bool


DESKTOP = Device("desktop", 1280, 900, is_phone=False)
PHONE = Device("phone", 390, 844, is_phone=True)


class Visitor:
    """One person's browser. `problems` gathers what nobody asked for; `look` fails with it."""

    def __init__(self, browser: Browser, site: Site, name: str, language: str, device: Device, **options: Any):
        self.site, self.name, self.language, self.device = site, name, language, device
        self.problems: list[str] = []
        self.n_pictures = 0
        self.scripts = options.get("java_script_enabled", True)
        self.context = browser.new_context(
            base_url=site.url,
            locale=LOCALES[language],
            viewport={"width": device.width, "height": device.height},
            is_mobile=device.is_phone,
            has_touch=device.is_phone,
            reduced_motion="reduce",
            **options,
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("console", self._heard)
        self.context.on("weberror", lambda error: self.problems.append(f"script error: {error.error}"))
        self.context.on("request", self._asked)
        self.context.on("response", self._answered)
        self.page: Page = self.context.new_page()

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        """Close the browser, after a last look for complaints where all went well."""
        self.context.close()
        if kind is None:
            self.must_be_well()

    # --- watching ------------------------------------------------------------------------------------------

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not REFUSED.search(message.text):
            self.problems.append(f"console on {self.page.url}: {message.text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and f"{parts.scheme}://{parts.netloc}" != self.site.url:
            self.problems.append(f"{self.page.url} asked another site: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} from {response.url}")

    def look(self, what: str) -> None:
        """The page as it stands is one to be proud of: no violation, no complaint, no sideways scroll."""
        self.picture(what)
        if self.scripts:
            self.problems += violations(self.page)
            if self.device.is_phone:
                self.problems += [
                    f"{self.page.url} is wider than the screen: {one}"
                    for one in sticks_out(self.page, self.device.width)
                ]
            assert self.page.evaluate("document.documentElement.lang") == self.language, self.page.url
        self.must_be_well()

    def must_be_well(self) -> None:
        assert not self.problems, f"{self.name}:\n" + "\n".join(dict.fromkeys(self.problems))

    def picture(self, what: str) -> None:
        """Kept for people to look at where SEODANG_TEST_PICTURES names a folder."""
        folder = os.environ.get("SEODANG_TEST_PICTURES")
        if not folder:
            return
        self.n_pictures += 1
        stem = f"{self.language}-{self.device.name}-{self.name}-{self.n_pictures:02}-{what}"
        self.page.screenshot(path=Path(folder) / f"{stem.replace(' ', '-')}.png", full_page=True, caret="initial")

    # --- doing ---------------------------------------------------------------------------------------------

    def go(self, address: str) -> Response | None:
        return self.page.goto(address)

    def at(self, pattern: str) -> re.Match[str]:
        """Wait until the address fits; the match."""
        self.page.wait_for_url(re.compile(pattern))
        found = re.search(pattern, self.page.url)
        assert found
        return found

    def form(self, field: str) -> Locator:
        """The form of the page's own part that asks for this field."""
        return self.page.locator(f"main form:has([name='{field}'])").first

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.page.locator(f"main [name='{name}']").first.fill(value)

    def send(self, field: str) -> None:
        """Press the button of the form that asks for this field."""
        self.form(field).get_by_role("button").last.click()

    def attach(self, field: str, name: str, content: bytes) -> None:
        self.page.locator(f"main [name='{field}']").set_input_files(
            {"name": name, "mimeType": "text/csv", "buffer": content}
        )

    def download(self, link: Locator) -> bytes:
        with self.page.expect_download() as waiting:
            link.click()
        return Path(waiting.value.path()).read_bytes()

    def sign_up(self) -> None:
        """On the page that asks for it."""
        self.fill(email=self.address, name=self.name, password1=PASSWORD)
        self.send("password1")

    def sign_in(self, email: str) -> None:
        self.go("/accounts/login/")
        self.fill(login=email, password=PASSWORD)
        self.send("password")
        self.at(r":\d+/$")

    @property
    def address(self) -> str:
        return f"{self.name.encode().hex()[:40]}@example.com"

    def marked(self, what: str = "unmoved") -> None:
        """Leave a mark on the page, which no reload survives."""
        self.page.evaluate("(what) => { window.journeyMark = what; }", what)

    def is_marked(self, what: str = "unmoved") -> bool:
        return bool(self.page.evaluate("(what) => window.journeyMark === what", what))


def row_of(page: Page, name: str) -> Locator:
    """A team's row on the leaderboard."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader").filter(has_text=name))


expect.set_options(timeout=PATIENCE_MS)
