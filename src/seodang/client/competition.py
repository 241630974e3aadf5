"""A competition as a person in Python holds it, and the entries they make.

competition = Client().competition("breast-cancer")
competition.download("data")
entry = competition.submit("prediction.csv", "logistic regression")
print(entry.wait())
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from seodang.client import downloads, errors
from seodang.client.models import WHEN, Board, File, Listing, Place, Quota, Score, Shown, number, part
from seodang.client.uploads import Progress, as_upload
from seodang.i18n import N_

if TYPE_CHECKING:
    from seodang.client.client import Client
    from seodang.client.ladder import Ladder

# Told of every file as it comes: (file, bytes so far).
FileProgress = Callable[[File, int], None]


@dataclass(frozen=True, repr=False)
class Entry(Shown):
    """One prediction that was taken. `public` (and later `private`) hold its scores."""

    ordinal: int
    team: str
    state: str
    filename: str
    user: str = ""
    message: str = ""
    metric: str = ""
    decimals: int = 4
    created_at: datetime | None = field(default=None, metadata=WHEN)
    is_final_pick: bool = False
    withdrawn_at: datetime | None = field(default=None, metadata=WHEN)
    withdrawn_reason: str = ""
    public: Score | None = field(default=None, metadata=part(Score.from_json))
    private: Score | None = field(default=None, metadata=part(Score.from_json))
    standing: Place | None = field(default=None, metadata=part(Place.from_json))
    quota: Quota | None = field(default=None, metadata=part(Quota.from_json))
    url: str = ""
    competition: Competition | None = field(default=None, compare=False, kw_only=True)

    @property
    def is_waiting(self) -> bool:
        return self.state == "waiting"

    def wait(self, *, timeout: float = 600.0, for_interval: bool = False, poll_seconds: float = 0.5) -> Entry:
        """The entry once it is scored (or failed).

        Args:
            timeout: seconds after which waiting is given up; the entry is scored all the same.
            for_interval: wait for the 95 % interval too, which follows the score.

        Raises:
            StillWaiting: not within `timeout`.
        """
        competition = _bound(self)
        deadline, pause = time.monotonic() + timeout, poll_seconds
        entry = competition.entry(self.ordinal)
        while entry.is_waiting or (for_interval and entry.public is not None and entry.public.low is None):
            if time.monotonic() + pause > deadline:
                raise errors.StillWaiting(
                    N_("Entry %(ordinal)d is still waiting after %(seconds)d seconds."),
                    hint=N_("It keeps its place in the queue; look again later."),
                    ordinal=self.ordinal,
                    seconds=timeout,
                )
            time.sleep(pause)
            pause = min(pause * 1.3, 5.0)
            entry = competition.entry(self.ordinal)
        return entry

    def withdraw(self, reason: str = "") -> Entry:
        """Take it off the board. It stays in the list, and the attempt stays used."""
        return _bound(self).withdraw(self.ordinal, reason)

    def cells(self) -> dict[str, str]:
        return {
            "entry": f"#{self.ordinal}",
            "team": self.team,
            "state": "withdrawn" if self.withdrawn_at else self.state,
            "public": self.public.text(self.decimals) if self.public else "",
            "private": number(self.private.score, self.decimals) if self.private else "",
            "final": "✓" if self.is_final_pick else "",
            "when": f"{self.created_at:%Y-%m-%d %H:%M}" if self.created_at else "",
            "file": self.filename,
            "message": self.message,
        }


def _bound(entry: Entry) -> Competition:
    if entry.competition is None:
        raise TypeError("this Entry was made by hand; take it from a Competition to ask the site about it")
    return entry.competition


@dataclass(frozen=True, repr=False)
class Competition(Shown):
    """A competition that this person may see. `name` is "course/slug"."""

    course: str
    slug: str
    title: str
    state: str
    metric: str
    summary: str = ""
    description: str = ""
    metric_title: str = ""
    greater_is_better: bool = True
    decimals: int = 4
    opens_at: datetime | None = field(default=None, metadata=WHEN)
    closes_at: datetime | None = field(default=None, metadata=WHEN)
    is_open: bool = False
    private_open: bool = False
    daily_quota: int = 0
    total_quota: int | None = None
    team_size: int = 1
    final_picks: int = 2
    quota: Quota | None = field(default=None, metadata=part(Quota.from_json))
    url: str = ""
    client: Client | None = field(default=None, compare=False, kw_only=True)

    @property
    def name(self) -> str:
        return f"{self.course}/{self.slug}"

    @property
    def _site(self) -> Client:
        if self.client is None:
            raise TypeError("this Competition was made by hand; take it from a Client")
        return self.client

    @property
    def _path(self) -> str:
        return f"/competitions/{quote(self.course)}/{quote(self.slug)}"

    def refresh(self) -> Competition:
        """The competition as it stands now, with what is left of the quota."""
        return self._site.competition(self.name)

    # --- data ---------------------------------------------------------------------------------------------

    def files(self) -> Listing[File]:
        return Listing(File.from_json(item) for item in self._site._pages(f"{self._path}/files"))

    def download(
        self,
        folder: str | Path = ".",
        names: Iterable[str] = (),
        *,
        progress: FileProgress | None = None,
    ) -> list[Path]:
        """Bring the files (or those of these names) into a folder; what is there unchanged is left alone.

        Raises:
            NotFound: a name that is none of the competition's files.
        """
        files = {file.name: file for file in self.files()}
        wanted = list(names) or list(files)
        for name in wanted:
            if name not in files:
                raise errors.NotFound(
                    N_("%(competition)s has no file “%(name)s”."),
                    hint=N_("It has: %(names)s"),
                    competition=self.name,
                    name=name,
                    names=", ".join(files) or "–",
                )
        return [self._fetch(files[name], Path(folder), progress) for name in wanted]

    def _fetch(self, file: File, folder: Path, progress: FileProgress | None) -> Path:
        tell: Progress | None = (lambda done, _size: progress(file, done)) if progress else None
        path = downloads.fetch(
            self._site.transport, f"{self._path}/files/{quote(file.name)}", file, folder.expanduser(), tell
        )
        if progress:
            progress(file, file.size_bytes)
        return path

    # --- entries ------------------------------------------------------------------------------------------

    def submit(
        self,
        prediction: Any,
        message: str = "",
        *,
        filename: str | None = None,
        baseline_name: str | None = None,
        progress: Progress | None = None,
    ) -> Entry:
        """Enter a prediction: a path, an open file, or a data frame. A refused file costs no attempt.

        Args:
            baseline_name: for staff of the course, who enter marked baselines only.
            progress: told (bytes sent, bytes in all).

        Raises:
            Refused: `.problems` says what is wrong and where.
            QuotaExhausted, Closed, NotAllowed: the file was not looked at.
        """
        upload = as_upload(prediction, filename)
        fields = {"message": message, **({"baseline_name": baseline_name} if baseline_name else {})}
        try:
            data = self._site.transport.call(
                "POST",
                f"{self._path}/entries",
                data=fields,
                files=lambda: {"file": (upload.name, upload.reader(progress), "application/octet-stream")},
            )
        finally:
            upload.close()
        return self._entry(data)

    def entries(self, *, limit: int | None = None) -> Listing[Entry]:
        """Your own entries, newest first; for staff, everybody's."""
        return Listing(self._entry(item) for item in self._site._pages(f"{self._path}/entries", limit=limit))

    def entry(self, ordinal: int) -> Entry:
        return self._entry(self._site.transport.get(f"{self._path}/entries/{ordinal}"))

    def withdraw(self, ordinal: int, reason: str = "") -> Entry:
        path = f"{self._path}/entries/{ordinal}/withdraw"
        return self._entry(self._site.transport.call("POST", path, json={"reason": reason}))

    def pick(self, ordinals: Iterable[int]) -> Listing[Entry]:
        """Choose which entries count on the private board; they replace what was picked before."""
        answer = self._site.transport.call("PUT", f"{self._path}/finals", json={"entries": list(ordinals)})
        return Listing(self._entry(item) for item in answer["items"])

    def leaderboard(self, part: str = "public") -> Board:
        """The `public` board, or after the close the `private` one."""
        return Board.from_json(self._site.transport.get(f"{self._path}/leaderboard", part=part))

    def _entry(self, data: dict[str, Any]) -> Entry:
        entry = Entry.from_json(data)
        object.__setattr__(entry, "competition", self)
        return entry

    # --- for the host -------------------------------------------------------------------------------------

    def wait_until_prepared(self, *, timeout: float = 600.0, poll_seconds: float = 0.5) -> Competition:
        """The competition once its files are made.

        Raises:
            Refused: the preparation found something wrong.
            StillWaiting: not within `timeout`.
        """
        deadline, pause, now = time.monotonic() + timeout, poll_seconds, self.refresh()
        while now.state == "preparing":
            if time.monotonic() + pause > deadline:
                raise errors.StillWaiting(
                    N_("%(competition)s is still being prepared after %(seconds)d seconds."),
                    hint=N_("It goes on without you; look again later."),
                    competition=self.name,
                    seconds=timeout,
                )
            time.sleep(pause)
            pause = min(pause * 1.3, 5.0)
            now = now.refresh()
        problem = now.json.get("problem")
        if problem and now.state == "draft":
            raise errors.Refused(problem["message"], hint=problem.get("hint", ""), code=problem.get("code"))
        return now

    def publish(self) -> Competition:
        """Let students see it."""
        return self._site._competition(self._site.transport.call("POST", f"{self._path}/publish"))

    def revise(
        self,
        reason: str,
        *,
        truth: Any = None,
        metric: str | None = None,
        metric_options: Mapping[str, Any] | None = None,
    ) -> Competition:
        """Correct the truth or the metric; every entry is scored anew and the old scores stay in the history."""
        import json

        upload = as_upload(truth) if truth is not None else None
        fields = {"reason": reason}
        if metric:
            fields["metric"] = metric
        if metric_options is not None:
            fields["metric_options"] = json.dumps(metric_options)
        try:
            data = self._site.transport.call(
                "POST",
                f"{self._path}/truth",
                data=fields,
                files=(lambda: {"truth": (upload.name, upload.reader(None))}) if upload else None,
            )
        finally:
            if upload:
                upload.close()
        return self._site._competition(data)

    # --- ladders ------------------------------------------------------------------------------------------

    def climb(self, *, seconds: int = 60) -> Ladder:
        """Have a ladder climbed with the training data, as a job: `.wait()`; its rungs predict the test data."""
        answer = self._site.transport.call("POST", f"{self._path}/ladders", json={"seconds": seconds})
        return self._site._ladder(answer)

    def post_baselines(self, ladder: int, rungs: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """For staff: enter what rungs (all by default) of a ladder of this competition's data predict as marked
        baselines. Each answer has `rung`, `title`, `state` (entered, unchanged, unusable) and `reason`."""
        wanted = {"ladder": ladder, "rungs": None if rungs is None else list(rungs)}
        found: list[dict[str, Any]] = self._site.transport.call("POST", f"{self._path}/baselines", json=wanted)
        return found

    def export(self, path: str | Path, *, what: str = "entries") -> Path:
        """Write a CSV file for staff: `entries` (all about each), `public`, `private` (the boards) or `teams`."""
        target = Path(path).expanduser()
        downloads.save(self._site.transport, f"{self._path}/export", target, params={"what": what})
        return target

    def cells(self) -> dict[str, str]:
        return {
            "competition": self.name,
            "title": self.title,
            "metric": self.metric_title or self.metric,
            "closes": f"{self.closes_at:%Y-%m-%d %H:%M}" if self.closes_at else "",
            "left today": str(self.quota.left_today) if self.quota else "",
        }
