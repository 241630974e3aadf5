"""Submissions that are alike: a report that a worker makes, and each pair side by side for a person to judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from seodang.errors import SeodangError
from seodang.site.courses.access import Access, require
from seodang.site.jobs.models import Job
from seodang.site.labs.highlight import code_lines
from seodang.site.labs.models import GradingState, Lab, SimilarityReport, Submission
from seodang.site.labs.services import inputs
from seodang.site.labs.services import similarity as comparing
from seodang.site.labs.services.points import class_standings
from seodang.site.labs.views._common import address, is_part, lab_page, show, tell
from seodang.site.web.errors import problem_text
from seodang.site.web.templatetags.web import share as in_percent

if TYPE_CHECKING:
    from seodang.grade.similarity import Region, SideCell

UNSETTLED = (GradingState.WAITING, GradingState.RUNNING)


# --- the list -------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@lab_page
def similarity(request: HttpRequest, access: Access, lab: Lab) -> HttpResponse:
    """The newest report; POST asks for another."""
    require(access.may_assist)
    if request.method == "POST":
        try:
            comparing.start_similarity(lab=lab, by=request.user)
        except SeodangError as error:
            messages.error(request, tell(error))
        return redirect(address("similarity", lab))
    from seodang.grade.similarity import Settings

    report = lab.similarity_reports.select_related("made_by").first()
    done = report if report and report.state == GradingState.DONE else finished(lab)
    settings = Settings()
    return show(
        request,
        "_similarity" if is_part(request) else "similarity",
        access,
        lab,
        tab="similarity",
        report=done,
        running=report is not None and report.state in UNSETTLED,
        failed=report is not None and report.state == GradingState.FAILED,
        problem=" ".join(filter(None, problem_text(report.problem))) if report and report.problem else "",
        job_progress=progress_of(report),
        pairs=pair_rows(lab, done) if done else [],
        cut=bool(done and done.result and done.result.get("cut")),
        n_newer=newer_than(lab, done) if done else 0,
        threshold_share=in_percent(settings.min_share),
        threshold_tokens=round(settings.min_tokens),
        threshold_words=round(settings.min_words),
    )


def finished(lab: Lab) -> SimilarityReport | None:
    return lab.similarity_reports.filter(state=GradingState.DONE).select_related("made_by").first()


def progress_of(report: SimilarityReport | None) -> dict[str, Any]:
    if report is None or report.job_id is None or report.state not in UNSETTLED:
        return {}
    return Job.objects.filter(pk=report.job_id).values_list("progress", flat=True).first() or {}


def newer_than(lab: Lab, report: SimilarityReport) -> int:
    return sum(
        row.submission is not None and row.submission.submitted_at > report.created_at
        for row in class_standings(lab)
    )


def pair_rows(lab: Lab, report: SimilarityReport) -> list[dict[str, Any]]:
    titles = {one["id"]: one["title"] for one in (lab.current.questions if lab.current else ())}
    titles |= answers_to_titles(lab)
    asked = {
        frozenset((row["a"], row["b"])): [one["question"] for one in row["questions"]]
        for row in (report.result or {}).get("pairs", ())
    }
    return [
        {
            "a": str(found.a.user),
            "b": str(found.b.user),
            "share_a": found.share_a,
            "share_b": found.share_b,
            "width_a": f"{found.share_a:.3f}",
            "width_b": f"{found.share_b:.3f}",
            "tokens": found.tokens,
            "questions": ", ".join(
                dict.fromkeys(titles[one] for one in asked[frozenset((found.a.pk, found.b.pk))] if one in titles)
            ),
            "url": address("similarity_pair", lab, report.pk, found.a.pk, found.b.pk),
        }
        for found in comparing.pairs_of(report)
    ]


def answers_to_titles(lab: Lab) -> dict[str, str]:
    """Answer cells by the title of the question whose tests look at them."""
    from seodang.grade.errors import GradeError

    try:
        read = inputs.read_lab(lab.current, with_data=False) if lab.current else None
    except (GradeError, OSError):
        return {}
    return {id: one.title for one in (read.questions if read else ()) for id in one.answer_ids}


# --- one pair -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mark:
    """A passage that begins on a line: its number, its anchor here, and the anchor of its twin."""

    number: int
    anchor: str
    twin: str


@dataclass(frozen=True)
class Line:
    number: int
    html: SafeString
    passage: int | None = None  # the number of a shared passage it lies in
    begins: tuple[Mark, ...] = ()
    given: bool = False  # handed out with the lab

    @property
    def is_even(self) -> bool:
        return self.passage is not None and self.passage % 2 == 0


@dataclass(frozen=True)
class Block:
    """A cell with its lines."""

    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Side:
    key: str
    name: str
    url: str
    submission: Submission
    cells: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class Passage:
    """One shared passage, both texts beside each other."""

    number: int
    tokens: int
    a: Block
    b: Block


@require_safe
@lab_page
def similarity_pair(request: HttpRequest, access: Access, lab: Lab, report: int, a: int, b: int) -> HttpResponse:
    """Shared passages beside each other, then both submissions whole."""
    require(access.may_assist)
    found = lab.similarity_reports.filter(pk=report, state=GradingState.DONE).first()
    both = lab.submissions.select_related("user").in_bulk([a, b])
    if found is None or len(both) != 2:
        raise Http404
    found.lab = lab
    read = comparing.pair(report=found, a=both[a], b=both[b])
    if read is None:
        raise Http404
    given = given_lines(lab)
    sides = [
        side_of("a", lab, read.a, read.cells_a, [one.a for one in read.pair.regions], given),
        side_of("b", lab, read.b, read.cells_b, [one.b for one in read.pair.regions], given),
    ]
    return show(
        request,
        "similarity_pair",
        access,
        lab,
        tab="similarity",
        pair=read.pair,
        a=sides[0],
        b=sides[1],
        sides=sides,
        passages=passages(read.pair.regions, read.cells_a, read.cells_b),
        siblings=siblings(lab, found, {a, b}),
    )


def given_lines(lab: Lab) -> set[str]:
    """Lines of the notebook that everybody was handed, without their indentation."""
    from seodang.grade.errors import GradeError

    try:
        read = inputs.read_lab(lab.current, with_data=False) if lab.current else None
    except (GradeError, OSError):
        return set()
    cells = read.cells if read else ()
    return {line.strip() for cell in cells for line in cell.released.split("\n") if line.strip()}


def side_of(
    key: str, lab: Lab, submission: Submission, cells: tuple[SideCell, ...], spans: list[Any], given: set[str]
) -> Side:
    other = "b" if key == "a" else "a"
    begins: dict[tuple[str, int], list[Mark]] = {}
    for number, span in enumerate(spans, start=1):
        mark = Mark(number, f"{key}-{number}", f"{other}-{number}")
        begins.setdefault((span.cell, span.first_line), []).append(mark)
    url = address("staff_submission", lab, submission.user_id, submission.attempt)
    blocks = []
    for cell in cells:
        lines = []
        for line, html in zip(cell.lines, shown_lines(cell), strict=False):
            passage = line.regions[0] + 1 if line.regions else None
            marks = tuple(begins.pop((cell.cell.id, line.number), ()))  # two cells may bear one id
            is_given = passage is None and line.text.strip() in given
            lines.append(Line(line.number, html, passage, marks, is_given))
        blocks.append(Block(place_words(cell.cell.id), tuple(lines)))
    return Side(key, str(submission.user), url, submission, blocks)


def shown_lines(cell: SideCell) -> tuple[SafeString, ...]:
    return code_lines(cell.cell.source, "python" if cell.cell.kind == "code" else "text")


def place_words(id: str) -> str:
    return _("Cell %(number)s") % {"number": id[1:]} if id.startswith("#") else id


def passages(
    regions: tuple[Region, ...], cells_a: tuple[SideCell, ...], cells_b: tuple[SideCell, ...]
) -> list[Passage]:
    """Both texts of each shared passage, line by line, the longest first."""
    by_id = [{cell.cell.id: cell for cell in reversed(cells)} for cells in (cells_a, cells_b)]
    found = []
    for number, region in enumerate(regions, start=1):
        blocks = []
        for span, cells in ((region.a, by_id[0]), (region.b, by_id[1])):
            html = shown_lines(cells[span.cell]) if span.cell in cells else ()
            shown = list(enumerate(html, start=1))[span.first_line - 1 : span.last_line]
            blocks.append(Block(place_words(span.cell), tuple(Line(n, line, number) for n, line in shown)))
        found.append(Passage(number, region.tokens, blocks[0], blocks[1]))
    return sorted(found, key=lambda passage: -passage.tokens)


def siblings(lab: Lab, report: SimilarityReport, now: set[int]) -> dict[str, str]:
    """Addresses of the pair before and after this one in the report."""
    pairs = [(row["a"], row["b"]) for row in (report.result or {}).get("pairs", ())]
    here = next((n for n, pair in enumerate(pairs) if set(pair) == now), None)
    if here is None:
        return {}
    found = {}
    if here:
        found["previous"] = address("similarity_pair", lab, report.pk, *pairs[here - 1])
    if here + 1 < len(pairs):
        found["next"] = address("similarity_pair", lab, report.pk, *pairs[here + 1])
    return found
