"""Staff take a lab home: marks by hand, a mended test, late days, released points, a table, copies found."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.grade.notebooks import as_bytes
from tests.journeys import labs, notebooks
from tests.journeys.classroom import LAB_CLASSES
from tests.journeys.labs import Watched, root
from tests.journeys.people import DESKTOP, PHONE, Device
from tests.journeys.sites import Site

pytestmark = labs.pytestmark

SLUG = "to-mark"
TRIPS = [
    pytest.param("en", DESKTOP, "light", id="en-desktop-light"),
    pytest.param("ko", PHONE, "dark", id="ko-phone-dark"),
]
# By number in the class: Ada solved it, Ben was wronged by a test, Cy copied Ada, Di is half right, Eve handed in
# nothing, Flo an empty notebook. All are a day late; Ben gets an extension. (earned, penalty, total), as exported.
IN_THE_END = {
    1: ("11", "1.1", "9.9"),
    2: ("7", "0", "7"),
    3: ("7.5", "0.75", "6.75"),
    4: ("2", "0.2", "1.8"),
    5: ("", "", ""),
    6: ("0", "0", "0"),
}


@dataclass(frozen=True)
class Remarks:
    good: str
    short: str
    comment: str
    whole: str
    note: str
    visible_tests: str


REMARKS = {
    "en": Remarks(
        "Names what squares do to errors",
        "Says that it is usual",
        "Why is there only **one** minimum?",
        "A pleasure to read.",
        "NumPy's numbers are numbers, too",
        "Visible tests",
    ),
    "ko": Remarks(
        "제곱이 오차에 하는 일을 짚음",
        "흔히 그렇게 한다고 말함",
        "왜 최솟값이 **하나뿐**일까요?",
        "즐겁게 읽었습니다.",
        "NumPy의 수도 수로 받습니다",
        "공개 검사",
    ),
}


class Desk:
    """The page on which one marks: by its keys, and by touch on a phone."""

    def __init__(self, professor: Watched) -> None:
        self.person, self.page = professor, professor.page

    @property
    def answer(self) -> str:
        return self.page.locator("#marking .answer").inner_text()

    @property
    def total(self) -> Locator:
        return self.page.locator("[data-mark-total]")

    def key(self, key: str, touch: str) -> None:
        if self.person.device.is_phone:
            self.page.locator(touch).tap()
        else:
            self.page.keyboard.press(key)

    def item(self, number: int) -> None:
        self.key(str(number), f".rubric-item:has([data-rubric-item='{number}'])")

    def points(self, points: str) -> None:
        field = self.page.locator("[data-mark-points]")
        self.key("p", "[data-mark-points]")
        expect(field).to_be_focused()
        self.page.keyboard.type(points)
        self.page.keyboard.press("Escape")

    def comment(self, text: str) -> None:
        self.key("c", "[data-mark-comment]")
        expect(self.page.locator("[data-mark-comment]")).to_be_focused()
        self.page.keyboard.type(text)

    def save(self, key: str = "Enter") -> None:
        self.key(key, "[data-mark-next]")

    def mark_all(self, question: str, lab: str, mark: Callable[[str], str]) -> int:
        """From the queue to its end; `mark` gets each answer and returns the key that saves."""
        self.person.go(f"{lab}marking/")
        self.page.locator(f"a.button[href*='/marking/{question}/']").click()
        self.person.at(rf"/marking/{question}/\d+/$")
        n_marked = 0
        while True:
            n_marked += 1
            here = self.page.url
            self.save(mark(self.answer))
            self.page.wait_for_url(lambda url, here=here: url != here)
            if self.page.url.endswith("/marking/"):
                return n_marked
            expect(self.page.locator("#marking progress")).to_have_attribute("value", str(n_marked))


def people(language: str) -> tuple[str, ...]:
    return LAB_CLASSES[language].people


def row(visitor: Watched, number: int) -> Locator:
    return visitor.page.get_by_role("row").filter(has_text=people(visitor.language)[number])


def sees_class(professor: Watched, lab: str) -> None:
    professor.go(f"{lab}progress/")
    expect(professor.page.locator("main tbody tr")).to_have_count(6)
    for number, points in {1: "5.4", 2: "1.8", 3: "5.4", 4: "1.8"}.items():
        expect(row(professor, number)).to_contain_text(points)  # a tenth is off for one day
    professor.look("class")
    professor.page.locator("#student-search").fill(people(professor.language)[2])
    expect(professor.page.locator("main tbody tr")).to_have_count(1)


def gives_extension(professor: Watched, lab: str) -> None:
    """To the second student, who then is on time."""
    professor.go(f"{lab}progress/")
    row(professor, 2).get_by_role("rowheader").get_by_role("link").click()
    professor.at(r"/students/\d+/$")
    professor.look("one student")
    professor.page.locator("main a[href*='/extensions/?user=']").click()
    professor.at(r"/extensions/\?user=")
    professor.fill(days="1", reason="flu")
    professor.send("days")
    expect(professor.page.locator("main tbody tr")).to_have_count(1)
    professor.look("extension")
    professor.go(f"{lab}progress/")
    expect(row(professor, 2)).to_contain_text("2")
    expect(row(professor, 2)).not_to_contain_text("1.8")


def makes_rubric(professor: Watched, lab: str) -> None:
    page, said = professor.page, REMARKS[professor.language]
    professor.go(f"{lab}marking/")
    professor.look("queue")
    page.locator("main a[href$='/marking/why/rubric/']").click()
    professor.at(r"/rubric/$")
    for n_items, (text, points) in enumerate([(said.good, "3"), (said.short, "1")], start=1):
        page.locator("#item-text-new").fill(text)
        page.locator("#item-points-new").fill(points)
        page.locator("#rubric [name='action'][value='add']").click()
        expect(page.locator("#rubric [name='action'][value='change']")).to_have_count(n_items)
    professor.look("rubric")


def marks_essays(professor: Watched, lab: str) -> None:
    language = professor.language
    words, said, desk = notebooks.WORDS[language], REMARKS[language], Desk(professor)
    seen: list[str] = []

    def mark(answer: str) -> str:
        assert not any(name in professor.page.content() for name in people(language)[1:]), "names are hidden"
        seen.append(answer)
        if answer.strip() == words.short_essay:
            desk.item(2)
            expect(desk.total).to_have_text("1")
            return "j"
        if words.short_essay in answer:
            desk.points("1.5")
            expect(desk.total).to_have_text("1.5")
            return "Enter"
        desk.item(1)
        expect(desk.total).to_have_text("3")
        desk.comment(said.comment)
        professor.look("essay")
        return "Control+Enter"

    assert desk.mark_all("why", lab, mark) == 3, "an untouched answer waits for nobody"
    assert len(set(seen)) == 3
    professor.look("essays are marked")


def marks_drawings(professor: Watched, lab: str) -> None:
    words, desk = notebooks.WORDS[professor.language], Desk(professor)

    def mark(answer: str) -> str:
        good = words.drawing in answer
        if professor.device.is_phone:
            desk.points("2" if good else "0")
        else:
            professor.page.keyboard.press("f" if good else "0")
        expect(desk.total).to_have_text("2" if good else "0")
        if good:
            expect(professor.page.locator(".marking-desk")).to_contain_text(notebooks.SCHEME)
            professor.look("task")
        return "Enter"

    assert desk.mark_all("draw", lab, mark) == 5


def comments_on_whole(professor: Watched, lab: str) -> None:
    professor.go(f"{lab}progress/")
    row(professor, 1).locator("td a[href$='/1/']").first.click()
    professor.at(r"/students/\d+/1/$")
    professor.fill(text=REMARKS[professor.language].whole)
    professor.page.locator("[name='action'][value='comment']").click()
    expect(professor.page.locator("section[aria-labelledby='comments'] .note")).to_have_count(1)
    frame = professor.page.locator("iframe.notebook-frame")
    frame.scroll_into_view_if_needed()
    expect(professor.page.frame_locator("iframe.notebook-frame").get_by_text("total_xy").first).to_be_visible()
    professor.look("submission of a student")


def sees_statistics(professor: Watched, lab: str) -> None:
    professor.go(f"{lab}questions/")
    blocks = professor.page.locator("section.question-stat")
    expect(blocks).to_have_count(4)
    words = notebooks.WORDS[professor.language]
    titles = [words.draw, words.why, words.slope, words.reading]  # the most missed first
    for number, title in enumerate(titles):
        expect(blocks.nth(number).get_by_role("heading")).to_contain_text(title)
    expect(blocks.nth(2).locator("strong").first).to_have_text("2")  # the mean of 4, 0, 4, 2 and 0
    for text in (notebooks.HIDDEN_ERROR, REMARKS[professor.language].visible_tests):
        expect(blocks.nth(2)).to_contain_text(text)
    professor.look("questions")


def reads_little(student: Watched, lab: str) -> None:
    """Before the release: points of tests, and nothing that a person gave."""
    said = REMARKS[student.language]
    student.go(f"{lab}submissions/1/")
    expect(student.page.locator("#submission .facts dd strong").first).to_have_text("5.4")
    for place in (f"{lab}submissions/1/", f"{lab}submissions/1/notebook/", f"{lab}submissions/", lab):
        status, text = student.gets(place)
        assert status == 200
        for word in (
            said.good,
            said.whole,
            said.comment.replace("*", ""),
            notebooks.SCHEME,
            notebooks.HIDDEN_ERROR,
        ):
            assert word not in text, f"{place} shows {word}"
    student.look("before the release")
    student.marked()


def mends_test(professor: Watched, lab: str) -> None:
    """A new revision, a preview of whose points change, and then they do."""
    page, language = professor.page, professor.language
    professor.go(f"{lab}revise/")
    professor.attach("notebook", "mended.ipynb", as_bytes(notebooks.source(language)))
    professor.fill(note=REMARKS[language].note)
    professor.send("note")
    professor.at(r"/revisions/2/$")
    expect(page.locator("main .note-success")).to_be_visible()
    professor.look("mended")
    professor.go(f"{lab}regrade/")
    professor.look("regrade")
    page.locator("main form:has([name='revision'])").get_by_role("button").last.click()
    professor.at(r"/regrade/\d+/$")
    professor.marked()
    apply = page.locator("[name='action'][value='apply']")
    expect(apply).to_be_visible()
    assert professor.is_marked(), "the preview came by a reload"
    changed = page.locator("section[aria-labelledby='whose'] tbody tr")
    expect(changed).to_have_count(1)
    expect(changed).to_contain_text(people(language)[2])
    assert [text.strip() for text in changed.locator(".num span").all_inner_texts()][:2] == ["3", "7"]
    expect(changed).to_contain_text("+4")
    professor.look("preview")
    professor.confirm(apply)
    expect(page.locator("#regrade .note-success")).to_be_visible()
    professor.look("applied")


def releases(professor: Watched, lab: str) -> None:
    professor.go(f"{lab}progress/")
    professor.confirm(professor.page.locator("main [name='action'][value='release']"))
    expect(professor.page.locator("main [name='action'][value='take_back']")).to_be_visible()
    professor.look("released")


def reads_everything(student: Watched) -> None:
    said = REMARKS[student.language]
    expect(student.page.locator("#submission .facts dd strong").first).to_have_text("9.9")
    assert student.is_marked(), "the points came by a reload"
    main = student.page.get_by_role("main")
    for text in (said.good, said.comment.replace("*", ""), said.whole):
        expect(main).to_contain_text(text)
    assert notebooks.SCHEME not in student.page.content()
    student.look("after the release")


def takes_table(professor: Watched, lab: str) -> None:
    professor.go(f"{lab}progress/")
    content = professor.download(professor.page.locator("main a[href$='/export/']"))
    rows = {line["name"]: line for line in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))}
    for number, expected in IN_THE_END.items():
        line = rows[people(professor.language)[number]]
        assert (line["earned"], line["penalty"], line["total"]) == expected, line
        assert line["late_days"] == {2: "0", 5: ""}.get(number, "1"), line
    marks = [rows[people(professor.language)[number]]["why"] for number in range(1, 7)]
    assert marks == ["3", "1", "1.5", "0", "", "0"]


def finds_copies(professor: Watched, lab: str) -> None:
    page = professor.page
    professor.go(f"{lab}similarity/")
    page.locator("main form").get_by_role("button").click()
    pairs = page.locator("#similar tbody tr")
    expect(pairs).to_have_count(1)
    for number in (1, 3):
        expect(pairs).to_contain_text(people(professor.language)[number])
    professor.look("similarity")
    pairs.get_by_role("link").click()
    professor.at(r"/similarity/\d+/\d+/\d+/$")
    expect(page.locator(".sides-whole .side")).to_have_count(2)
    for word in ("total_xy", "sum_of_xy"):
        expect(page.locator("tr.is-matched").filter(has_text=word).first).to_be_attached()
    professor.look("side by side")


@pytest.mark.parametrize(("language", "device", "scheme"), TRIPS)
def test_staff_mark_mend_and_release(
    browser: Browser, classroom: Site, tmp_path: Path, language: str, device: Device, scheme: str
) -> None:
    due = timedelta(hours=-2)
    labs.make_lab(classroom, language, tmp_path, slug=SLUG, due=due, wants_plain_number=True)
    labs.hand_in(classroom, language, SLUG, tmp_path)
    lab = f"{root(language)}{SLUG}/"
    with (
        Watched(browser, classroom, 0, language, device, color_scheme=scheme) as professor,
        Watched(browser, classroom, 1, language, device, color_scheme=scheme) as student,
    ):
        sees_class(professor, lab)
        gives_extension(professor, lab)
        makes_rubric(professor, lab)
        marks_essays(professor, lab)
        marks_drawings(professor, lab)
        comments_on_whole(professor, lab)
        sees_statistics(professor, lab)
        reads_little(student, lab)
        mends_test(professor, lab)
        releases(professor, lab)
        reads_everything(student)
        takes_table(professor, lab)
        finds_copies(professor, lab)
