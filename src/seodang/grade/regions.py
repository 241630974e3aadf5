"""The marked regions of a source cell: solutions, hidden tests, mark schemes.

A region goes from a line that holds `BEGIN …` to one that holds `END …`, both lines with it, as in nbgrader:
`### BEGIN SOLUTION`, `### BEGIN HIDDEN TESTS`, `=== BEGIN MARK SCHEME ===`. What may be wrong is returned, never
raised, so that all faults of a notebook are told at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from seodang.grade.errors import LabProblem
from seodang.i18n import N_

SOLUTION = "SOLUTION"
HIDDEN_TESTS = "HIDDEN TESTS"
MARK_SCHEME = "MARK SCHEME"

CODE_STUBS = {
    "python": "# YOUR CODE HERE\nraise NotImplementedError()",
    "R": "# YOUR CODE HERE\nfail()",
    "matlab": "% YOUR CODE HERE\nerror('No Answer Given!')",
    "octave": "% YOUR CODE HERE\nerror('No Answer Given!')",
    "sas": "/* YOUR CODE HERE */\n %notImplemented;",
    "java": "// YOUR CODE HERE",
}
TEXT_STUB = "YOUR ANSWER HERE"


@dataclass(frozen=True)
class Region:
    """Lines `first` to `last` of a cell, counted from 1, the marks themselves included.

    title: what follows "BEGIN …:" on its line.
    indent: the blanks before the opening mark.
    """

    first: int
    last: int
    title: str = ""
    indent: str = ""


@dataclass(frozen=True)
class Found:
    """The regions of one kind in a cell, its source without them, and what is wrong.

    stray: lines of `END …` marks that close nothing. nbgrader drops them; so is done here, with a warning.
    """

    regions: tuple[Region, ...]
    source: str
    problems: tuple[LabProblem, ...] = ()
    stray: tuple[int, ...] = ()


def find(source: str, kind: str, *, cell: str, stub: str | None = None) -> Found:
    """All regions of a kind.

    cell: grade_id or "#7", for messages.
    stub: lines to stand in each region's place, indented like its opening mark.
    """
    if f" {kind}" not in source:
        return Found((), source)
    begin, end = f"BEGIN {kind}", f"END {kind}"
    regions: list[Region] = []
    kept: list[str] = []
    problems: list[LabProblem] = []
    stray: list[int] = []
    opened: Region | None = None
    for number, line in enumerate(source.split("\n"), start=1):
        if begin in line:
            if opened is not None:
                template = N_("“BEGIN %(kind)s” stands inside the region that began at line %(opened)s.")
                problems.append(
                    LabProblem("nested", template, {"kind": kind, "opened": opened.first}, cell, number)
                )
                continue
            opened = Region(number, number, _title(line, begin), _indent(line))
            if stub is not None:
                kept += [opened.indent + stub_line for stub_line in stub.split("\n")]
        elif end in line:
            if opened is None:
                stray.append(number)
                continue
            regions.append(Region(opened.first, number, opened.title, opened.indent))
            opened = None
        elif opened is None:
            kept.append(line)
    if opened is not None:
        template = N_("“BEGIN %(kind)s” has no “END %(kind)s”.")
        problems.append(LabProblem("unclosed", template, {"kind": kind}, cell, opened.first))
    return Found(tuple(regions), "\n".join(kept), tuple(problems), tuple(stray))


def _indent(line: str) -> str:
    match = re.match(r"\s*", line)
    return match.group() if match else ""


def _title(line: str, begin: str) -> str:
    """The text after "BEGIN HIDDEN TESTS:", without the mark's own decoration."""
    rest = line.partition(begin)[2]
    return rest[1:].strip(" \t#=-") if rest.startswith(":") else ""
