"""AUTOTEST lines: the tests that nbgrader (0.9 on) makes of comments like `### AUTOTEST mean([1, 2]); total`.

`instantiate` runs the solution once in the sandbox, with each line replaced by code that reports the type and
values of its snippets as data, and writes the tests that the templates say: same place, same hashes, same salts
as nbgrader's. So a released test is the same from both, and the same in every call.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from seodang.grade.autotest_templates import TemplateRefused, Templates, find_templates, render
from seodang.grade.errors import LabInvalid, LabProblem
from seodang.grade.lab import Lab
from seodang.grade.merge import Merged, MergedCell
from seodang.grade.notebook import Cell, Notebook
from seodang.i18n import N_

if TYPE_CHECKING:
    from pathlib import Path

    from seodang.grade.execute import Executor
    from seodang.grade.execute.executed import Executed

WORD = "AUTOTEST"
HASHED = "HASHED"
MIME = "application/vnd.seodang.autotest+json"
MAX_VALUE_CHARS = 20_000
MAX_SNIPPETS = 500
MAX_TYPE_CHARS = 500


def has_autotests(lab: Lab) -> bool:
    return any(_is_made(cell.cell) for cell in _test_cells(lab))


def read_lab(source: Path, executor: Executor) -> Lab:
    """`Lab.read`, with tests in the place of AUTOTEST lines.

    Raises:
        LabInvalid: naming cell and line of what cannot become a test. ImageLacks, SandboxUnavailable.
    """
    return completed(Lab.read(source, autotests=True), executor)


def completed(lab: Lab, executor: Executor, templates: Templates | None = None) -> Lab:
    """The lab with its tests made; the same lab where it has no AUTOTEST lines.

    Raises: as `read_lab`.
    """
    if not has_autotests(lab):
        return lab
    if templates is None:
        templates = templates_of(lab)
    return lab.with_notebook(instantiate(lab, executor, templates))


def templates_of(lab: Lab) -> Templates:
    """Those of the lab's course. Raises LabInvalid."""
    return find_templates(lab.source_path, kernel=_kernel(lab), folder=lab.data_dir)


def instantiate(lab: Lab, executor: Executor, templates: Templates) -> Notebook:
    """The source with tests in the place of its AUTOTEST lines.

    Raises: as `read_lab`.
    """
    return _Instantiation(lab, templates).notebook(executor)


@dataclass(frozen=True)
class _Snippet:
    """One snippet of one line. `choices`: the expressions to evaluate for each type, rendered."""

    line: int
    code: str
    dispatch: str
    choices: Mapping[str, tuple[str, ...]]
    messages: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Result:
    """text: as nbgrader's sanitizer leaves what a kernel shows. string: the value itself where it is a str."""

    text: str | None
    string: str | None


class _Instantiation:
    def __init__(self, lab: Lab, templates: Templates) -> None:
        self.lab = lab
        self.templates = templates
        self.problems: list[LabProblem] = []
        self.steps: list[str] = []
        self.step_of: dict[tuple[int, int], int] = {}  # (cell, number of the snippet) → its place in `steps`
        self.pieces: dict[int, list[str | _Snippet]] = {}

    def notebook(self, executor: Executor) -> Notebook:
        if self.lab.language != "python":
            template = N_("AUTOTEST lines are made into tests for Python only; the notebook is in “%(language)s”.")
            raise _invalid([LabProblem("autotest", template, {"language": self.lab.language})])
        for lab_cell in self.lab.cells:
            if lab_cell.cell_type != "code" or not lab_cell.cell.source:
                continue
            if lab_cell.mark is not None and lab_cell.mark.is_grade and _is_made(lab_cell.cell):
                self.read(lab_cell.index, lab_cell.place, lab_cell.cell.source)
            else:
                self.steps.append(lab_cell.cell.source)
        if len(self.step_of) > MAX_SNIPPETS:
            template = N_("its AUTOTEST lines hold more than %(most)s snippets.")
            self.problems.append(LabProblem("autotest", template, {"most": MAX_SNIPPETS}))
        self.stop_if_wrong()
        executed = executor.execute(self.lab, self.merged(), compat=True)
        if executed.problem is not None:
            raise _invalid([LabProblem("autotest", executed.problem["template"], executed.problem["params"])])
        cells = list(self.lab.notebook.cells)
        for index in self.pieces:
            source = self.written(index, executed)
            cells[index] = replace(cells[index], source=source)
        self.stop_if_wrong()
        return replace(self.lab.notebook, cells=tuple(cells))

    def stop_if_wrong(self) -> None:
        if self.problems:
            raise _invalid(self.problems)

    def add(self, cell: str, line: int | None, template: str, **params: Any) -> None:
        self.problems.append(LabProblem("autotest", template, params, cell, line))

    def merged(self) -> Merged:
        """Every step a cell of its own, as nbgrader gives them to its kernel; nothing in it is a test."""
        cells = enumerate(self.steps)
        return Merged(tuple(MergedCell(index, "", "code", "code", source) for index, source in cells))

    # -- before the run

    def read(self, index: int, place: str, source: str) -> None:
        """Split a test cell at its AUTOTEST lines."""
        # nbgrader's own salts, so that both release the same hashes.
        salt = int(hashlib.sha256(f"{source}{index}".encode()).hexdigest(), 16) % 10**6
        pieces: list[str | _Snippet] = []
        waiting: list[str] = []
        is_set_up = False
        for number, line in enumerate(source.split("\n"), start=1):
            if not _is_line(line):
                pieces.append(line)
                waiting.append(line)
                continue
            self.steps.append("\n".join(waiting))
            waiting = []
            if self.templates.setup is not None and not is_set_up:
                is_set_up = True
                pieces.append(self.templates.setup)
                self.steps.append(self.templates.setup)
            before, _word, after = line.partition(WORD)
            if HASHED in before and self.templates.hash is None:
                self.add(place, number, N_("it asks for hashed values, but the templates have no “hash”."))
                continue
            snippets = [part.strip() for part in after.split(";") if part.strip()]
            if not snippets:
                self.add(place, number, N_("the AUTOTEST line holds nothing to test."))
            for code in snippets:
                salt += HASHED in before
                self.take(index, place, pieces, number, code, f"{salt:x}" if HASHED in before else None)
                pieces.append("")
        if self.templates.success is not None:
            pieces.append(self.templates.success)
            waiting.append(self.templates.success)
        self.steps.append("\n".join(waiting))
        self.pieces[index] = pieces

    def take(
        self, index: int, place: str, pieces: list[str | _Snippet], line: int, code: str, salt: str | None
    ) -> None:
        try:
            ast.parse(code, mode="eval")
        except (SyntaxError, ValueError, RecursionError):
            self.add(place, line, N_("“%(snippet)s” is no expression of Python."), snippet=code[:200])
            return
        try:
            snippet = self.prepared(line, code, salt)
        except TemplateRefused as refused:
            self.add(place, line, N_("the templates cannot be filled in: %(reason)s"), reason=str(refused))
            return
        self.step_of[index, len(pieces)] = len(self.steps)
        pieces.append(snippet)
        self.steps.append(_reporter(snippet))

    def prepared(self, line: int, code: str, salt: str | None) -> _Snippet:
        """All that could be asked of a snippet, whatever its type turns out to be."""
        choices, messages = {}, {}
        for kind, tests in self.templates.types.items():
            choices[kind] = tuple(self.expression(test.test, code, salt) for test in tests)
            messages[kind] = tuple(render(test.fail, snippet=code) for test in tests)
        return _Snippet(line, code, render(self.templates.dispatch, snippet=code), choices, messages)

    def expression(self, template: str, code: str, salt: str | None) -> str:
        """The wrappings are put around the template, and the snippet comes in last: it is never read as one."""
        template = render(self.templates.normalize, snippet=template)
        if salt is not None and self.templates.hash is not None:
            template = render(self.templates.hash, snippet=template, salt=salt)
        return render(template, snippet=code)

    # -- after the run

    def written(self, index: int, executed: Executed) -> str:
        place = self.lab.cells[index].place
        lines = []
        for number, piece in enumerate(self.pieces[index]):
            if isinstance(piece, str):
                lines.append(piece)
            else:
                lines += self.checks(place, piece, self.step_of[index, number], executed)
        source = "\n".join(lines)
        if not self.problems:
            self.require_python(place, source)
        return source

    def require_python(self, place: str, source: str) -> None:
        from seodang.grade.execute.instrument import python_of

        try:
            ast.parse(python_of(source))
        except (SyntaxError, ValueError) as error:
            template = N_("the tests made of its AUTOTEST lines are no Python (%(reason)s): look at “check”.")
            self.add(place, None, template, reason=str(error)[:200])

    def checks(self, place: str, snippet: _Snippet, step: int, executed: Executed) -> Iterator[str]:
        said = _said(executed, step)
        if said is None:
            ran = next((cell for cell in executed.cells if cell.index == step), None)
            reason = f"{ran.error.ename}: {ran.error.evalue}" if ran is not None and ran.error else "…"
            template = N_("“%(snippet)s” could not be evaluated: %(reason)s%(earlier)s")
            params = {"snippet": snippet.code[:200], "reason": reason[:300], "earlier": _earlier(executed, step)}
            self.add(place, snippet.line, template, **params)
            return
        if "error" in said:
            template = N_("“%(snippet)s” fails in the solution itself: %(reason)s%(earlier)s")
            params = {"snippet": snippet.code[:200], "reason": said["error"], "earlier": _earlier(executed, step)}
            self.add(place, snippet.line, template, **params)
            return
        kind = said["kind"]
        if kind not in snippet.choices and "default" not in snippet.choices:
            template = N_("“%(snippet)s” is a %(kind)s, for which the templates have no tests, and no “default”.")
            self.add(place, snippet.line, template, snippet=snippet.code[:200], kind=kind)
            return
        kind = kind if kind in snippet.choices else "default"
        for expression, message, result in zip(
            snippet.choices[kind], snippet.messages[kind], said["results"], strict=True
        ):
            if result is None:
                template = N_("a value of “%(snippet)s” is longer than %(most)s characters; put HASHED before it.")
                self.add(place, snippet.line, template, snippet=snippet.code[:200], most=MAX_VALUE_CHARS)
                return
            try:
                yield self.check(expression, message, result)
            except TemplateRefused as refused:
                template = N_("the templates cannot be filled in: %(reason)s")
                self.add(place, snippet.line, template, reason=str(refused))
                return

    def check(self, expression: str, message: str, result: _Result) -> str:
        """nbgrader's names, and two that are Python literals whatever quotes the value holds."""
        escaped = message.replace('"', '\\"')
        literal = repr(result.string if result.string is not None else result.text)
        return render(
            self.templates.check,
            snippet=expression,
            value=result.text,
            message=escaped,
            literal=literal,
            message_literal=repr(message),
        )


def _earlier(executed: Executed, step: int) -> str:
    """The first cell that failed before: often the real reason."""
    for cell in executed.cells:
        if cell.index < step and cell.error is not None:
            return f" ({cell.error.ename}: {cell.error.evalue})"[:300]
    return ""


def _said(executed: Executed, step: int) -> dict[str, Any] | None:
    """What a reporting step sent, checked: it ran beside the course's own code."""
    cell = next((cell for cell in executed.cells if cell.index == step), None)
    bundles = [output.get("data") for output in cell.outputs] if cell is not None else []
    reports = [bundle[MIME] for bundle in bundles if isinstance(bundle, dict) and MIME in bundle]
    raw = reports[-1] if reports else None
    if not isinstance(raw, dict):
        return None
    if isinstance(raw.get("error"), str):
        return {"error": raw["error"][:500]}
    kind, results = raw.get("kind"), raw.get("results")
    if not isinstance(kind, str) or not isinstance(results, list):
        return None
    return {"kind": kind[:MAX_TYPE_CHARS], "results": [_result(one) for one in results]}


def _result(raw: Any) -> _Result | None:
    """None where the value was too long to be sent."""
    if not isinstance(raw, dict) or raw.get("long"):
        return None
    text, string = raw.get("text"), raw.get("string")
    shown = text.strip('"').strip("'") if isinstance(text, str) else None
    return _Result(shown, string if isinstance(string, str) else None)


# --- what runs inside ------------------------------------------------------------------------------------------

# Evaluates like a cell: all statements, then the last expression; shows the value as the kernel would.
_REPORTER = """
def _seodang_autotest(dispatch, choices, most, mime):
    import ast

    from IPython import get_ipython
    from IPython.display import publish_display_data

    shell = get_ipython()

    def evaluate(code):
        tree = ast.parse(code)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<autotest>", "exec"), shell.user_ns)
        value = eval(compile(ast.Expression(last.value), "<autotest>", "eval"), shell.user_ns) if last else None
        if value is None:
            return {"text": None}
        text = shell.display_formatter.format(value, include=["text/plain"])[0].get("text/plain", "")
        if len(text) > most:
            return {"long": True}
        return {"text": text, "string": value if type(value) is str else None}

    try:
        kind = (evaluate(dispatch).get("text") or "").strip('"').strip("'")
        codes = choices.get(kind, choices.get("default", []))
        said = {"kind": kind, "results": [evaluate(code) for code in codes]}
    except Exception as error:
        said = {"error": f"{type(error).__name__}: {error}"[:500]}
    publish_display_data({mime: said})


_seodang_autotest({dispatch}, {choices}, {most}, {mime})
del _seodang_autotest
"""


def _reporter(snippet: _Snippet) -> str:
    choices = {kind: list(codes) for kind, codes in snippet.choices.items()}
    head, call, tail = _REPORTER.rpartition("_seodang_autotest({dispatch}, {choices}, {most}, {mime})")
    values = (snippet.dispatch, choices, MAX_VALUE_CHARS, MIME)
    return f"{head}{call.partition('(')[0]}({', '.join(map(repr, values))}){tail}"


# --- which lines -----------------------------------------------------------------------------------------------


def _is_line(line: str) -> bool:
    """As nbgrader tells them: a comment that holds the word."""
    return WORD in line and line.strip().startswith("#")


def _is_made(cell: Cell) -> bool:
    return any(_is_line(line) for line in cell.source.split("\n"))


def _test_cells(lab: Lab) -> Iterator[Any]:
    return (cell for cell in lab.cells if cell.cell_type == "code" and cell.mark is not None and cell.mark.is_grade)


def _kernel(lab: Lab) -> str:
    kernelspec = lab.notebook.metadata.get("kernelspec")
    name = kernelspec.get("name") if isinstance(kernelspec, dict) else None
    return name if isinstance(name, str) and name else "python3"


def _invalid(problems: list[LabProblem]) -> LabInvalid:
    return LabInvalid(
        N_("The tests of this notebook's AUTOTEST lines cannot be made:"),
        hint=N_("Mend these cells; docs/reference/lab-format.md describes the format."),
        problems=problems,
    )
