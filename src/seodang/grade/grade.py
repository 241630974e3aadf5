"""From a file to points: read, merge, execute, mark. One bad notebook never stops a batch.

`grade_bytes` and `grade_file` mark one submission, `grade_many` many at once; `check_lab` (from `check`) proves a
lab. The shell and the site's workers both come through here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seodang.errors import SeodangError
from seodang.grade.check import LabReport, check_lab
from seodang.grade.errors import SubmissionRefused
from seodang.grade.lab import Lab
from seodang.grade.lacking import lacking
from seodang.grade.merge import Merged, merge
from seodang.grade.notebook import Notebook, read_notebook
from seodang.grade.points import mark
from seodang.grade.results import Flag, Graded, Severity
from seodang.grade.scan import scan
from seodang.i18n import N_
from seodang.run.errors import ImageLacks, SandboxUnavailable, SpecInvalid, ZygoteError

if TYPE_CHECKING:
    from seodang.grade.execute import Executor
    from seodang.grade.execute.executed import Executed, ExecutedCell

__all__ = ["LabReport", "check_lab", "grade_bytes", "grade_file", "grade_many", "grade_notebook"]

Progress = Callable[[int, int], None]


def grade_file(lab: Lab, path: Path, executor: Executor, **options: Any) -> Graded:
    """Mark a file; `options` are those of `grade_notebook`. A file that cannot be read has a `problem`.

    Raises:
        ImageLacks, SandboxUnavailable: nothing of this lab can be run here.
    """
    try:
        notebook = read_notebook(path, name=path.name)
    except SubmissionRefused as refused:
        return _unmarked(lab, str(path), refused)
    return grade_notebook(lab, str(path), notebook, executor, **options)


def grade_bytes(lab: Lab, name: str, data: bytes, executor: Executor, **options: Any) -> Graded:
    """Mark a file's content; else as `grade_file`."""
    try:
        notebook = read_notebook(data, name=name)
    except SubmissionRefused as refused:
        return _unmarked(lab, name, refused)
    return grade_notebook(lab, name, notebook, executor, **options)


def grade_notebook(
    lab: Lab,
    name: str,
    notebook: Notebook,
    executor: Executor,
    *,
    compat: bool = False,
    seed: int = 0,
    on_progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Graded:
    """Mark a notebook that has been read. Never raises for what a student did.

    on_progress: called with (cells begun, cells in all) while it runs.

    Raises:
        ImageLacks, SandboxUnavailable: nothing of this lab can be run here.
    """
    try:
        merged = merge(lab, notebook, compat=compat)
    except SubmissionRefused as refused:
        return _unmarked(lab, name, refused)
    try:
        executed = executor.execute(lab, merged, compat=compat, seed=seed, on_progress=on_progress, stop=stop)
    except (ImageLacks, SandboxUnavailable):
        raise
    except ZygoteError as error:
        return _unmarked(lab, name, error)
    if executed.problem is not None:
        return Graded(name, problem=executed.problem, flags=merged.flags)
    marks = mark(lab, merged, executed, compat=compat)
    flags = (*merged.flags, *lacking(lab, executed), *executed.flags, *marks.flags, *scan(merged))
    return Graded(
        path=name,
        questions=marks.questions,
        flags=_each_once(flags),
        notebook=executed_notebook(lab, notebook, merged, executed),
        wall_seconds=round(executed.wall_seconds, 3),
        cpu_seconds=round(executed.cpu_seconds, 3),
    )


def grade_many(
    lab: Lab,
    paths: Sequence[Path],
    executor: Executor,
    workers: int = 0,
    *,
    compat: bool = False,
    seed: int = 0,
    stop: threading.Event | None = None,
) -> Iterator[Graded]:
    """Mark files side by side and give each as it is finished.

    Raises:
        ImageLacks, SandboxUnavailable: nothing of this lab can be run here.
    """
    executor.warm(lab)
    count = workers or executor.workers
    waiting = iter(paths)
    with ThreadPoolExecutor(count, thread_name_prefix="grade") as pool:
        running: set[Future[Graded]] = set()

        def more() -> None:
            """Two per worker stand by, so that none is idle and a stop comes soon."""
            while len(running) < 2 * count and (path := next(waiting, None)) is not None:
                running.add(pool.submit(_safely, lab, path, executor, compat=compat, seed=seed, stop=stop))

        more()
        try:
            while running:
                done, _pending = wait(running, return_when=FIRST_COMPLETED)
                running -= done
                more()
                for future in done:
                    yield future.result()
        finally:
            for future in running:
                future.cancel()


def _safely(lab: Lab, path: Path, executor: Executor, **options: Any) -> Graded:
    """Even a fault of ours costs one submission only, and is said."""
    try:
        return grade_file(lab, path, executor, **options)
    except (ImageLacks, SandboxUnavailable, SpecInvalid):
        raise
    except Exception as error:
        template = N_("Marking this notebook failed inside the program: %(error)s")
        hint = N_("Please report it together with the notebook; the other submissions are not affected.")
        params = {"error": f"{type(error).__name__}: {error}"[:500]}
        return Graded(str(path), problem={"code": "broken", "template": template, "hint": hint, "params": params})


def _unmarked(lab: Lab, name: str, error: SeodangError) -> Graded:
    del lab
    problem = {"code": error.code, "template": error.template, "hint": error.hint_template, "params": error.params}
    return Graded(name, problem=problem)


def _each_once(flags: Sequence[Flag]) -> tuple[Flag, ...]:
    found: dict[tuple[Any, ...], Flag] = {}
    for flag in flags:
        found.setdefault((flag.code, flag.cell, flag.line, str(flag.params)), flag)
    order = {Severity.TAMPERING: 0, Severity.LOOK: 1, Severity.INFO: 2}
    return tuple(sorted(found.values(), key=lambda flag: order[flag.severity])[:200])


# --- the executed notebook -----------------------------------------------------------------------------------


def executed_notebook(lab: Lab, notebook: Notebook, merged: Merged, executed: Executed) -> dict[str, Any]:
    """The submission as it ran, as nbformat 4: the released tests in place, and no output of any test."""
    ran = {cell.index: cell for cell in executed.cells}
    cells = []
    count = 0
    for cell in merged.cells:
        original = notebook.cells[cell.index]
        marked = lab.by_id.get(cell.grade_id)
        mark_of_lab = marked.mark if marked is not None else None
        metadata = {"nbgrader": mark_of_lab.as_metadata()} if mark_of_lab is not None else {}
        shown: dict[str, Any] = {
            "cell_type": cell.cell_type,
            "id": f"c{cell.index}",
            "metadata": metadata,
            "source": cell.source,
        }
        if cell.cell_type == "code":
            done = ran.get(cell.index)
            count += 1
            shown["execution_count"] = count if done is not None else None
            shown["outputs"] = _outputs(done) if cell.test is None else []
        elif original.attachments:
            shown["attachments"] = original.attachments
        cells.append(shown)
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": _metadata(lab), "cells": cells}


def _outputs(cell: ExecutedCell | None) -> list[dict[str, Any]]:
    return [dict(output) for output in cell.outputs] if cell is not None else []


def _metadata(lab: Lab) -> dict[str, Any]:
    return {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": lab.language},
        "language_info": {"name": lab.language},
    }
