"""What can go wrong between this machine and a site, and what to do about it.

    ClientError
    ├── NotLoggedIn       no site or token is known, or the site does not take this token
    ├── NotAllowed        you see it but may not do that
    ├── NotFound          no such thing, or it is not yours to see
    ├── Ambiguous         a short name fits several competitions or labs
    ├── Refused           the site looked at what you sent and says what is wrong (`.problems`)
    ├── QuotaExhausted    no attempts left (of a competition, the quota's `.resets_at` says until when)
    ├── Closed            not open yet, or closed
    ├── TooMany           asked too often; wait a little
    ├── Unreachable       no answer from the site
    ├── ServerFault       the site answered, but not with an answer
    ├── Damaged           a download does not have the promised checksum
    ├── NotSendable       what was given to `submit` is neither a file nor a table
    ├── WouldOverwrite    a download would replace a file that may hold one's own work
    └── StillWaiting      the score or the points did not come within the time given to `wait`

A message that came from the site is already in the reader's language; it is shown as it came.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from seodang.errors import SeodangError
from seodang.i18n import N_, gettext


@dataclass(frozen=True)
class OffendingRow:
    """A row that the site could not take: its line in the file (header is 1), its id, what stood there."""

    line: int | None
    id: str
    received: str


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a file; `rows` are the first five offending ones of `count`."""

    code: str
    message: str
    hint: str = ""
    count: int = 0
    rows: tuple[OffendingRow, ...] = ()

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Problem:
        rows = tuple(
            OffendingRow(row.get("line"), str(row.get("id", "")), str(row.get("received", "")))
            for row in data.get("rows") or ()
        )
        return cls(
            code=str(data.get("code", "")),
            message=str(data.get("message", "")),
            hint=str(data.get("hint", "")),
            count=int(data.get("count") or 0),
            rows=rows,
        )

    def lines(self) -> list[str]:
        """The problem for a terminal, in the reader's language."""
        text = [f"- {self.message}"]
        for row in self.rows:
            place = gettext("line %(line)s, ") % {"line": row.line} if row.line is not None else ""
            name = gettext("id %(id)s") % {"id": row.id}
            received = f": {row.received}" if row.received else ""
            text.append(f"    {place}{name}{received}")
        if self.count > len(self.rows) > 0:
            text.append("    " + gettext("… and %(more)s more") % {"more": self.count - len(self.rows)})
        if self.hint:
            text.append(f"  {self.hint}")
        return text

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "count": self.count,
            "rows": [{"line": row.line, "id": row.id, "received": row.received} for row in self.rows],
        }


class ClientError(SeodangError):
    """The root. `status` is the HTTP status where there was one; `retry_after` the seconds to wait, if told."""

    code = "client_error"

    def __init__(
        self,
        message: str,
        /,
        *,
        hint: str = "",
        code: str | None = None,
        status: int | None = None,
        problems: tuple[Problem, ...] = (),
        retry_after: float | None = None,
        **params: Any,
    ) -> None:
        super().__init__(message, hint=hint, code=code, **params)
        self.status = status
        self.problems = problems
        self.retry_after = retry_after

    def as_json(self) -> dict[str, Any]:
        return {**super().as_json(), "problems": [problem.as_json() for problem in self.problems]}


class NotLoggedIn(ClientError):
    code = "not_logged_in"


class NotAllowed(ClientError):
    code = "forbidden"


class NotFound(ClientError):
    code = "not_found"


class Ambiguous(ClientError):
    code = "ambiguous"


class Refused(ClientError):
    """`.problems` lists everything wrong, each with its first five offending rows."""

    code = "refused"

    @property
    def message(self) -> str:
        """The sentence, then each problem with its first rows."""
        lines = [super().message]
        for problem in self.problems:
            if problem.message not in lines[0]:
                lines += problem.lines()
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        return {**super().as_json(), "message": super().message}


class QuotaExhausted(ClientError):
    code = "quota"


class Closed(ClientError):
    code = "closed"


class TooMany(ClientError):
    code = "too_many"


class Unreachable(ClientError):
    code = "unreachable"


class ServerFault(ClientError):
    code = "server_fault"


class Damaged(ClientError):
    code = "damaged"


class NotSendable(ClientError):
    code = "not_sendable"


class WouldOverwrite(ClientError):
    code = "would_overwrite"


class StillWaiting(ClientError):
    code = "still_waiting"


# Codes of the API that have a class of their own, whatever the status they came with.
BY_CODE: dict[str, type[ClientError]] = {
    "quota": QuotaExhausted,
    "attempts": QuotaExhausted,
    "closed": Closed,
    "not_open": Closed,
    "too_many": TooMany,
}
BY_STATUS: dict[int, type[ClientError]] = {
    401: NotLoggedIn,
    403: NotAllowed,
    404: NotFound,
    413: Refused,
    422: Refused,
    429: TooMany,
}


@dataclass(frozen=True)
class Answer:
    """What an unsuccessful response said, taken apart."""

    status: int
    code: str = ""
    message: str = ""
    hint: str = ""
    problems: tuple[Problem, ...] = field(default=())
    retry_after: float | None = None

    @classmethod
    def read(cls, status: int, body: Any, retry_after: str = "") -> Answer:
        error = body.get("error") if isinstance(body, dict) else None
        error = error if isinstance(error, dict) else {}
        return cls(
            status=status,
            code=str(error.get("code", "")),
            message=str(error.get("message", "")),
            hint=str(error.get("hint", "")),
            problems=tuple(Problem.from_json(problem) for problem in error.get("problems") or ()),
            retry_after=float(retry_after) if retry_after.isdigit() else None,
        )


def from_answer(answer: Answer, *, url: str) -> ClientError:
    """The error that a response stands for."""
    kind = BY_CODE.get(answer.code) or BY_STATUS.get(answer.status)
    if kind is None:
        kind = ServerFault if answer.status >= 500 or not answer.message else ClientError
    more: dict[str, Any] = {"status": answer.status, "problems": answer.problems, "retry_after": answer.retry_after}
    if kind is NotLoggedIn:
        return NotLoggedIn(
            N_("%(url)s does not take this token."),
            hint=N_("Log in again: seodang login %(url)s"),
            url=url,
            **more,
        )
    if answer.message:
        return kind(answer.message, hint=answer.hint, code=answer.code or None, **more)
    if kind is NotFound:
        return NotFound(N_("%(url)s has nothing there, or it is not yours to see."), url=url, **more)
    return ServerFault(
        N_("%(url)s answered with status %(number)s and no explanation."),
        hint=N_("Is this the address of a Seodang site? If so, try again in a minute, then tell whoever runs it."),
        url=url,
        number=answer.status,
        **more,
    )
