"""The way in: a `Client` is one person at one site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from seodang.client import config, errors
from seodang.client.competition import Competition
from seodang.client.lab import Lab, send_lab
from seodang.client.ladder import Ladder, send_table
from seodang.client.models import Course, Listing, Me
from seodang.client.transport import Transport
from seodang.client.uploads import Progress
from seodang.i18n import N_

PAGE = 100


class Client:
    """One person at one site.

    Args:
        url: the site; else `SEODANG_URL`, else the one that `seodang login` made current.
        token: a personal token; else `SEODANG_TOKEN`, else the one that `seodang login` keeps for that site.
        timeout: seconds without any byte before a request is given up.
        http: an httpx transport, for tests and proxies.

    Raises:
        NotLoggedIn: no site is known.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: float = 30.0,
        http: httpx.BaseTransport | None = None,
    ) -> None:
        self.url, chosen_token = config.choose(url, token)
        self.transport = Transport(self.url, chosen_token, timeout=timeout, http=http)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client {self.url}>"

    def close(self) -> None:
        self.transport.close()

    def me(self) -> Me:
        """Whose token this is."""
        self._need_token()
        return Me.from_json(self.transport.get("/me"))

    def courses(self) -> Listing[Course]:
        """The courses you are in."""
        return Listing(Course.from_json(item) for item in self._pages("/courses"))

    def competitions(self, *, course: str | None = None, search: str | None = None) -> Listing[Competition]:
        """The competitions you may see, those that close first at the top."""
        items = self._pages("/competitions", course=course, search=search)
        return Listing(self._competition(item) for item in items)

    def competition(self, name: str) -> Competition:
        """One competition: "course/slug", or "slug" where only one of yours is called that.

        Raises:
            NotFound, Ambiguous
        """
        self._need_token()
        if "/" not in name:
            name = self._full_name(
                "/competitions",
                name,
                none=N_("You have no competition named “%(name)s” at %(url)s."),
                hint=N_("`seodang competitions list` shows those you have."),
                several=N_("Several competitions are named “%(name)s”."),
            )
        course, slug = name.split("/", 1)
        return self._competition(self.transport.get(f"/competitions/{quote(course, '')}/{quote(slug, '')}"))

    def _full_name(self, path: str, slug: str, *, none: str, hint: str, several: str) -> str:
        """ "course/slug" of the only one beneath `path` that is called so; the texts are msgids."""
        found = self._named(path, slug)
        if not found:
            raise errors.NotFound(none, hint=hint, name=slug, url=self.url)
        if len(found) > 1:
            raise errors.Ambiguous(several, hint=N_("Say which: %(names)s"), name=slug, names=", ".join(found))
        return found[0]

    def _named(self, path: str, slug: str) -> list[str]:
        return [f"{item['course']}/{item['slug']}" for item in self._pages(path, slug=slug)]

    # --- labs ---------------------------------------------------------------------------------------------

    def labs(self, *, course: str | None = None) -> Listing[Lab]:
        """The labs you may see, those that are due first at the top."""
        return Listing(self._lab(item) for item in self._pages("/labs", course=course))

    def lab(self, name: str) -> Lab:
        """One lab: "course/slug", or "slug" where only one of yours is called that.

        Raises:
            NotFound, Ambiguous
        """
        self._need_token()
        if "/" not in name:
            name = self._full_name(
                "/labs",
                name,
                none=N_("You have no lab named “%(name)s” at %(url)s."),
                hint=N_("`seodang labs list` shows those you have."),
                several=N_("Several labs are named “%(name)s”."),
            )
        course, slug = name.split("/", 1)
        return self._lab(self.transport.get(f"/labs/{quote(course, '')}/{quote(slug, '')}"))

    def create_lab(
        self,
        notebook: str | Path,
        *,
        course: str,
        due_at: str,
        opens_at: str | None = None,
        title: str = "",
        slug: str = "",
        data: Iterable[str | Path] = (),
    ) -> Lab:
        """Make a lab of a source notebook with its data files, or of a zip. The site checks it as a job:
        `.wait_until_checked()`, then `.publish()`.

        Args:
            due_at, opens_at: ISO 8601; without an offset on the course's own clock.
        """
        self._need_token()
        fields = {"due_at": due_at, "opens_at": opens_at, "title": title, "slug": slug}
        return self._lab(send_lab(self, f"/courses/{quote(course, '')}/labs", notebook, data, fields))

    def _lab(self, data: dict[str, Any]) -> Lab:
        lab = Lab.from_json(data)
        object.__setattr__(lab, "client", self)
        return lab

    # --- ladders ------------------------------------------------------------------------------------------

    def ladders(self, *, course: str | None = None) -> Listing[Ladder]:
        """The ladders you may see, the newest first."""
        return Listing(self._ladder(item) for item in self._pages("/ladders", course=course))

    def ladder(self, name: str) -> Ladder:
        """One ladder: "course/number", or "number" where you have ladders in one course only.

        Raises:
            NotFound, Ambiguous
        """
        self._need_token()
        course, slash, number = name.rpartition("/")
        if not slash:
            found = sorted({item["course"] for item in self._pages("/ladders") if str(item["number"]) == number})
            if len(found) > 1:
                raise errors.Ambiguous(
                    N_("Several courses have a ladder “%(name)s”."),
                    hint=N_("Say which: %(names)s"),
                    name=name,
                    names=", ".join(f"{each}/{number}" for each in found),
                )
            course = found[0] if found else ""
        if not course or not (number.isascii() and number.isdigit()):
            raise errors.NotFound(
                N_("You have no ladder “%(name)s” at %(url)s."),
                hint=N_("`seodang ladders list` shows those you have."),
                name=name,
                url=self.url,
            )
        return self._ladder(self.transport.get(f"/ladders/{quote(course, '')}/{number}"))

    def create_ladder(
        self,
        table: Any,
        *,
        course: str,
        target: str = "",
        seconds: int = 60,
        predict: Any | None = None,
        progress: Progress | None = None,
        **choices: Any,
    ) -> Ladder:
        """Have every family of models tried on a table, as a job: `.wait()`.

        Args:
            table: a path, an open file or a data frame; so is `predict`, a second table that every rung predicts.
            target: the column to predict; by default the one that suggests itself.
            choices: `title`, `task`, `metric`, `group`, `time`, `seed`, `leave_out` (a list of columns), `start`.

        Raises:
            Refused: the table or a choice, with what to do.
        """
        self._need_token()
        fields = {"target": target, "seconds": seconds, **choices}
        if not isinstance(fields.get("leave_out", ""), str):
            fields["leave_out"] = ",".join(fields["leave_out"])
        return self._ladder(send_table(self, course, table, predict, fields, progress))

    def _ladder(self, data: dict[str, Any]) -> Ladder:
        ladder = Ladder.from_json(data)
        object.__setattr__(ladder, "client", self)
        return ladder

    def create_competition(self, folder: str | Path, *, course: str) -> Competition:
        """Make a competition of a folder with a `competition.yaml`. The site prepares it as a job:
        `.wait_until_prepared()`, then `.publish()`.

        Raises:
            NotSendable: the folder has no competition.yaml.
        """
        self._need_token()
        paths = sendable_files(Path(folder).expanduser())
        with ExitStack() as stack:
            streams = [(path.name, stack.enter_context(path.open("rb"))) for path in paths]

            def parts() -> list[tuple[str, tuple[str, Any, str]]]:
                for _name, stream in streams:
                    stream.seek(0)
                return [("files", (name, stream, "application/octet-stream")) for name, stream in streams]

            address = f"/courses/{quote(course, '')}/competitions"
            return self._competition(self.transport.call("POST", address, files=parts))

    def _competition(self, data: dict[str, Any]) -> Competition:
        competition = Competition.from_json(data)
        object.__setattr__(competition, "client", self)
        return competition

    def _pages(self, path: str, *, limit: int | None = None, **params: Any) -> Iterator[dict[str, Any]]:
        """Every item of a paged list (or the first `limit`)."""
        self._need_token()
        got = 0
        while limit is None or got < limit:
            size = PAGE if limit is None else min(PAGE, limit - got)
            page = self.transport.get(path, limit=size, offset=got, **params)
            yield from page["items"]
            got += len(page["items"])
            if got >= page["count"] or not page["items"]:
                return

    def _need_token(self) -> None:
        if not self.transport.token:
            raise errors.NotLoggedIn(
                N_("You are not logged in to %(url)s."), hint=N_("Log in: seodang login %(url)s"), url=self.url
            )


def sendable_files(folder: Path) -> list[Path]:
    """competition.yaml and the files beside it, hidden ones and subfolders left out."""
    if not (folder / "competition.yaml").is_file():
        raise errors.NotSendable(
            N_("%(folder)s has no competition.yaml."),
            hint=N_("Write one: seodang competitions init %(folder)s"),
            folder=folder,
        )
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
