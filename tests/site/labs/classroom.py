"""A published lab with a class that handed it in: rows and files as marking leaves them, without running anything.

The lab has two autograded questions, a written answer, a plot and a task. Whoever needs one submission calls
`hand_in`; `fill_class` makes students who differ as students do.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import nbformat
from django.core.files.base import ContentFile
from django.utils import timezone
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from seodang.grade.results import Check, Flag, Graded, Kind, QuestionGrade, Severity, Status
from seodang.site.accounts.models import User
from seodang.site.courses.models import Course, Enrollment, Role
from seodang.site.labs.models import (
    Grading,
    GradingState,
    Lab,
    LabRevision,
    LabState,
    RevisionState,
    Submission,
    SubmissionState,
)

QUESTIONS: list[dict[str, Any]] = [
    {"id": "gradient-tests", "title": "The gradient", "kind": "autograded", "max_points": "4"},
    {"id": "descent-tests", "title": "Gradient descent", "kind": "autograded", "max_points": "6"},
    {"id": "why-diverge", "title": "Why does it diverge?", "kind": "manual", "max_points": "5"},
    {"id": "plot-loss", "title": "Plot the loss", "kind": "manual", "max_points": "4"},
    {"id": "own-trial", "title": "A trial of your own", "kind": "task", "max_points": "3"},
]
CHECKS = {
    "gradient-tests": ["Shape of the gradient", "The gradient of a line", "Many columns at once"],
    "descent-tests": ["The loss falls", "It stops at the minimum"],
}
GRADIENT = "def gradient(w, X, y):\n    error = X @ w - y\n    return 2 * X.T @ error / len(y)\n"
DESCENT = (
    "def descend(w, X, y, rate=0.1, steps=100):\n"
    "    history = []\n"
    "    for step in range(steps):\n"
    "        w = w - rate * gradient(w, X, y)\n"
    "        history.append(((X @ w - y) ** 2).mean())\n"
    "    return w, history\n"
)
PLOT = "w, history = descend(np.zeros(2), X, y)\nplt.plot(history)\nplt.xlabel('step')\nplt.ylabel('loss')\n"
# What two students wrote who sat together, with other names: passages that the rest of the class does not have.
TOGETHER = (
    "def descend(w, X, y, rate=0.1, steps=100):\n"
    "    best, history, patience = None, [], 5\n"
    "    for step in range(steps):\n"
    "        direction = gradient(w, X, y)\n"
    "        trial = rate\n"
    "        while loss(w - trial * direction, X, y) > loss(w, X, y) and trial > 1e-8:\n"
    "            trial = trial / 2  # halve until the loss falls\n"
    "        w = w - trial * direction\n"
    "        history.append(loss(w, X, y))\n"
    "        if best is None or history[-1] < best - 1e-6:\n"
    "            best, patience = history[-1], 5\n"
    "        else:\n"
    "            patience -= 1\n"
    "        if patience == 0:\n"
    "            break\n"
    "    return w, history\n\n\n"
    "def loss(w, X, y):\n"
    "    return float(np.mean((X @ w - y) ** 2))\n"
)
WHY = (
    "With a learning rate of **0.9** every step jumps over the minimum and lands *further away* than it began, "
    "so the loss grows geometrically: the factor is $|1 - 2\\eta\\lambda|$, which exceeds 1.\n\n"
    "- small rate: slow, but it converges\n- large rate: it oscillates, then diverges\n"
)


def meta(grade_id: str, *, grade=False, solution=False, locked=False, task=False, points: str = "", kind="code"):
    found: dict[str, Any] = {
        "grade_id": grade_id,
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": task,
        "schema_version": 3,
        "cell_type": kind,
    }
    if points:
        found["points"] = float(points)
    return {"nbgrader": found}


def source_notebook() -> dict[str, Any]:
    """The lab as its teacher wrote it, with solutions, hidden tests and mark schemes."""
    between = "### BEGIN SOLUTION\n{}### END SOLUTION\n"
    cells = [
        new_markdown_cell("# Week 3: gradient descent"),
        new_code_cell("import numpy as np\nimport matplotlib.pyplot as plt\nX = np.eye(2)\ny = np.ones(2)"),
        new_markdown_cell("## The gradient\n\nWrite `gradient(w, X, y)` of the mean squared error."),
        new_code_cell(between.format(GRADIENT), metadata=meta("gradient", solution=True)),
        new_code_cell(
            "assert gradient(np.zeros(2), X, y).shape == (2,)\n### BEGIN HIDDEN TESTS: Many columns at once\n"
            "assert gradient(np.zeros(9), np.eye(9), np.ones(9)).sum() < 0\n### END HIDDEN TESTS",
            metadata=meta("gradient-tests", grade=True, locked=True, points="4"),
        ),
        new_markdown_cell("## Gradient descent\n\nNow write `descend`."),
        new_code_cell(between.format(DESCENT), metadata=meta("descend", solution=True)),
        new_code_cell(
            "w, history = descend(np.zeros(2), X, y)\nassert history[-1] < history[0]",
            metadata=meta("descent-tests", grade=True, locked=True, points="6"),
        ),
        new_markdown_cell(
            "## Why does it diverge?\n\nRun `descend` with a rate of 0.9. *Explain* in your words what happens, "
            "and which quantity decides it."
        ),
        new_markdown_cell(
            between.format("The step overshoots; the factor $|1 - 2\\eta\\lambda|$ decides.\n"),
            metadata=meta("why-diverge", grade=True, solution=True, points="5", kind="markdown"),
        ),
        new_markdown_cell("## Plot the loss\n\nLabel both axes."),
        new_code_cell(between.format(PLOT), metadata=meta("plot-loss", grade=True, solution=True, points="4")),
        new_markdown_cell(
            "## A trial of your own\n\nTry something that the lab did not ask for, in cells below this one.\n\n"
            "=== BEGIN MARK SCHEME ===\n- 1 point: something is tried\n- 2 points: it is **compared** with what "
            "came before\n=== END MARK SCHEME ===",
            metadata=meta("own-trial", task=True, locked=True, points="3", kind="markdown"),
        ),
    ]
    return new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})


def student_notebook(
    *, gradient: str = GRADIENT, descent: str = DESCENT, why: str = WHY, plot: str = PLOT, own: str = ""
) -> dict[str, Any]:
    """The lab as a student hands it in, with outputs."""
    found = source_notebook()
    by_id = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in found.cells}
    for grade_id, source in [
        ("gradient", gradient),
        ("descend", descent),
        ("why-diverge", why),
        ("plot-loss", plot),
    ]:
        by_id[grade_id]["source"] = source
    tests = by_id["gradient-tests"]
    tests["source"] = tests["source"].split("\n### BEGIN HIDDEN")[0]
    task = by_id["own-trial"]
    task["source"] = task["source"].split("\n\n=== BEGIN")[0]
    by_id["plot-loss"]["outputs"] = [new_output("stream", name="stdout", text="loss 0.25\n")]
    if own:
        found.cells += [new_markdown_cell("Momentum, as in the lecture."), new_code_cell(own)]
    return found


def to_bytes(notebook: dict[str, Any]) -> bytes:
    return nbformat.writes(nbformat.from_dict(notebook)).encode()


def make_lab(course: Course, slug: str = "gradient-descent", **fields: Any) -> Lab:
    now = timezone.now()
    given = {
        "title": "Gradient descent",
        "summary": "Week 3: write it, watch it diverge, say why.",
        "state": LabState.PUBLISHED,
        "opens_at": now - timedelta(days=10),
        "due_at": now - timedelta(days=1),
    }
    lab = Lab.objects.create(course=course, slug=slug, **{**given, **fields})
    lab.current = add_revision(lab)
    lab.save(update_fields=["current"])
    return lab


def add_revision(lab: Lab, *, note: str = "", notebook: dict[str, Any] | None = None) -> LabRevision:
    number = lab.revisions.count() + 1
    content = to_bytes(notebook or source_notebook())
    released = source_notebook()
    for cell in released.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell["source"] = "# YOUR CODE HERE\nraise NotImplementedError()"
    revision = LabRevision(
        lab=lab,
        number=number,
        state=RevisionState.GOOD,
        name="gradient-descent.ipynb",
        digest=hashlib.sha256(content).hexdigest(),
        questions=[
            {**question, "checks": [{"title": title, "visible": True} for title in CHECKS.get(question["id"], [])]}
            for question in QUESTIONS
        ],
        packages=["numpy", "matplotlib"],
        max_points=Decimal(22),
        note=note,
    )
    revision.source.save(f"source-{number}.ipynb", ContentFile(content), save=False)
    revision.released.save(f"released-{number}.ipynb", ContentFile(to_bytes(released)), save=False)
    revision.save()
    return revision


def graded(
    *,
    gradient: str = "4",
    descent: str = "6",
    why: Status = Status.WAITING,
    flags: tuple[Flag, ...] = (),
    message: str = "AssertionError: expected (2,), got (2, 1)",
) -> Graded:
    """What the autograder says of it; the written answers wait for a person."""

    def tested(id: str, points: str, most: str) -> QuestionGrade:
        full = points == most
        status = Status.PASSED if full else Status.PARTIAL if points != "0" else Status.FAILED
        checks = []
        for number, title in enumerate(CHECKS[id]):
            visible = number < 2
            passed = full or (number == 0 and points != "0")
            text = "" if passed else message
            trace = f"Traceback (most recent call last):\n  cell {id}, line 3\n{text}" if text else ""
            checks.append(Check(title, visible, passed, text if visible else "", trace))
        question = next(one for one in QUESTIONS if one["id"] == id)
        return QuestionGrade(
            id,
            question["title"],
            Kind.AUTOGRADED,
            Decimal(most),
            Decimal(points),
            status,
            tuple(checks),
            (id,),
            0.1,
        )

    by_hand = [
        QuestionGrade(
            one["id"],
            one["title"],
            Kind(one["kind"]),
            Decimal(one["max_points"]),
            Decimal(0) if why is Status.UNCHANGED and one["id"] == "why-diverge" else None,
            why if one["id"] == "why-diverge" else Status.WAITING,
            (),
            (one["id"],),
        )
        for one in QUESTIONS[2:]
    ]
    questions = (tested("gradient-tests", gradient, "4"), tested("descent-tests", descent, "6"), *by_hand)
    return Graded("submission.ipynb", questions, flags, wall_seconds=1.2, cpu_seconds=1.0)


def hand_in(
    lab: Lab, user: User, *, notebook: dict[str, Any] | None = None, marked: Graded | None = None, **fields: Any
) -> Submission:
    """A submission; marked where `marked` is given."""
    content = to_bytes(notebook or student_notebook())
    found = Submission(
        lab=lab,
        user=user,
        attempt=lab.submissions.filter(user=user).count() + 1,
        filename="gradient-descent.ipynb",
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        **{"submitted_at": lab.due_at - timedelta(hours=5), **fields},
    )
    found.file.save(f"{user.pk}-{found.attempt}.ipynb", ContentFile(content), save=False)
    found.save()
    if marked is not None:
        record(found, marked, content)
    return found


def record(
    submission: Submission, marked: Graded, content: bytes, *, revision: LabRevision | None = None, **fields
):
    """A finished autograder pass, written as the service writes it; it counts unless it belongs to a regrade."""
    levels = [str(flag.severity) for flag in marked.flags]
    level = next((name for name in ("tampering", "look", "info") if name in levels), "")
    executed = json.loads(content)
    grading = Grading(
        submission=submission,
        revision=revision or submission.lab.current,
        state=GradingState.DONE,
        result=marked.as_json(),
        scores=[
            {
                key: value
                for key, value in question.items()
                if key in {"id", "kind", "points", "max_points", "status"}
            }
            for question in marked.as_json()["questions"]
        ],
        points=marked.points,
        max_points=marked.max_points,
        flag_level=level,
        finished_at=timezone.now(),
        **fields,
    )
    grading.notebook.save(
        f"{submission.pk}.json.gz", ContentFile(gzip.compress(json.dumps(executed).encode())), save=False
    )
    grading.save()
    if grading.regrade is None:
        submission.grading = grading
        submission.state = SubmissionState.MARKED
        submission.save(update_fields=["grading", "state"])
    return grading


FAMILY = ["김", "이", "박", "최", "정", "강", "조", "윤", "장", "임"]
GIVEN = ["서연", "민준", "지우", "하은", "도윤", "서준", "예은", "시우", "수아", "지호", "Anna Maria", "준서"]
LOOKS = Flag("ctypes", Severity.LOOK, "“ctypes” is imported", {}, "#7", 3)
TAMPERS = Flag("canary", Severity.TAMPERING, "a test passed that cannot pass", {}, "gradient-tests", None)
MESSAGES = [
    "AssertionError: expected (2,), got (2, 1)",
    "NameError: name 'np' is not defined",
    "AssertionError: the loss rose from 0.5 to 3.1e+12",
]


def add_students(course: Course, n: int) -> list[User]:
    draw = random.Random(7)
    found = []
    for number in range(n):
        name = f"{draw.choice(FAMILY)}{draw.choice(GIVEN)}"
        user = User.objects.create_user(f"student{number}@example.com", None, name=name)
        Enrollment.objects.create(course=course, user=user, role=Role.STUDENT, student_number=f"2026{number:04d}")
        found.append(user)
    return found


def fill_class(lab: Lab, students: list[User]) -> list[Submission]:
    """Most handed in; two copied, some are late, two are flagged, one waits for the tests, some are missing."""
    draw = random.Random(11)
    found = []
    for number, user in enumerate(students):
        if number % 10 == 9:
            continue
        own = "velocity = np.zeros(2)\nfor step in range(50):\n    velocity = 0.9 * velocity - gradient(w, X, y)\n"
        descent = {2: TOGETHER, 3: TOGETHER.replace("history", "losses")}.get(number, DESCENT)
        notebook = student_notebook(descent=descent, why=f"{WHY}\n\n({number})", own=own if number % 4 == 0 else "")
        late = timedelta(days=draw.choice([0, 0, 0, 0, 1, 2]))
        at = lab.due_at - timedelta(minutes=draw.randint(5, 6000)) + late
        if number == 4:
            found.append(hand_in(lab, user, notebook=notebook, submitted_at=at))
            continue
        marks = graded(
            gradient=draw.choice(["4", "4", "4", "2", "0"]),
            descent=draw.choice(["6", "6", "3", "3", "0"]),
            flags=(LOOKS,) if number == 6 else (TAMPERS, LOOKS) if number == 7 else (),
            message=draw.choice(MESSAGES),
            why=Status.UNCHANGED if number == 12 else Status.WAITING,
        )
        if number % 6 == 1:
            hand_in(lab, user, notebook=notebook, marked=graded(gradient="0"), submitted_at=at - timedelta(hours=9))
        found.append(hand_in(lab, user, notebook=notebook, marked=marks, submitted_at=at))
    return found
