"""The page: what was earned, question by question, then the notebook as it ran."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, Protocol

from seodang.errors import fill
from seodang.grade.feedback import highlight, prose
from seodang.grade.feedback.outputs import Budget, note, shown, terminal, text_of
from seodang.grade.results import Check, Graded, Kind, QuestionGrade, Severity, Status
from seodang.i18n import N_, gettext, speaking

MOST_CELLS = 1000
# Of a status, what a student reads. Evidence of tampering is for staff: here it says only who decides.
_STATES = {
    Status.PASSED: N_("Full points"),
    Status.PARTIAL: N_("Part of the points"),
    Status.FAILED: N_("Not passed"),
    Status.UNCHANGED: N_("Left as it was handed out"),
    Status.MISSING: N_("This cell is not in the notebook"),
    Status.WAITING: N_("A person will mark this"),
    Status.TIMEOUT: N_("Took too long and was stopped"),
    Status.CRASHED: N_("Python itself stopped here"),
    Status.TAMPERED: N_("A person will look at this"),
}


class HasTitle(Protocol):
    @property
    def title(self) -> str: ...


@cache
def _style() -> str:
    return (Path(__file__).parent / "style.css").read_text(encoding="utf-8")


@cache
def _policy() -> str:
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


# Stands in the page itself; whoever serves the page sends it as a header too, with `sandbox` added.
POLICY = _policy()


def render_feedback(
    lab: HasTitle,
    graded: Graded,
    *,
    language: str = "en",
    standalone: bool = True,
    theme: str = "",
    penalty: Decimal = Decimal(0),
) -> str:
    """The feedback on one submission, in `language` ("en" or "ko").

    Args:
        lab: its title stands above.
        standalone: a whole document with its style and policy, made for `<iframe sandbox srcdoc>` or a file. False
            gives the content of `<main>` alone, without any style.
        penalty: points that lateness takes off what the questions earn.
        theme: "light" or "dark" where the reader chose; else as their system says.
    """
    with speaking(language):
        content = _content(lab, graded, penalty)
        if not standalone:
            return content
        title = fill(N_("%(lab)s: feedback"), {"lab": lab.title})
        chosen = f' data-theme="{theme}"' if theme in ("light", "dark") else ""
        return (
            f'<!DOCTYPE html>\n<html lang="{"ko" if language.startswith("ko") else "en"}"{chosen}>\n<head>\n'
            f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="referrer" content="no-referrer">\n'
            f"<title>{escape(title)}</title>\n<style>{_style()}</style>\n</head>\n<body>\n"
            f"<main>\n{content}</main>\n</body>\n</html>\n"
        )


def _content(lab: HasTitle, graded: Graded, penalty: Decimal) -> str:
    places = {question.id: f"q{number}" for number, question in enumerate(graded.questions, start=1)}
    cells = (graded.notebook or {}).get("cells")
    shown_cells = [cell for cell in cells if isinstance(cell, Mapping)] if isinstance(cells, list) else []
    there = {_grade_id(cell) for cell in shown_cells[:MOST_CELLS]}
    return "".join(
        (
            _header(lab, graded, penalty),
            _summary(graded, places, there),
            _remarks(graded),
            *_cells(graded, shown_cells, places),
        )
    )


# --- above -----------------------------------------------------------------------------------------------------


def _header(lab: HasTitle, graded: Graded, penalty: Decimal) -> str:
    eyebrow = _("Feedback")
    parts = [f'<header><p class="eyebrow">{eyebrow}</p>\n<h1>{escape(lab.title)}</h1>\n']
    if graded.problem:
        problem, params = graded.problem, graded.problem.get("params") or {}
        message, hint = fill(str(problem.get("template", "")), params), fill(str(problem.get("hint", "")), params)
        parts.append(f'<div class="problem" role="note">{escape(message)} {escape(hint)}</div>\n')
    elif graded.questions:
        total = _points(graded.points - penalty, graded.max_points)
        notes = [_("so far; a person still marks the rest")] if graded.waits_for_a_person else []
        if penalty:
            taken = {"raw": _number(graded.points), "penalty": _number(penalty)}
            notes.append(escape(fill(N_("%(raw)s − %(penalty)s for lateness"), taken)))
        said = "".join(f" <span>{text}</span>" for text in notes)
        parts.append(f'<p class="total">{total}{said}</p>\n')
    return "".join((*parts, "</header>\n"))


def _summary(graded: Graded, places: Mapping[str, str], there: set[str]) -> str:
    if not graded.questions:
        return ""
    rows = []
    for question in graded.questions:
        title = escape(question.title or question.id)
        name = f'<a href="#{places[question.id]}">{title}</a>' if question.id in there else title
        rows.append(
            f'<tr class="{_tone(question)}"><th scope="row">{name}</th>'
            f'<td class="num">{_points(question.points, question.max_points)}</td>'
            f'<td><span class="state">{_state(question)}</span></td></tr>\n'
        )
    heads = (("", _("Question")), (' class="num"', _("Points")), ("", _("Result")))
    head = "".join(f'<th scope="col"{css}>{word}</th>' for css, word in heads)
    return (
        f'<div class="summary"><table><thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{''.join(rows)}</tbody></table></div>\n"
    )


def _remarks(graded: Graded) -> str:
    """Flags that help to hand in better. What hints at how cheating is noticed is not for students to read."""
    mine = [flag for flag in graded.flags if flag.severity is Severity.INFO]
    if not mine:
        return ""
    return f'<ul class="remarks">{"".join(f"<li>{escape(flag.message)}</li>" for flag in mine)}</ul>\n'


# --- the notebook ----------------------------------------------------------------------------------------------


def _cells(graded: Graded, cells: list[Mapping[str, Any]], places: Mapping[str, str]) -> Iterator[str]:
    questions = {question.id: question for question in graded.questions}
    budget = Budget()
    for number, cell in enumerate(cells[:MOST_CELLS], start=1):
        # A doubled cell is marked once; the copy is shown as the student's own.
        question = questions.pop(_grade_id(cell), None)
        if question is None:
            yield f'<section class="cell"><p class="number">{number}</p>{_body(cell, budget)}</section>\n'
        else:
            yield _question(question, cell, number, places[question.id], budget)
    if len(cells) > MOST_CELLS:
        yield note(fill(N_("%(count)s more cells are not shown."), {"count": len(cells) - MOST_CELLS}))


def _question(question: QuestionGrade, cell: Mapping[str, Any], number: int, place: str, budget: Budget) -> str:
    if question.kind is Kind.AUTOGRADED:
        # A test's outputs stay unseen: hidden parts may have printed.
        opened = "" if question.status is Status.PASSED else " open"
        source = _code(cell, budget)
        title = _("The test as you see it")
        body = f"<details{opened}><summary>{title}</summary>{source}</details>"
    else:
        body = _body(cell, budget)
    return (
        f'<section class="cell question {_tone(question)}" id="{place}">'
        f'<div class="mark"><h2>{escape(question.title or question.id)}</h2>'
        f'<p class="state">{_state(question)}</p>'
        f'<p class="points">{_points(question.points, question.max_points)}</p></div>\n'
        f'{_checks(question)}{body}<p class="number">{number}</p></section>\n'
    )


def _checks(question: QuestionGrade) -> str:
    if not question.checks:
        return ""
    return f'<ul class="checks">{"".join(_check(check) for check in question.checks)}</ul>'


def _check(check: Check) -> str:
    tone, sign, word = {
        True: ("yes", "✓", _("passed")),
        False: ("no", "✗", _("not passed")),
        None: ("open", "–", _("not reached")),
    }[check.passed]
    # A part without a title of its own bears one of these (`grade.points`), as a msgid.
    title = check.title or (N_("Visible tests") if check.visible else N_("Hidden tests"))
    named, hidden = _(title), _("hidden test")
    if not check.visible and title != "Hidden tests":
        named += f' <span class="state">{hidden}</span>'
    message = terminal(check.message) if check.visible and check.message else ""
    return (
        f'<li class="{tone}"><span class="sign" aria-hidden="true">{sign}</span>{named}'
        f'<span class="unseen">: {word}</span>{message}</li>'
    )


def _body(cell: Mapping[str, Any], budget: Budget) -> str:
    kind, source = cell.get("cell_type"), text_of(cell.get("source"))
    if kind == "markdown" and budget.parses(len(source)):
        return budget.take(prose.from_markdown(source, cell.get("attachments") or {}))
    if kind == "code":
        outputs = cell.get("outputs")
        return _code(cell, budget) + shown(outputs if isinstance(outputs, list) else [], budget)
    return budget.take(terminal(source))


def _code(cell: Mapping[str, Any], budget: Budget) -> str:
    source = text_of(cell.get("source"))
    if len(source) > highlight.MOST_CHARACTERS or not budget.parses(len(source)):
        return budget.take(terminal(source))
    return budget.take(f'<pre class="source" tabindex="0"><code>{highlight.python(source)}</code></pre>')


def _grade_id(cell: Mapping[str, Any]) -> str:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    return str(nbgrader.get("grade_id") or "") if isinstance(nbgrader, Mapping) else ""


# --- words -----------------------------------------------------------------------------------------------------


def _(message: str) -> str:
    return escape(gettext(message))


def _state(question: QuestionGrade) -> str:
    return _(_STATES[question.status])


def _tone(question: QuestionGrade) -> str:
    if question.points is None or question.status in (Status.WAITING, Status.TAMPERED):
        return ""
    if question.points >= question.max_points:
        return "passed"
    return "part" if question.points > 0 else "lost"


def _points(points: Decimal | None, most: Decimal) -> str:
    return f"{'–' if points is None else _number(points)} / {_number(most)}"


def _number(value: Decimal) -> str:
    """Two decimals at most, none that say nothing."""
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".")
