"""A lab as a person in Python holds it, and what they hand in.

lab = Client().lab("gradient-descent")
lab.download("week3")
submission = lab.submit("week3/gradient-descent.ipynb")
print(submission.wait())
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from seodang.client import downloads, errors
from seodang.client.models import WHEN, File, Listing, Shown, part
from seodang.client.uploads import Progress, as_upload
from seodang.i18n import N_

if TYPE_CHECKING:
    from seodang.client.client import Client

# Told of every file as it comes: (file, bytes so far).
FileProgress = Callable[[File, int], None]
# Told of a submission each time the site is asked while one waits.
Watch = Callable[["Submission"], None]
LONGEST_PAUSE_SECONDS = 5.0


def points_text(value: float | None) -> str:
    """2.5 → "2.5", 4.0 → "4"."""
    return "–" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, repr=False)
class Deadline(Shown):
    due_at: datetime | None = field(default=None, metadata=WHEN)
    extended_due_at: datetime | None = field(default=None, metadata=WHEN)
    grace_until: datetime | None = field(default=None, metadata=WHEN)
    closes_at: datetime | None = field(default=None, metadata=WHEN)
    extension_days: int = 0


@dataclass(frozen=True, repr=False)
class Question(Shown):
    """One question; `points` and `status` where it belongs to a submission."""

    id: str
    title: str
    kind: str
    max_points: float
    points: float | None = None
    status: str = ""
    comment: str = ""

    def failures(self) -> list[str]:
        """What the tests said that did not pass, as far as one may see it."""
        return [
            f"{check['title']}: {check['message']}".strip(": ")
            for check in self.json.get("checks") or ()
            if check["passed"] is False and (check["message"] or check["title"])
        ]

    def cells(self) -> dict[str, str]:
        points = f"{points_text(self.points)} / {points_text(self.max_points)}"
        return {"question": self.title or self.id, "points": points, "status": self.status}


@dataclass(frozen=True, repr=False)
class Marking(Shown):
    """How far the marking of a submission is; `place` 1 is next in the queue, 0 is being marked."""

    done: int = 0
    total: int = 0
    place: int = 0
    reason: str = ""
    hint: str = ""


@dataclass(frozen=True, repr=False)
class Submission(Shown):
    """One notebook that was handed in. `points` are those that count, None while it is not marked or not shown."""

    attempt: int
    state: str
    filename: str
    max_points: float
    user: str = ""
    submitted_at: datetime | None = field(default=None, metadata=WHEN)
    counts: bool = False
    hidden: bool = False
    complete: bool = False
    late_days: int = 0
    earned: float | None = None
    penalty: float | None = None
    points: float | None = None
    questions: list[Question] = field(
        default_factory=list, metadata={"read": lambda rows: [Question.from_json(row) for row in rows]}
    )
    progress: Marking | None = field(default=None, metadata=part(Marking.from_json))
    url: str = ""
    lab: Lab | None = field(default=None, compare=False, kw_only=True)

    @property
    def is_waiting(self) -> bool:
        return self.state in {"waiting", "marking"}

    def wait(self, *, timeout: float = 1800.0, poll_seconds: float = 0.5, watch: Watch | None = None) -> Submission:
        """The submission once it is marked (or could not be).

        Args:
            timeout: seconds after which waiting is given up; it is marked all the same.
            watch: told of it each time the site was asked.

        Raises:
            StillWaiting: not within `timeout`.
        """
        if self.lab is None:
            raise TypeError("this Submission was made by hand; take it from a Lab to ask the site about it")
        deadline, pause = time.monotonic() + timeout, poll_seconds
        found = self.lab.submission(self.attempt)
        while found.is_waiting:
            if watch is not None:
                watch(found)
            if time.monotonic() + pause > deadline:
                raise errors.StillWaiting(
                    N_("Attempt %(attempt)d is still not marked after %(seconds)d seconds."),
                    hint=N_("It keeps its place in the queue; look again later."),
                    attempt=self.attempt,
                    seconds=timeout,
                )
            time.sleep(pause)
            pause = min(pause * 1.3, LONGEST_PAUSE_SECONDS)
            found = self.lab.submission(self.attempt)
        return found

    def cells(self) -> dict[str, str]:
        return {
            "attempt": f"#{self.attempt}",
            "state": self.state,
            "points": f"{points_text(self.points)} / {points_text(self.max_points)}",
            "late days": str(self.late_days) if self.late_days else "",
            "counts": "✓" if self.counts else "",
            "when": f"{self.submitted_at:%Y-%m-%d %H:%M}" if self.submitted_at else "",
            "file": self.filename,
        }


@dataclass(frozen=True, repr=False)
class Regrade(Shown):
    """Marking again: a preview until it is applied. `changes` are those whose points change."""

    id: int
    state: str
    done: int
    total: int
    up: int = 0
    down: int = 0
    same: int = 0
    failed: int = 0
    came_meanwhile: int = 0
    changes: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    lab: Lab | None = field(default=None, compare=False, kw_only=True)

    def cells(self) -> dict[str, str]:
        return {"state": self.state, "done": f"{self.done} / {self.total}", "changes": str(len(self.changes))}


@dataclass(frozen=True, repr=False)
class Lab(Shown):
    """A lab that this person may see. `name` is "course/slug"."""

    course: str
    slug: str
    title: str
    state: str
    summary: str = ""
    description: str = ""
    opens_at: datetime | None = field(default=None, metadata=WHEN)
    due_at: datetime | None = field(default=None, metadata=WHEN)
    is_open: bool = False
    is_closed: bool = False
    max_points: float = 0.0
    attempts_left: int | None = None
    attempts_limit: int | None = None
    deadline: Deadline | None = field(default=None, metadata=part(Deadline.from_json))
    questions: list[Question] = field(
        default_factory=list, metadata={"read": lambda rows: [Question.from_json(row) for row in rows]}
    )
    url: str = ""
    client: Client | None = field(default=None, compare=False, kw_only=True)

    @property
    def name(self) -> str:
        return f"{self.course}/{self.slug}"

    @property
    def _site(self) -> Client:
        if self.client is None:
            raise TypeError("this Lab was made by hand; take it from a Client")
        return self.client

    @property
    def _path(self) -> str:
        return f"/labs/{quote(self.course)}/{quote(self.slug)}"

    @property
    def own_due_at(self) -> datetime | None:
        """With one's own extension."""
        return (self.deadline.extended_due_at if self.deadline else None) or self.due_at

    def refresh(self) -> Lab:
        return self._site.lab(self.name)

    # --- files --------------------------------------------------------------------------------------------

    def files(self) -> Listing[File]:
        return Listing(File.from_json(item) for item in self._site._pages(f"{self._path}/files"))

    def download(
        self, folder: str | Path = ".", names: Iterable[str] = (), *, progress: FileProgress | None = None
    ) -> list[Path]:
        """Bring the notebook and its data files into a folder. A notebook that you have worked on stays as it is.

        Raises:
            NotFound: a name that is none of the lab's files. WouldOverwrite: a file that differs is there already.
        """
        files = {file.name: file for file in self.files()}
        wanted = list(names) or list(files)
        for name in wanted:
            if name not in files:
                raise errors.NotFound(
                    N_("%(lab)s has no file “%(name)s”."),
                    hint=N_("It has: %(names)s"),
                    lab=self.name,
                    name=name,
                    names=", ".join(files) or "–",
                )
        return [self._fetch(files[name], Path(folder).expanduser(), progress) for name in wanted]

    def _fetch(self, file: File, folder: Path, progress: FileProgress | None) -> Path:
        target = inside(folder, file.name)
        if file.role == "notebook" and target.exists() and not downloads.is_here(target, file):
            raise errors.WouldOverwrite(
                N_("%(path)s is there already and differs from the lab's notebook."),
                hint=N_("It may hold your work: move it away, or download into another folder."),
                path=target,
            )
        tell: Progress | None = (lambda done, _size: progress(file, done)) if progress else None
        address = f"{self._path}/files/{quote(file.name)}"
        path = downloads.fetch(self._site.transport, address, file, target.parent, tell)
        if progress:
            progress(file, file.size_bytes)
        return path

    # --- handing in ---------------------------------------------------------------------------------------

    def submit(self, notebook: Any, *, filename: str | None = None, progress: Progress | None = None) -> Submission:
        """Hand in a notebook: a path or an open file. A refused file costs no attempt.

        Raises:
            Refused: what is wrong with the file. Closed, NotAllowed: it was not looked at.
        """
        upload = as_upload(notebook, filename)
        try:
            data = self._site.transport.call(
                "POST",
                f"{self._path}/submissions",
                files=lambda: {"file": (upload.name, upload.reader(progress), "application/octet-stream")},
            )
        finally:
            upload.close()
        return self._submission(data)

    def submissions(self) -> Listing[Submission]:
        """Your own, newest first."""
        return Listing(self._submission(item) for item in self._site._pages(f"{self._path}/submissions"))

    def submission(self, attempt: int) -> Submission:
        return self._submission(self._site.transport.get(f"{self._path}/submissions/{attempt}"))

    def _submission(self, data: dict[str, Any]) -> Submission:
        found = Submission.from_json(data)
        object.__setattr__(found, "lab", self)
        return found

    # --- for staff ----------------------------------------------------------------------------------------

    def wait_until_checked(self, *, timeout: float = 1800.0, poll_seconds: float = 0.5) -> Lab:
        """The lab once its newest revision is checked, whatever was found.

        Raises:
            StillWaiting: not within `timeout`, or the site cannot check right now.
        """
        deadline, pause, now = time.monotonic() + timeout, poll_seconds, self.refresh()
        while (now.json.get("revision") or {}).get("state") == "checking":
            problem = now.json["revision"].get("problem")
            if problem or time.monotonic() + pause > deadline:
                raise errors.StillWaiting(
                    N_("%(lab)s is not checked yet. %(reason)s"),
                    hint=N_("It goes on without you; look again later."),
                    lab=self.name,
                    reason=f"{problem['message']} {problem['hint']}" if problem else "",
                )
            time.sleep(pause)
            pause = min(pause * 1.3, LONGEST_PAUSE_SECONDS)
            now = now.refresh()
        return now

    def publish(self) -> Lab:
        """Let students see it."""
        return self._act("publish")

    def accept(self) -> Lab:
        """Hand out the newest revision although its check found problems."""
        return self._act("accept")

    def release(self) -> Lab:
        """Let students see all points, marks by people and comments."""
        return self._act("release")

    def _act(self, verb: str) -> Lab:
        return self._site._lab(self._site.transport.call("POST", f"{self._path}/{verb}"))

    def revise(self, notebook: str | Path, *, data: Iterable[str | Path] = (), note: str = "") -> dict[str, Any]:
        """Upload a mended notebook. Without `data` the data files stay as they are."""
        return send_lab(self._site, f"{self._path}/revisions", notebook, data, {"note": note})

    def progress(self) -> dict[str, Any]:
        """The class: counts, and one row for each student."""
        found: dict[str, Any] = self._site.transport.get(f"{self._path}/class")
        return found

    def export(self, path: str | Path) -> Path:
        """Write the class's points as a CSV file."""
        target = Path(path).expanduser()
        downloads.save(self._site.transport, f"{self._path}/export", target)
        return target

    def regrade(self, students: Iterable[int] | None = None) -> Regrade:
        """Have submissions marked again under the current revision; nothing changes until it is applied."""
        chosen = None if students is None else list(students)
        return self._regrade(self._site.transport.call("POST", f"{self._path}/regrades", json={"students": chosen}))

    def wait_for_regrade(self, regrade: Regrade, *, timeout: float = 3600.0, poll_seconds: float = 0.5) -> Regrade:
        """The regrade once everything is marked.

        Raises:
            StillWaiting: not within `timeout`.
        """
        deadline, pause, now = time.monotonic() + timeout, poll_seconds, self._regrade_now(regrade.id)
        while now.state == "running":
            if time.monotonic() + pause > deadline:
                raise errors.StillWaiting(
                    N_("%(done)d of %(total)d are marked again."),
                    hint=N_("It goes on without you; look at %(url)s"),
                    done=now.done,
                    total=now.total,
                    url=now.url,
                )
            time.sleep(pause)
            pause = min(pause * 1.3, LONGEST_PAUSE_SECONDS)
            now = self._regrade_now(regrade.id)
        return now

    def end_regrade(self, regrade: Regrade, *, apply: bool) -> Regrade:
        """Let the new points count, or leave everything as it was."""
        act = {"act": "apply" if apply else "cancel"}
        return self._regrade(self._site.transport.call("POST", f"{self._path}/regrades/{regrade.id}", json=act))

    def _regrade_now(self, id: int) -> Regrade:
        return self._regrade(self._site.transport.get(f"{self._path}/regrades/{id}"))

    def _regrade(self, data: dict[str, Any]) -> Regrade:
        found = Regrade.from_json(data)
        object.__setattr__(found, "lab", self)
        return found

    def cells(self) -> dict[str, str]:
        due = self.own_due_at
        return {
            "lab": self.name,
            "title": self.title,
            "due": f"{due:%Y-%m-%d %H:%M}" if due else "",
            "points": points_text(self.max_points),
        }


def send_lab(
    site: Client, address: str, notebook: str | Path, data: Iterable[str | Path], fields: dict[str, Any]
) -> dict[str, Any]:
    """A source notebook (or a zip) with its data files as one request; the JSON that the site answers."""
    with ExitStack() as stack:
        uploads = [("notebook", as_upload(notebook)), *(("data", as_upload(path)) for path in data)]
        for _name, upload in uploads:
            stack.callback(upload.close)

        def parts() -> list[tuple[str, tuple[str, Any, str]]]:
            return [
                (name, (upload.name, upload.reader(None), "application/octet-stream")) for name, upload in uploads
            ]

        given = {name: value for name, value in fields.items() if value not in (None, "")}
        made: dict[str, Any] = site.transport.call("POST", address, data=given, files=parts)
        return made


def inside(folder: Path, name: str) -> Path:
    """Where a file of that name goes; names come from the site, and none may lead out of the folder."""
    parts = [one for one in PurePosixPath(name).parts if one not in {"/", "..", "."} and "\\" not in one]
    return folder.joinpath(*parts) if parts else folder / "file"
