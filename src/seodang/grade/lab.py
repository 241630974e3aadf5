"""A lab: its source notebook, with every cell's part in marking.

`Lab.read` takes the notebook that the teacher wrote, with solutions and hidden tests; `Lab.release` gives what
students get. Faults of the source are gathered and raised together, each with its cell.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from seodang.grade import regions
from seodang.grade.cells import Mark, checksum, read_mark
from seodang.grade.errors import LabInvalid, LabProblem, SubmissionRefused
from seodang.grade.imports import modules_of, packages_of
from seodang.grade.metadata import Settings, cell_title, find_data, read_settings
from seodang.grade.notebook import Cell, Notebook, read_notebook
from seodang.grade.results import Kind
from seodang.i18n import N_
from seodang.run.spec import Limits

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.+?)[ \t#]*$", re.M)
_ATTACHED_IN_SCHEME = re.compile(r"!\[.*\]\(attachment:.+?\)")
_AUTOTEST = re.compile(r"^\s*#+\s*(?:HASHED\s+)?AUTOTEST\b", re.M)
_LONGEST_TITLE = 120


@dataclass(frozen=True)
class HiddenBlock:
    """A hidden part of a test. Lines count from 1 in the test's full source, its two marks included."""

    title: str
    first: int
    last: int
    source: str


@dataclass(frozen=True)
class LabTest:
    """A test cell: what students see of it, and the whole of it."""

    grade_id: str
    visible: str
    full: str
    hidden: tuple[HiddenBlock, ...] = ()


@dataclass(frozen=True)
class LabCell:
    """One cell of the source.

    released: its source as handed out.
    saved: its source without solutions but with hidden parts: what nbgrader keeps and restores.
    """

    index: int
    cell: Cell
    mark: Mark | None
    released: str
    saved: str
    test: LabTest | None = None

    @property
    def grade_id(self) -> str:
        return self.mark.grade_id if self.mark is not None else ""

    @property
    def cell_type(self) -> str:
        return self.cell.cell_type

    @property
    def place(self) -> str:
        """How messages name it."""
        return self.grade_id or f"#{self.index + 1}"

    @property
    def role(self) -> str:
        """ "test", "manual", "answer", "task", "locked", else its cell type."""
        mark = self.mark
        if mark is None or not mark.is_marked:
            return self.cell_type
        if mark.is_task:
            return "task"
        if mark.is_solution:
            return "manual" if mark.is_grade else "answer"
        if mark.is_grade:
            return "test"
        return "locked"

    @property
    def released_checksum(self) -> str:
        return checksum(self.mark, self.cell_type, self.released) if self.mark is not None else ""

    @property
    def saved_checksum(self) -> str:
        return checksum(self.mark, self.cell_type, self.saved) if self.mark is not None else ""


@dataclass(frozen=True)
class LabQuestion:
    """Something that earns points. `answer_ids`: the answer cells that its tests look at (found by their place)."""

    id: str
    title: str
    kind: Kind
    max_points: Decimal
    answer_ids: tuple[str, ...]
    index: int


@dataclass(frozen=True)
class Lab:
    """A lab, read and checked.

    packages: top-level names of what its cells import (or what the notebook declares).
    modules: the same with the dotted names that the source uses, for importing them beforehand.
    data: names of files in `data_dir` that the cells may read.
    warnings: what is odd in the source but keeps nobody from using it.
    """

    title: str
    notebook: Notebook
    cells: tuple[LabCell, ...]
    questions: tuple[LabQuestion, ...]
    packages: tuple[str, ...]
    modules: tuple[str, ...]
    data: tuple[str, ...]
    limits: Limits
    language: str
    source_path: Path | None = None
    data_dir: Path | None = None
    warnings: tuple[LabProblem, ...] = ()
    settings: Settings = field(default_factory=Settings)

    @classmethod
    def read(
        cls,
        source: Path | bytes | Notebook,
        *,
        name: str = "",
        data_dir: Path | None = None,
        needs_questions: bool = True,
        autotests: bool = False,
    ) -> Lab:
        """Read a source notebook.

        name: the file's name, where bytes are given.
        data_dir: where its data files lie; a path's own folder where it is left out.
        needs_questions: refuse a notebook in which nothing earns points.
        autotests: let AUTOTEST lines in tests stand; `grade.autotest` makes tests of them before anyone is marked.

        Raises:
            LabInvalid: naming every bad cell, or saying why the file is no notebook.
        """
        path = source if isinstance(source, Path) else None
        if path is not None and data_dir is None:
            data_dir = path.resolve().parent
        return _Reading(_notebook(source, name), path, data_dir, needs_questions, autotests).lab()

    def with_notebook(self, notebook: Notebook) -> Lab:
        """The same lab with other cells. Raises LabInvalid."""
        return _Reading(notebook, self.source_path, self.data_dir, needs_questions=False).lab()

    @cached_property
    def by_id(self) -> Mapping[str, LabCell]:
        return {cell.grade_id: cell for cell in self.cells if cell.grade_id and cell.mark and cell.mark.is_marked}

    @cached_property
    def tests(self) -> Mapping[str, LabTest]:
        return {cell.grade_id: cell.test for cell in self.cells if cell.test is not None}

    @cached_property
    def data_files(self) -> Mapping[str, Path]:
        """Name in the working directory → file on this machine."""
        return {name: self.data_dir / name for name in self.data} if self.data_dir is not None else {}

    @property
    def max_points(self) -> Decimal:
        return sum((question.max_points for question in self.questions), Decimal(0))

    def release(self) -> dict[str, Any]:
        """The students' notebook, as nbformat 4."""
        from seodang.grade.release import release

        return release(self)

    def solution(self) -> Notebook:
        """The source as if a student had handed it in: with solutions, without hidden tests and mark schemes."""
        cells = []
        for lab_cell in self.cells:
            source = lab_cell.cell.source
            if lab_cell.mark is not None and lab_cell.mark.is_marked and not lab_cell.mark.is_solution:
                source = lab_cell.released
            cells.append(Cell(lab_cell.cell_type, source, lab_cell.cell.metadata, lab_cell.cell.id))
        return Notebook("solution.ipynb", tuple(cells), self.notebook.metadata, self.notebook.minor)

    def released(self) -> Notebook:
        """The students' notebook as if it had been handed in unchanged."""
        cells = tuple(Cell(cell.cell_type, cell.released, cell.cell.metadata, cell.cell.id) for cell in self.cells)
        return Notebook("released.ipynb", cells, self.notebook.metadata, self.notebook.minor)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that marking depends on: cells, settings, language, data files."""
        whole = hashlib.sha256()
        for lab_cell in self.cells:
            mark = lab_cell.mark.as_metadata() if lab_cell.mark is not None else None
            title = cell_title(lab_cell.cell.metadata)
            whole.update(json.dumps([lab_cell.cell_type, lab_cell.cell.source, mark, title]).encode() + b"\n")
        own = self.notebook.metadata.get("seodang", {})
        whole.update(json.dumps([own, self.language, self.packages], sort_keys=True, default=str).encode() + b"\n")
        for name, path in sorted(self.data_files.items()):
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            whole.update(json.dumps([name, content]).encode() + b"\n")
        return whole.hexdigest()


def _notebook(source: Path | bytes | Notebook, name: str) -> Notebook:
    if isinstance(source, Notebook):
        return source
    try:
        return read_notebook(source, name=name)
    except SubmissionRefused as refused:
        raise LabInvalid(
            refused.template, hint=refused.hint_template, code=refused.code, **refused.params
        ) from None


class _Reading:
    """One pass over a source notebook that gathers all faults."""

    def __init__(
        self,
        notebook: Notebook,
        path: Path | None,
        data_dir: Path | None,
        needs_questions: bool,
        autotests: bool = False,
    ) -> None:
        self.notebook = notebook
        self.path = path
        self.data_dir = data_dir
        self.needs_questions = needs_questions
        self.autotests = autotests
        self.problems: list[LabProblem] = []
        self.warnings: list[LabProblem] = []

    def lab(self) -> Lab:
        settings, problems = read_settings(self.notebook.metadata)
        self.problems += problems
        language = self.notebook.language
        if language not in regions.CODE_STUBS:
            known = ", ".join(regions.CODE_STUBS)
            template = N_("the notebook's language “%(language)s” has no stub for solutions; known are: %(known)s.")
            self.problems.append(LabProblem("language", template, {"language": language, "known": known}))
        stub = regions.CODE_STUBS.get(language, regions.CODE_STUBS["python"])
        cells = tuple(self.cell(cell, index, stub) for index, cell in enumerate(self.notebook.cells))
        self.check_ids(cells)
        questions = tuple(_questions(cells))
        if self.needs_questions and not questions and not self.problems:
            self.problems.append(LabProblem("no_questions", N_("nothing in the notebook earns points.")))
        data = self.data(settings)
        if self.problems:
            raise LabInvalid(
                N_("The notebook cannot be used as a lab:"),
                hint=N_("Mend these cells; docs/reference/lab-format.md describes the format."),
                problems=self.problems,
            )
        modules = self.modules(settings, cells, data) if language == "python" else settings.packages or ()
        return Lab(
            title=settings.title or _lab_title(self.notebook, cells),
            notebook=self.notebook,
            cells=cells,
            questions=questions,
            packages=settings.packages if settings.packages is not None else packages_of(modules),
            modules=modules,
            data=data,
            limits=settings.limits,
            language=language,
            source_path=self.path,
            data_dir=self.data_dir,
            warnings=tuple(self.warnings),
            settings=settings,
        )

    def cell(self, cell: Cell, index: int, stub: str) -> LabCell:
        mark, problems = read_mark(cell.metadata, cell.cell_type, index + 1)
        self.problems += problems
        place = mark.grade_id if mark is not None and mark.grade_id else f"#{index + 1}"
        if cell.cell_type != "code":
            stub = regions.TEXT_STUB
        solved = self.find(cell.source, regions.SOLUTION, place, stub)
        is_solution = mark is not None and mark.is_solution
        if solved.regions and not is_solution:
            self.add(place, solved.regions[0], N_("a solution stands in a cell that is no answer cell."))
        saved = stub if is_solution and not solved.regions else solved.source
        shown = self.find(saved, regions.HIDDEN_TESTS, place)
        if shown.regions and not (mark is not None and mark.is_grade):
            self.add(place, shown.regions[0], N_("hidden tests stand in a cell that is no test cell."))
        open_to_all = self.find(shown.source, regions.MARK_SCHEME, place)
        if open_to_all.regions:
            if not (mark is not None and mark.is_task):
                self.add(place, open_to_all.regions[0], N_("a mark scheme stands in a cell that is no task."))
            self.check_scheme(shown.source, open_to_all.regions, place)
        is_test = mark is not None and mark.is_grade and not mark.is_solution
        if cell.cell_type == "code" and (autotest := _AUTOTEST.search(cell.source)):
            self.check_autotest(mark, place, cell.source[: autotest.end()].count("\n") + 1)
        test = LabTest(place, open_to_all.source, saved, _hidden(saved, shown.regions)) if is_test else None
        return LabCell(index, cell, mark, open_to_all.source, saved, test)

    def check_autotest(self, mark: Mark | None, place: str, line: int) -> None:
        if mark is None or not mark.is_grade:
            template = N_("an AUTOTEST line stands in a cell that is no test cell.")
        elif not self.autotests:
            template = N_("AUTOTEST lines become tests by running the solution, which was not done here.")
        else:
            return
        self.problems.append(LabProblem("autotest", template, cell=place, line=line))

    def find(self, source: str, kind: str, place: str, stub: str | None = None) -> regions.Found:
        found = regions.find(source, kind, cell=place, stub=stub)
        self.problems += found.problems
        for line in found.stray:
            template = N_("“END %(kind)s” closes nothing; the line is left out of the released notebook.")
            self.warnings.append(LabProblem("stray", template, {"kind": kind}, place, line))
        return found

    def add(self, place: str, region: regions.Region, template: str) -> None:
        self.problems.append(LabProblem("misplaced", template, cell=place, line=region.first))

    def check_scheme(self, source: str, found: tuple[regions.Region, ...], place: str) -> None:
        lines = source.split("\n")
        for region in found:
            for number in range(region.first, region.last):
                if _ATTACHED_IN_SCHEME.search(lines[number - 1]):
                    template = N_("a mark scheme shows an attached picture, which students would find in the cell.")
                    self.problems.append(LabProblem("attachment", template, cell=place, line=number))

    def check_ids(self, cells: tuple[LabCell, ...]) -> None:
        first: dict[str, int] = {}
        for cell in cells:
            if not cell.grade_id or cell.mark is None or not cell.mark.is_marked:
                continue
            if cell.grade_id in first:
                template = N_("cells #%(first)s and #%(second)s have the same grade_id; each needs its own.")
                params = {"first": first[cell.grade_id] + 1, "second": cell.index + 1}
                self.problems.append(LabProblem("duplicate_id", template, params, cell=cell.grade_id))
            first.setdefault(cell.grade_id, cell.index)

    def data(self, settings: Settings) -> tuple[str, ...]:
        if settings.data is None:
            return tuple(find_data(self.data_dir, source=self.path)) if self.data_dir is not None else ()
        for name in settings.data:
            if self.data_dir is not None and not (self.data_dir / name).is_file():
                template = N_(
                    "its data file “%(name)s” is not in its folder; put it there, or take it off the list."
                )
                self.problems.append(LabProblem("data_missing", template, {"name": name}))
        return settings.data

    def modules(self, settings: Settings, cells: tuple[LabCell, ...], data: tuple[str, ...]) -> tuple[str, ...]:
        local = {name.split("/")[0].removesuffix(".py") for name in data if name.endswith(".py")}
        found = modules_of((cell.cell.source for cell in cells if cell.cell_type == "code"), local=local)
        if settings.packages is None:
            return found
        declared = settings.packages
        tops = {name.split(".")[0] for name in declared}
        return tuple(dict.fromkeys([*declared, *(name for name in found if name.split(".")[0] in tops)]))


def _hidden(source: str, found: tuple[regions.Region, ...]) -> tuple[HiddenBlock, ...]:
    lines = source.split("\n")
    return tuple(
        HiddenBlock(region.title, region.first, region.last, "\n".join(lines[region.first : region.last - 1]))
        for region in found
    )


_KINDS = {"test": Kind.AUTOGRADED, "manual": Kind.MANUAL, "task": Kind.TASK}


def _questions(cells: tuple[LabCell, ...]) -> Iterator[LabQuestion]:
    """Answers belong to the tests that follow them, until the next answer after a test begins a new group."""
    answers: list[str] = []
    tested = False
    above = _Above()
    for cell in cells:
        role = cell.role
        if role == "answer":
            answers = [cell.grade_id] if tested else [*answers, cell.grade_id]
            tested = False
        elif role in _KINDS:
            own = {"test": tuple(answers), "manual": (cell.grade_id,), "task": ()}[role]
            tested = tested or role == "test"
            if role == "task":
                above.read(cell.released)
            title = cell_title(cell.cell.metadata) or above.title or cell.grade_id
            assert cell.mark is not None
            yield LabQuestion(cell.grade_id, title, _KINDS[role], cell.mark.max_points, own, cell.index)
        elif cell.cell_type == "markdown":
            above.read(cell.cell.source)


class _Above:
    """What stands above a question: the last heading, else the first line of the text before it.

    The notebook's own title heads no single question.
    """

    def __init__(self) -> None:
        self._title_passed = False
        self._heading = ""
        self._line = ""

    @property
    def title(self) -> str:
        return self._heading or self._line

    def read(self, text: str) -> None:
        for level, words in _HEADING.findall(text):
            if level == "#" and not self._title_passed:
                self._title_passed = True
            else:
                self._heading = _short(words)
        lines = (line.strip(" \t*_`>-=#") for line in text.split("\n"))
        self._line = _short(next((line for line in lines if re.search(r"\w", line)), "")) or self._line


def _lab_title(notebook: Notebook, cells: tuple[LabCell, ...]) -> str:
    """The notebook's own title, else its first heading of the first level, else the file's name."""
    title = notebook.metadata.get("title")
    if isinstance(title, str) and title.strip():
        return _short(title.strip())
    texts = [cell.cell.source for cell in cells if cell.cell_type == "markdown"]
    headings = [(len(level), words) for text in texts for level, words in _HEADING.findall(text)]
    first = next((words for level, words in headings if level == 1), "")
    return _short(first or Path(notebook.name).stem or (headings[0][1] if headings else "")) or "lab"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TITLE else text[: _LONGEST_TITLE - 1] + "…"
