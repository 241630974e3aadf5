"""The catalogue of attacks against nbgrader and against Seodang, side by side, as a Markdown table.

    python benchmarks/attacks.py [--only NAME ...] [--sandbox bubblewrap] [--nbgrader PYTHON] [--json]

Both mark the same notebooks (`tests/attacks/`): a lab of eight questions worth 14 points, of which the attacker
answers two honestly (2 points) unless the table says otherwise. nbgrader's autograder runs in a process of its own,
as in an ordinary course: a folder with source, submissions and gradebook. `--nbgrader` names the Python of another
environment that has it. A score that the answers do not deserve is in bold, and so is harm:

    shown      a secret of the machine, or a hidden test, stands in the outputs
    written    a file outside the submission was made or changed
    HARM       what the attack itself could do, in its own words

Attacks that could hurt the machine are bounded in the notebook itself, for both: 300 processes, 1.5 GiB of memory,
512 MiB of disk, and signals only where the attack sees that it stands in a process namespace of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.attacks.attack import Attack, catalogue
from tests.attacks.lab import FULL, AttackedLab, hand_in
from tests.attacks.traps import Traps

PATIENCE_SECONDS = 120
CELL_SECONDS = 6

# Runs in nbgrader's environment: has imported nbgrader, and forks a process of its own for each submission.
MARKER = """
import json, os, signal, sys, time
from traitlets.config import Config
from nbgrader.apps import NbGraderAPI
from nbgrader.api import Gradebook

root, cell_seconds, patience = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
config = Config()
config.CourseDirectory.root = root
config.CourseDirectory.course_id = "attacks"
config.ExecutePreprocessor.timeout = cell_seconds
config.ExecutePreprocessor.interrupt_on_timeout = True

def answer(action, student, out):
    api = NbGraderAPI(config=config)
    if action == "generate":
        done = api.generate_assignment("attacked", force=True, create=True)
        os.write(out, json.dumps({"success": done["success"], "log": done.get("log", "")}).encode())
        return
    done = api.autograde("attacked", student, force=True, create=True)
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        try:
            score = gradebook.find_submission("attacked", student).score
        except Exception:
            score = None
    os.write(out, json.dumps({"success": done["success"], "score": score}).encode())

for line in sys.stdin:
    action, student = line.split()
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        os.dup2(2, 1)
        try:
            answer(action, student, theirs)
        finally:
            os._exit(0)
    os.close(theirs)
    until = time.monotonic() + patience
    while os.waitpid(child, os.WNOHANG)[0] == 0 and time.monotonic() < until:
        time.sleep(0.05)
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
    os.set_blocking(ours, False)
    try:
        said = os.read(ours, 1 << 20).decode()
    except BlockingIOError:
        said = ""
    os.close(ours)
    print(said or "null", flush=True)
"""


@dataclass
class Line:
    """One attack's line. A score of None: it was not marked."""

    group: str
    name: str
    title: str
    honest: float
    nbgrader: float | None
    nbgrader_harm: list[str]
    seodang: float | None
    seodang_harm: list[str]
    flagged: bool


class Course:
    """An nbgrader course with the attacked lab."""

    def __init__(self, attacked: AttackedLab, python: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="seodang-course-", dir="/var/tmp"))
        # nbgrader starts `alembic` by name.
        environment = {**os.environ, "PATH": f"{Path(python).parent}:{os.environ['PATH']}"}
        self._marker = subprocess.Popen(
            [python, "-c", MARKER, str(self.folder), str(CELL_SECONDS), str(PATIENCE_SECONDS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        self.attacked = attacked
        source = self.folder / "source" / "attacked"
        source.mkdir(parents=True)
        (source / "attacked.ipynb").write_bytes(attacked.source_bytes())
        for name, content in attacked.files.items():
            (source / name).write_bytes(content)
        answer = self._ask("generate", "nobody")
        if not answer or not answer["success"]:
            raise SystemExit(f"nbgrader could not release the lab: {answer}")

    @property
    def released(self) -> dict[str, Any]:
        path = self.folder / "release" / "attacked" / "attacked.ipynb"
        notebook: dict[str, Any] = json.loads(path.read_text())
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell["source"])  # nbgrader writes a list of lines
        return notebook

    def mark(self, student: str, data: bytes) -> tuple[float | None, list[str]]:
        """Score, and the texts of the marked notebook's outputs."""
        folder = self.folder / "submitted" / student / "attacked"
        folder.mkdir(parents=True)
        (folder / "attacked.ipynb").write_bytes(data)
        for name, content in self.attacked.files.items():
            (folder / name).write_bytes(content)
        answer = self._ask("autograde", student)
        marked = self.folder / "autograded" / student / "attacked" / "attacked.ipynb"
        texts = _outputs(marked) if marked.is_file() else []
        score = answer["score"] if answer and answer["success"] else None
        shutil.rmtree(folder.parent, ignore_errors=True)
        shutil.rmtree(self.folder / "autograded" / student, ignore_errors=True)
        return score, texts

    def _ask(self, action: str, student: str) -> dict[str, Any] | None:
        """None where nbgrader did not answer: it was killed, or did not end in time."""
        assert self._marker.stdin is not None
        assert self._marker.stdout is not None
        self._marker.stdin.write(f"{action} {student}\n")
        self._marker.stdin.flush()
        return json.loads(self._marker.stdout.readline() or "null")  # type: ignore[no-any-return]

    def close(self) -> None:
        self._marker.kill()
        self._marker.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _outputs(path: Path) -> list[str]:
    try:
        notebook = json.loads(path.read_text())
    except ValueError:
        return []
    return [
        json.dumps(cell.get("outputs", []), ensure_ascii=False).replace("\\n", "\n") for cell in notebook["cells"]
    ]


def compare(attacks: Sequence[Attack], sandbox: str, python: str) -> list[Line]:
    from tests.attacks.arena import Arena

    arena = Arena(sandbox)
    course = Course(arena.attacked, python)
    lines = []
    try:
        with Traps(course.folder) as traps:
            for number, attack in enumerate(attacks, 1):
                line = one_line(attack, arena, course, traps)
                lines.append(line)
                print(f"{number}/{len(attacks)} {line.group}/{line.name}", file=sys.stderr, flush=True)
    finally:
        arena.close()
        course.close()
    return lines


def one_line(attack: Attack, arena: Any, course: Course, traps: Traps) -> Line:
    with tempfile.TemporaryDirectory(prefix="seodang-attacks-") as folder:
        seodang, seodang_harm, flagged = seodang_says(attack, arena, Path(folder))
    nbgrader, nbgrader_harm = nbgrader_says(attack, course, traps)
    return Line(
        attack.group,
        attack.name,
        attack.title,
        float(attack.honest),
        nbgrader,
        nbgrader_harm,
        seodang,
        seodang_harm,
        flagged,
    )


def seodang_says(attack: Attack, arena: Any, folder: Path) -> tuple[float | None, list[str], bool]:
    if attack.program:
        return None, arena.traps.harm(arena.run(attack, folder)), False
    outcome, _neighbour = arena.attack(attack)
    harm = arena.traps.harm([*outcome.shown, *outcome.kept])
    harm += _shown_tests(arena.attacked, outcome.shown)
    if attack.again is not None:
        again, _neighbour = arena.attack(attack.again)
        harm += arena.traps.harm(again.kept)
    return None if outcome.graded.problem else float(outcome.points), harm, outcome.is_flagged


def nbgrader_says(attack: Attack, course: Course, traps: Traps) -> tuple[float | None, list[str]]:
    if attack.program:
        return None, []
    harm: list[str] = []
    score: float | None = None
    for turn, one in enumerate([attack, attack.again] if attack.again else [attack]):
        turn_score, texts = course.mark(f"{attack.name}{turn}", hand_in(course.released, one, traps.facts()))
        score = turn_score if turn == 0 else score
        harm += traps.harm(texts)
        # A failed test's traceback shows the test anyway (nbgrader's feedback hides it on request).
        harm += _shown_tests(course.attacked, texts) if attack.group == "secrets" else []
    return score, harm


def _shown_tests(attacked: AttackedLab, texts: Sequence[str]) -> list[str]:
    whole = "\n".join(texts)
    return ["shown: a hidden test"] if any(word in whole for word in attacked.hidden) else []


# --- printing --------------------------------------------------------------------------------------------------


def print_table(lines: Sequence[Line]) -> None:
    raised = sum(line.nbgrader is not None and line.nbgrader > line.honest for line in lines)
    ours = sum(line.seodang is not None and line.seodang > line.honest for line in lines)
    print(f"{len(lines)} attacks. Points above the honest score: nbgrader {raised}, Seodang {ours}.")
    harmed = sum(bool(line.nbgrader_harm) for line in lines)
    harmed_ours = sum(bool(line.seodang_harm) for line in lines)
    print(f"Other harm: nbgrader {harmed}, Seodang {harmed_ours}. Full score: {FULL}.\n")
    print("| attack | honest | nbgrader | Seodang |\n|---|---|---|---|")
    for line in lines:
        program = line.group == "results" and line.nbgrader is None and line.seodang is None
        theirs = "has no such door" if program else _said(line.nbgrader, line.honest, line.nbgrader_harm)
        own = _said(line.seodang, line.honest, line.seodang_harm, is_file=program)
        honest = "" if program else f"{line.honest:g}"
        print(f"| {line.title} | {honest} | {theirs} | {own}{', flagged' * line.flagged} |")


def _said(score: float | None, honest: float, harm: Sequence[str], is_file: bool = False) -> str:
    if score is None:
        points = "nothing given away" if is_file else "not marked"
    else:
        points = f"**{score:g}**" if score > honest else f"{score:g}"
    told = "; ".join(f"**{_short(entry)}**" for entry in harm[:3])
    return f"{points}; {told}" if told else points


def _short(text: str) -> str:
    """One line without the run's random words."""
    text = "shown: a secret" if text.startswith("shown: secret") else text
    text = (text.partition("HARM: ")[2] or text).replace("|", "/").replace('"', "")
    return re.split(r"[\\\[\]{}<>\n]", text)[0].strip(" ,;:")[:70]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=[], help="names of attacks or of their groups")
    parser.add_argument("--sandbox", default="bubblewrap")
    parser.add_argument("--nbgrader", default=sys.executable, help="a Python that has nbgrader")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    attacks = [
        attack for attack in catalogue() if not arguments.only or {attack.name, attack.group} & set(arguments.only)
    ]
    lines = compare(attacks, arguments.sandbox, arguments.nbgrader)
    if arguments.json:
        print(json.dumps([asdict(line) for line in lines], indent=2, default=str))
    else:
        print_table(lines)
    above = any(line.seodang is not None and Decimal(line.seodang) > Decimal(line.honest) for line in lines)
    return 1 if above or any(line.seodang_harm for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
