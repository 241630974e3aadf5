"""A ladder that a site climbs, as a person in Python holds it.

ladder = Client().create_ladder("houses.csv", course="deep-learning", target="price", seconds=60)
print(ladder.wait().table())
ladder.download("report.html")
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from seodang.client import downloads, errors
from seodang.client.models import WHEN, Listing, Shown, number
from seodang.client.uploads import Progress, as_upload
from seodang.i18n import N_

if TYPE_CHECKING:
    from seodang.client.client import Client

# Told of a ladder each time the site is asked while one waits.
Watch = Callable[["Ladder"], None]
LONGEST_PAUSE_SECONDS = 5.0
REPORT = "report.html"


@dataclass(frozen=True, repr=False)
class Rung(Shown):
    """One family of models, tuned. `score` is None where it was skipped, and `skipped` says why."""

    name: str
    title: str = ""
    score: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    seconds: float = 0.0
    tied_with_best: bool = False
    skipped: str | None = None

    def cells(self) -> dict[str, str]:
        interval = ""
        if self.ci_low is not None and self.ci_high is not None:
            interval = f"{number(self.ci_low, 4)} – {number(self.ci_high, 4)}"
        return {
            "rung": self.title or self.name,
            "score": number(self.score, 4),
            "95 % interval": interval,
            "seconds": number(self.seconds, 1),
            "tied": "✓" if self.tied_with_best else "",
            "skipped": self.skipped or "",
        }


@dataclass(frozen=True, repr=False)
class Ladder(Shown):
    """A ladder that this person may see. `name` is "course/number"."""

    course: str
    number: int
    title: str
    state: str
    owner: str = ""
    table_name: str = ""
    target: str = ""
    task: str = ""
    metric: str = ""
    budget_seconds: int = 0
    best: str = ""
    place: int = 0
    seconds_left: int = 0
    shared: bool = False
    created_at: datetime | None = field(default=None, metadata=WHEN)
    finished_at: datetime | None = field(default=None, metadata=WHEN)
    rungs: list[Rung] = field(
        default_factory=list, metadata={"read": lambda rows: [Rung.from_json(row) for row in rows]}
    )
    warnings: list[str] = field(default_factory=list)
    predict_state: str = ""
    url: str = ""
    client: Client | None = field(default=None, compare=False, kw_only=True)

    @property
    def name(self) -> str:
        return f"{self.course}/{self.number}"

    @property
    def _site(self) -> Client:
        if self.client is None:
            raise TypeError("this Ladder was made by hand; take it from a Client")
        return self.client

    @property
    def _path(self) -> str:
        return f"/ladders/{quote(self.course, '')}/{self.number}"

    @property
    def is_under_way(self) -> bool:
        return self.state in {"waiting", "climbing"}

    def table(self) -> Listing[Rung]:
        """The rungs, from the baseline up; provisional while it climbs."""
        return Listing(self.rungs)

    def refresh(self) -> Ladder:
        return self._site.ladder(self.name)

    def wait(self, *, timeout: float = 3600.0, poll_seconds: float = 0.5, watch: Watch | None = None) -> Ladder:
        """The ladder once it is done, failed or stopped.

        Args:
            timeout: seconds after which waiting is given up; it is climbed all the same.
            watch: told of it each time the site was asked.

        Raises:
            StillWaiting: not within `timeout`.
        """
        return self._until(lambda found: not found.is_under_way, timeout, poll_seconds, watch)

    def wait_for_predictions(self, *, timeout: float = 900.0, poll_seconds: float = 0.5) -> Ladder:
        """The ladder once the table of `predict` is predicted, or could not be (`predict_state`)."""
        return self._until(lambda found: found.predict_state != "waiting", timeout, poll_seconds, None)

    def _until(
        self, is_over: Callable[[Ladder], bool], timeout: float, pause: float, watch: Watch | None
    ) -> Ladder:
        deadline = time.monotonic() + timeout
        found = self.refresh()
        while not is_over(found):
            if watch is not None:
                watch(found)
            if time.monotonic() + pause > deadline:
                raise errors.StillWaiting(
                    N_("%(name)s is still not done after %(seconds)d seconds."),
                    hint=N_("It goes on without you; look again later."),
                    name=self.name,
                    seconds=timeout,
                )
            time.sleep(pause)
            pause = min(pause * 1.3, LONGEST_PAUSE_SECONDS)
            found = self.refresh()
        return found

    def stop(self) -> Ladder:
        """End the climb, or leave the line."""
        return self._site._ladder(self._site.transport.call("POST", f"{self._path}/stop"))

    def share(self, shared: bool = True) -> Ladder:
        """For staff: let the class see it, or no longer."""
        answer = self._site.transport.call("POST", f"{self._path}/share", json={"shared": shared})
        return self._site._ladder(answer)

    def delete(self) -> None:
        self._site.transport.call("DELETE", self._path)

    def predict(self, table: Any, *, progress: Progress | None = None) -> Ladder:
        """Have a table predicted with the saved model, as a job: `.wait_for_predictions()`, then
        `.download("prediction.csv")`.

        Args:
            table: a path, an open file or a data frame.
        """
        upload = as_upload(table)
        try:

            def parts() -> list[tuple[str, tuple[str, Any, str]]]:
                return [("table", (upload.name, upload.reader(progress), "application/octet-stream"))]

            return self._site._ladder(self._site.transport.call("POST", f"{self._path}/predictions", files=parts))
        finally:
            upload.close()

    def download(self, what: str = REPORT, to: str | Path = ".") -> Path:
        """Bring home what it made.

        Args:
            what: "report.html", "model.zip", "prediction.csv" (of the best rung), "prediction-<rung>.csv", "table".
            to: a folder, or the path of the file.

        Raises:
            NotFound: it has not made that, or it is not yours.
        """
        target = Path(to).expanduser()
        if target.is_dir():
            # The name comes from the site: nothing of it may lead out of the folder.
            name = self.table_name if what == "table" else f"ladder-{self.number}-{what}"
            target = target / (Path(name).name or "table.csv")
        downloads.save(self._site.transport, f"{self._path}/files/{quote(what, '')}", target)
        return target

    def cells(self) -> dict[str, str]:
        return {
            "ladder": self.name,
            "title": self.title,
            "state": self.state,
            "target": self.target,
            "metric": self.metric,
            "best": self.best,
            "by": self.owner,
        }


def send_table(
    client: Client,
    course: str,
    table: Any,
    predict: Any | None,
    fields: dict[str, Any],
    progress: Progress | None,
) -> Any:
    """POST a table, and one to predict, with what was chosen; the JSON of the ladder."""
    uploads = {"table": as_upload(table)} | ({"predict": as_upload(predict)} if predict is not None else {})
    try:

        def parts() -> list[tuple[str, tuple[str, Any, str]]]:
            return [
                (name, (upload.name, upload.reader(progress if name == "table" else None), "text/csv"))
                for name, upload in uploads.items()
            ]

        address = f"/courses/{quote(course, '')}/ladders"
        return client.transport.call("POST", address, data=fields, files=parts)
    finally:
        for upload in uploads.values():
            upload.close()
