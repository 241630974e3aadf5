"""A lab from the teacher's folder to the students' points, in two languages and on two devices."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.grade.notebooks import answer, as_bytes, checked, code, notebook
from tests.journeys import labs, notebooks
from tests.journeys.classroom import LAB_CLASSES
from tests.journeys.labs import Watched, root
from tests.journeys.people import DESKTOP, PHONE, Device
from tests.journeys.sites import Site, wait_until

pytestmark = labs.pytestmark

TRIPS = [
    pytest.param("en", DESKTOP, "light", id="en-desktop-light"),
    pytest.param("ko", PHONE, "dark", id="ko-phone-dark"),
]
FOR_STAFF = (notebooks.SECRET, notebooks.SCHEME, notebooks.SOLVED, notebooks.HIDDEN_ERROR)
# What a student's output could try where somebody else looks at it.
MISCHIEF = """from IPython.display import HTML, display
display(HTML(
    "<p>drawn by hand</p><script>parent.document.title = 'owned'; document.body.textContent = 'owned'</script>"
    "<img src='/owned' onerror=\\"document.body.textContent = 'owned'\\"><iframe src='/owned'></iframe>"
))
"""


def make_lab(professor: Watched) -> str:
    """From the teacher's files to a published lab; its address."""
    page, language = professor.page, professor.language
    words = notebooks.WORDS[language]
    professor.go(root(language))
    professor.look("labs of the course")
    page.locator("main a[href$='/labs/new/']").click()
    professor.at(r"/labs/new/$")
    professor.look("new lab")
    refusal = page.locator("main .errorlist, main .field-error, main [role='alert']").first
    if language == "en":
        professor.attach("notebook", "week3.ipynb", b"Dear students, the lab comes tomorrow.")
        professor.send("notebook")
        expect(refusal).to_be_visible()
        professor.look("no notebook")
        professor.attach("notebook", "week3.ipynb", as_bytes(notebooks.source("en")))
        professor.attach("data", notebooks.DATA, notebooks.TABLE)
    else:
        broken = notebooks.nbgrader_folder("week3", notebooks.broken_source("ko"))
        professor.attach("notebook", "course.zip", broken)
        professor.send("notebook")
        expect(page.get_by_role("main")).to_contain_text("slope")
        professor.look("cell named")
        professor.attach("notebook", "course.zip", notebooks.nbgrader_folder("week3", notebooks.source("ko")))
    professor.send("notebook")
    revision = professor.at(r"(/courses/[^/]+/labs/[^/]+/)revisions/1/$")
    professor.marked()
    expect(page.locator("main .note-success")).to_be_visible()
    expect(page.locator(f"#lab-tabs a[href='{revision[1]}marking/']")).to_be_visible()
    assert professor.is_marked(), "the report came by a reload"
    report = page.get_by_role("row").filter(has_text=words.slope)
    expect(report).to_contain_text(words.hidden_lines)
    expect(report.get_by_role("cell").last).to_have_text("0")
    professor.look("checked")
    page.locator("main form:has([value='publish'])").get_by_role("button").click()
    page.wait_for_url(f"**{revision[1]}")
    professor.look("published")
    for tab in ("manage", "revise", "extensions", "marking", "questions", "similarity"):
        professor.go(f"{revision[1]}{tab}/")
        professor.look(f"{tab} of a new lab")
    return revision[1]


def take_files(student: Watched, lab: str) -> bytes:
    """The released notebook; it and everything beside it hold nothing that is for staff."""
    student.go(root(student.language))
    student.look("labs")
    student.page.locator(f"main a[href='{lab}']").first.click()
    student.page.wait_for_url(f"**{lab}")
    student.look("lab")
    links = student.page.locator("section[aria-labelledby='files'] a[download]")
    files = {}
    for number in range(links.count()):
        link = links.nth(number)
        files[(link.get_attribute("href") or "").rpartition("/")[2]] = student.download(link)
    assert files[notebooks.DATA] == notebooks.TABLE
    name = next(name for name in files if name.endswith(".ipynb"))
    with zipfile.ZipFile(io.BytesIO(files["all.zip"])) as archive:
        packed = {inside.rpartition("/")[2]: archive.read(inside) for inside in archive.namelist()}
    assert packed == {one: files[one] for one in (name, notebooks.DATA)}
    for file, content in files.items():
        for word in FOR_STAFF:
            assert word.encode() not in content, f"{file} holds {word}"
    return files[name]


def hand_in(student: Watched, lab: str, name: str, content: bytes) -> None:
    student.go(lab)
    student.attach("file", name, content)
    student.send("file")


def is_refused(student: Watched, lab: str, name: str, content: bytes, attempts: int) -> Locator:
    hand_in(student, lab, name, content)
    refusal = student.page.locator("#refusal")
    expect(refusal).to_contain_text(name)
    assert len(refusal.inner_text()) > len(name) + 60, "a sentence that says what to do"
    assert student.page.locator("#attempts tbody tr").count() == attempts
    return refusal


def another_lab() -> bytes:
    return as_bytes(
        notebook(answer("circle", "def circle():\n    return 3"), checked("circle-tests", "assert circle() == 3"))
    )


def points(student: Watched) -> Locator:
    return student.page.locator("#submission .facts dd strong").first


def waits(student: Watched) -> Locator:
    """What is said while a submission waits to be marked."""
    return student.page.locator("#submission .note-accent")


def question(student: Watched, title: str) -> Locator:
    return student.page.locator("#submission li.question").filter(has_text=title)


def reads_own_notebook(student: Watched, address: str) -> None:
    """In a frame without scripts; what the student's own output tried came to nothing."""
    frame = student.page.locator("iframe.notebook-frame")
    frame.scroll_into_view_if_needed()
    assert frame.get_attribute("sandbox") == ""
    inside = student.page.frame_locator("iframe.notebook-frame")
    expect(inside.get_by_text("drawn by hand", exact=True)).to_be_visible()
    expect(inside.get_by_text("owned", exact=True)).to_have_count(0)
    assert "owned" not in student.page.title()
    answer = student.context.request.get(f"{address}notebook/")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "allow-scripts" not in answer.headers["content-security-policy"]
    for text in (answer.text(), student.page.content()):
        for word in FOR_STAFF:
            assert word not in text, f"{word} is shown to a student"


@pytest.mark.parametrize(("language", "device", "scheme"), TRIPS)
def test_a_class_works_on_a_lab(
    browser: Browser, classroom: Site, language: str, device: Device, scheme: str
) -> None:
    words = notebooks.WORDS[language]
    options = {"color_scheme": scheme}
    with (
        Watched(browser, classroom, 0, language, device, **options) as professor,
        Watched(browser, classroom, 1, language, device, **options) as ada,
        Watched(browser, classroom, 2, language, device, **options) as ben,
    ):
        lab = make_lab(professor)
        professor.go(f"{lab}progress/")
        professor.look("nobody has handed in")
        professor.marked()

        # Wrong files are refused with a sentence and cost nothing.
        released = take_files(ada, lab)
        is_refused(ada, lab, "notes.txt", b"I will hand in later.", attempts=0)
        ada.look("refused text")
        is_refused(ada, lab, "other.ipynb", another_lab(), attempts=0)
        ada.look("refused lab")

        # Two hand in at once: both see their place in the queue, and then their points without a reload.
        solved = {"read": notebooks.READ_ALONE, "slope": notebooks.SLOPE_OF_FIT, "why": words.essay}
        content = notebooks.filled(released, solved, code(MISCHIEF))
        half = {"read": notebooks.READ_WITH_HEAD, "slope": notebooks.SLOPE_RISING}
        with labs.workers_asleep(classroom):
            hand_in(ada, lab, "week3.ipynb", content)
            own = ada.at(r"(/courses/\S+/submissions/1/)$")[1]
            ada.marked()
            hand_in(ben, lab, "week3.ipynb", notebooks.filled(released, half))
            ben.at(r"/submissions/1/$")
            ben.marked()
            expect(waits(ada)).to_be_visible()
            assert not re.search(r"\d", waits(ada).inner_text()), "nobody is before the first"
            expect(waits(ben)).to_contain_text("1")
            ben.look("waits")
        expect(points(ada)).to_have_text("6")
        expect(points(ben)).to_have_text("2")
        assert ada.is_marked(), "the points came by a reload"
        assert ben.is_marked(), "the points came by a reload"
        expect(question(ada, words.slope)).to_contain_text(words.hidden_lines)
        reads_own_notebook(ada, own)
        ada.look("points")

        # What stands is not touched by what is refused.
        is_refused(ada, lab, "week3.ipynb", b'{"cells": [', attempts=1)
        is_refused(ada, lab, "week3.ipynb", content, attempts=1)
        ada.look("the same file again")
        ada.go(own)
        expect(points(ada)).to_have_text("6")

        # What a visible test said is shown, the second attempt counts, and the class page moved.
        row = professor.page.get_by_role("row").filter(has_text=ada.name)
        expect(row.get_by_role("cell").nth(1)).to_contain_text("6")
        assert professor.is_marked(), "the class moved by a reload"
        expect(question(ben, words.reading)).to_contain_text(f"assert len(x) == {len(notebooks.ROWS)}")
        expect(question(ben, words.slope).locator(".question-points strong")).to_have_text("2")
        ben.look("half of the points")
        hand_in(ben, lab, "week3 (2).ipynb", notebooks.filled(released, {**half, "read": notebooks.READ}))
        ben.at(r"/submissions/2/$")
        expect(points(ben)).to_have_text("4")
        ben.look("second attempt")
        ben.go(f"{lab}submissions/")
        lines = ben.page.locator("#attempts tbody tr")
        expect(lines).to_have_count(2)
        expect(lines.nth(0).locator("th .badge")).to_be_visible()  # the latest counts
        expect(lines.nth(1).locator("th .badge")).to_have_count(0)
        ben.look("both attempts")
        ben.go(lab)
        ben.look("lab with attempts")
        professor.look("two have handed in")
        nobody_else_reads_it(professor, ada, lab, browser, classroom)


def nobody_else_reads_it(professor: Watched, other: Watched, lab: str, browser: Browser, classroom: Site) -> None:
    """What staff read of a student is closed to another student, and not there for somebody of another course."""
    rows = professor.page.get_by_role("row").filter(has_text=LAB_CLASSES[professor.language].people[2])
    staff_page = rows.get_by_role("rowheader").get_by_role("link").get_attribute("href")
    assert professor.gets(f"{staff_page}2/")[0] == 200
    places = [f"{staff_page}{rest}" for rest in ("", "1/", "1/file/", "1/notebook/")]
    places += [f"{lab}{rest}" for rest in ("progress/", "export/", "similarity/", "marking/", "revisions/1/file/")]
    with Watched(browser, classroom, 1, "ko" if other.language == "en" else "en", DESKTOP) as stranger:
        for place in places:
            assert other.gets(place)[0] in {403, 404}, place
        for place in (*places, lab, f"{lab}submissions/1/", f"{lab}submissions/1/file/", f"{lab}files/all.zip"):
            assert stranger.gets(place)[0] == 404, place
    assert other.gets(f"{lab}submissions/2/")[0] == 404, "a student has one's own submissions only"


def test_a_student_hands_in_without_javascript(browser: Browser, classroom: Site, tmp_path: Path) -> None:
    labs.make_lab(classroom, "ko", tmp_path, slug="by-form", due=timedelta(days=2))
    lab = f"{root('ko')}by-form/"
    with Watched(browser, classroom, 3, "ko", PHONE, java_script_enabled=False) as student:
        student.go(lab)
        student.picture("lab without script")
        released = student.download(student.page.locator("section[aria-labelledby='files'] a[download]").first)
        is_refused(student, lab, "wrong.ipynb", b"no notebook", attempts=0)
        student.picture("refused without script")
        work = {"read": notebooks.READ, "slope": notebooks.SLOPE}
        student.attach("file", "week3.ipynb", notebooks.filled(released, work))
        student.send("file")
        student.at(r"/submissions/1/$")

        def is_marked() -> bool:
            student.go(student.page.url)
            return points(student).count() > 0

        wait_until(is_marked, "the submission has its points")
        expect(points(student)).to_have_text("6")
        student.picture("points without script")
        assert json.loads(released)["nbformat"] == 4
