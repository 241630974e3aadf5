"""Draws docs/images/board.png: the leaderboard of a running demo, as a student sees it.

make demo                                  # in one terminal, until the class has filled in
.venv/bin/python scripts/board_picture.py  # in another
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

TARGET = Path(__file__).resolve().parent.parent / "docs" / "images" / "board.png"


def main(address: str = "http://127.0.0.1:8000") -> None:
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 1000}, locale="en-US", color_scheme="light")
        page.goto(address)
        page.click("button[value=seoyeon]")
        page.goto(f"{address}/courses/deep-learning/competitions/breast-cancer/leaderboard/")
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=TARGET, full_page=True, clip={"x": 0, "y": 96, "width": 1200, "height": 1090})
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
