"""What a submission asked for and did not find: a data file that the lab does not have, a package that lacks.

Read from the errors with which its cells ended. Each becomes a flag that says to the student what to do; the site
counts such a submission as no attempt, because nothing was wrong with the answer.
"""

from __future__ import annotations

import re
import sys
from pathlib import PurePosixPath, PureWindowsPath

from seodang.grade.execute.executed import CellError, Executed
from seodang.grade.lab import Lab
from seodang.grade.results import Flag, Severity
from seodang.i18n import N_

MISSING_DATA = "missing_data"
MISSING_PACKAGE = "missing_package"
LACKING = frozenset({MISSING_DATA, MISSING_PACKAGE})

_MODULE = re.compile(r"No module named '([\w.]{1,100})'")
_FILE = re.compile(r"No such file or directory: '([^'\n]{1,300})'")

OTHER_PLACE = N_(
    "Cell %(cell)s reads “%(name)s”, which is not there. The lab has “%(found)s”: use that name, relative to "
    "the notebook."
)
NOT_OF_LAB = N_(
    "Cell %(cell)s reads “%(name)s”, which is none of the lab's files. Only they lie beside the notebook when it "
    "is marked: %(files)s."
)
NO_FILES = N_(
    "Cell %(cell)s reads “%(name)s”, but this lab has no data files, so nothing lies beside the notebook."
)
NO_PACKAGE = N_(
    "Cell %(cell)s imports “%(name)s”, which is not installed where this lab is marked. Do without it, or ask the "
    "course's staff to have it installed."
)


def lacking(lab: Lab, executed: Executed) -> tuple[Flag, ...]:
    """Flags for what the cells did not find, in the order of the cells."""
    found = []
    for cell in executed.cells:
        if cell.error is not None:
            flag = _of(lab, cell.index + 1, cell.error)
            if flag is not None:
                found.append(flag)
    return tuple(found)


def _of(lab: Lab, number: int, error: CellError) -> Flag | None:
    if error.ename == "ModuleNotFoundError" and (match := _MODULE.search(error.evalue)):
        name = match[1]
        if name.partition(".")[0] in sys.stdlib_module_names:
            return None
        return _flag(MISSING_PACKAGE, NO_PACKAGE, number, name=name)
    if error.ename == "FileNotFoundError" and (match := _FILE.search(error.evalue)):
        return _missing_file(lab, number, match[1])
    return None


def _missing_file(lab: Lab, number: int, name: str) -> Flag:
    last = PureWindowsPath(name).name.casefold()  # takes both kinds of slashes
    near = next((one for one in lab.data if PurePosixPath(one).name.casefold() == last), None)
    if near is not None:
        return _flag(MISSING_DATA, OTHER_PLACE, number, name=name, found=near)
    if not lab.data:
        return _flag(MISSING_DATA, NO_FILES, number, name=name)
    shown = [*lab.data[:5], *(["…"] if len(lab.data) > 5 else [])]
    return _flag(MISSING_DATA, NOT_OF_LAB, number, name=name, files=", ".join(shown))


def _flag(code: str, template: str, number: int, **params: str) -> Flag:
    return Flag(code, Severity.INFO, template, {"cell": number, **params}, cell=f"#{number}")
