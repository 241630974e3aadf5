"""Where attacks are made: the lab, the traps, one executor for each sandbox, and what came of an attack."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.attacks.attack import Attack
from tests.attacks.lab import AttackedLab, hand_in, honest_notebook, make_lab
from tests.attacks.traps import Traps

from seodang.grade.execute import Executor
from seodang.grade.feedback import render_feedback
from seodang.grade.grade import grade_bytes
from seodang.grade.lab import Lab
from seodang.grade.metadata import Settings
from seodang.grade.results import Graded, Severity
from seodang.run.sandboxes import choose
from seodang.run.spec import MEBIBYTE, Limits, RunSpec

LIMITS = Limits(
    memory_bytes=512 * MEBIBYTE,
    processes=48,
    file_bytes=16 * MEBIBYTE,
    disk_bytes=48 * MEBIBYTE,
    output_bytes=MEBIBYTE,
    cpu_seconds=6,
    wall_seconds=6,
)
CELL_SECONDS = 1.5


@dataclass(frozen=True)
class Outcome:
    """shown: everything a student gets to see; kept: everything that is stored, flags and staff's messages too."""

    graded: Graded
    shown: tuple[str, ...]
    kept: tuple[str, ...]

    @property
    def points(self) -> Decimal:
        return self.graded.points

    def points_of(self, question: str) -> Decimal | None:
        return next((one.points for one in self.graded.questions if one.id == question), None)

    @property
    def is_flagged(self) -> bool:
        return any(flag.severity is not Severity.INFO for flag in self.graded.flags)

    def describe(self) -> str:
        statuses = ", ".join(f"{one.id} {one.points} {one.status}" for one in self.graded.questions)
        flags = ", ".join(f"{flag.severity}:{flag.code}{flag.params}" for flag in self.graded.flags)
        return f"{statuses}; flags: {flags or 'none'}; problem: {self.graded.problem}"


class Arena:
    """One for a session. `sandbox` chooses where attacks are run; call `close` at the end."""

    def __init__(self, sandbox: str) -> None:
        self.sandbox = choose(sandbox)
        self.traps = Traps().__enter__()
        self.attacked: AttackedLab = make_lab()
        self.lab = replace(self._read(), limits=LIMITS, settings=Settings(cell_seconds=CELL_SECONDS))
        self.released: dict[str, Any] = self.lab.release()
        self._threads = ThreadPoolExecutor(2)

    def _read(self) -> Lab:
        folder = self.traps.folder / "source"
        folder.mkdir()
        (folder / "attacked.ipynb").write_bytes(self.attacked.source_bytes())
        for name, content in self.attacked.files.items():
            (folder / name).write_bytes(content)
        return Lab.read(folder / "attacked.ipynb")

    @cached_property
    def executor(self) -> Executor:
        executor = Executor(sandbox=self.sandbox, workers=2, own_work=not self.sandbox.confines)
        executor.__enter__()
        return executor

    def close(self) -> None:
        self._threads.shutdown()
        if "executor" in self.__dict__:
            self.executor.__exit__(None, None, None)
        self.traps.__exit__()

    # -- grading

    def grade(self, name: str, data: bytes) -> Outcome:
        graded = grade_bytes(self.lab, name, data, self.executor)
        return Outcome(graded, tuple(_shown(self.lab, graded)), tuple(_kept(graded)))

    def honest(self) -> Outcome:
        return self.grade("honest.ipynb", honest_notebook(self.released))

    def attack(self, attack: Attack) -> tuple[Outcome, Outcome]:
        """The attack, and a neighbour's honest notebook that is marked at the same time."""
        data = hand_in(self.released, attack, self.traps.facts())
        attacked = self._threads.submit(self.grade, attack.file_name, data)
        neighbour = self._threads.submit(self.honest)
        return attacked.result(), neighbour.result()

    # -- runs that give files back

    def run(self, attack: Attack, folder: Path) -> list[str]:
        """The texts of all artifacts of the attack's program, and its output."""
        facts = "\n".join(f"    {name} = {value!r}" for name, value in self.traps.facts().items())
        program = folder / "program.py"
        program.write_text(f"class known:\n{facts}\n\n{attack.program}")
        given = folder / "given"
        given.mkdir()
        spec = RunSpec(
            command=(sys.executable, "program.py"),
            inputs={"program.py": program, "input.txt": self.traps.folder / "diary.txt"},
            artifacts=attack.artifacts,
            limits=LIMITS,
        )
        result = self.sandbox.run(spec, artifacts_to=given)
        for artifact in result.artifacts:
            assert not artifact.path.is_symlink()
            assert artifact.path.is_file()
            assert artifact.path.resolve().is_relative_to(given.resolve())
            assert artifact.path.stat().st_size <= LIMITS.disk_bytes
            assert artifact.path.stat().st_nlink == 1
        assert sum(artifact.path.stat().st_blocks * 512 for artifact in result.artifacts) <= LIMITS.disk_bytes
        assert all(path.is_file() or path.is_dir() for path in given.rglob("*") if not path.is_symlink())
        assert not [path for path in given.rglob("*") if path.is_symlink()]
        texts = [artifact.path.read_bytes().decode(errors="replace") for artifact in result.artifacts]
        return [*texts, result.stdout.decode(errors="replace"), result.stderr.decode(errors="replace")]


def _shown(lab: Lab, graded: Graded) -> Iterator[str]:
    """What the student reads: the executed notebook, messages of checks, the feedback page."""
    yield from _texts_of_notebook(graded.notebook or {})
    for question in graded.questions:
        for check in question.checks:
            yield check.title
            yield check.message
    yield str(graded.problem or "")
    if graded.notebook is not None:
        yield render_feedback(lab, graded)


def _kept(graded: Graded) -> Iterator[str]:
    yield str(graded.as_json())
    yield from _texts_of_notebook(graded.notebook or {})


def _texts_of_notebook(notebook: dict[str, Any]) -> Iterator[str]:
    """Outputs of every cell: sources are what the student wrote."""
    for cell in notebook.get("cells", ()):
        for output in cell.get("outputs", ()):
            yield from _strings(output)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield str(key)
            yield from _strings(entry)
    elif isinstance(value, list | tuple):
        if value and all(isinstance(entry, str) for entry in value):
            yield "".join(value)
        for entry in value:
            yield from _strings(entry)
