"""Reading a class list, and working out what it would change. Pure: bytes and plain values in, a plan out.

Class lists come out of many systems: UTF-8 or CP949 (Excel in Korea), commas, semicolons or tabs, headers in
English or Korean. A wrong row never stops the rest; it stands in the plan with its line and the reason.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from seodang.i18n import N_
from seodang.site.courses.errors import CourseError, RosterRefused
from seodang.site.courses.models import Role
from seodang.site.web.csvsafe import unguard

MAX_BYTES = 1024 * 1024
MAX_ROWS = 5000
MAX_COLUMNS = 50

HEADERS = {
    "email": {"email", "mail", "emailaddress", "이메일", "이메일주소", "메일", "메일주소", "전자우편"},
    "name": {"name", "fullname", "studentname", "이름", "성명", "학생명", "성함"},
    "student_number": {"studentnumber", "studentno", "studentid", "number", "학번", "학생번호"},
    "role": {"role", "역할", "구분", "권한"},
}
ROLES = {
    Role.INSTRUCTOR: {"instructor", "professor", "teacher", "교수자", "교수", "강사", "교원"},
    Role.ASSISTANT: {"assistant", "ta", "teachingassistant", "조교", "튜터"},
    Role.STUDENT: {"student", "learner", "학생", "수강생", "학습자"},
}


@dataclass(frozen=True)
class RosterRow:
    """One line of the file (1-based; the header is usually line 1). `role` None: the file does not say.

    `problem` is a msgid with its `params` when the row cannot be used.
    """

    line: int
    email: str
    name: str = ""
    student_number: str = ""
    role: str | None = None
    problem: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """Somebody of the course, or an account elsewhere (`role` None), as the plan needs to know them."""

    user_id: int
    name: str
    addresses: frozenset[str]
    role: str | None = None
    student_number: str = ""
    enrollment_id: int | None = None


@dataclass(frozen=True)
class Seat:
    """An invitation that waits."""

    invitation_id: int
    email: str
    name: str
    role: str
    student_number: str


@dataclass(frozen=True)
class Change:
    """`field` is "name", "role" or "student_number"."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class PlanItem:
    """What one row does. `action`: enroll, invite, update, unchanged or refused."""

    action: str
    line: int
    email: str
    name: str = ""
    role: str = Role.STUDENT
    student_number: str = ""
    changes: tuple[Change, ...] = ()
    user_id: int | None = None
    enrollment_id: int | None = None
    invitation_id: int | None = None
    problem: str = ""
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why a row is refused, in the reader's language."""
        return CourseError(self.problem, **self.params).message if self.problem else ""


@dataclass(frozen=True)
class Missing:
    """A student, or a student's seat, that the file does not name. `key`: "e12" (enrollment) or "i3"."""

    key: str
    email: str
    name: str
    student_number: str


@dataclass(frozen=True)
class RosterPlan:
    items: tuple[PlanItem, ...]
    missing: tuple[Missing, ...]

    def of(self, action: str) -> list[PlanItem]:
        return [item for item in self.items if item.action == action]

    @property
    def changes_something(self) -> bool:
        return any(item.action in {"enroll", "invite", "update"} for item in self.items)

    @property
    def digest(self) -> str:
        """The same for the same file and the same people: whether what was shown still holds."""
        plain = [[asdict(item) for item in self.items], [asdict(person) for person in self.missing]]
        return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()


# --- reading ---------------------------------------------------------------------------------------------------


def read_roster(data: bytes) -> list[RosterRow]:
    """The rows of a class list.

    Raises:
        RosterRefused: the file as a whole is none: too large, not text, without an e-mail column, empty.
    """
    return read_text(decode(data))


def read_text(text: str) -> list[RosterRow]:
    """The rows of a class list that `decode` has made text already."""
    table = _table(text)
    columns: dict[str, int] | None = None
    rows: list[RosterRow] = []
    for line, cells in table:
        if not any(cells):
            continue
        if columns is None:
            columns = _columns(cells)
            continue
        if len(rows) >= MAX_ROWS:
            raise RosterRefused(
                N_("The file has more than %(rows)d rows."), hint=N_("Import it in parts."), rows=MAX_ROWS
            )
        rows.append(_row(line, cells, columns))
    if columns is None:
        raise RosterRefused(N_("The file is empty."), hint=_HEADER_HINT)
    if not rows:
        raise RosterRefused(N_("The file has a header and no rows."), hint=N_("Give each person a row."))
    return _without_repeats(rows)


def decode(data: bytes) -> str:
    """The text of the file, whichever of the usual encodings it has."""
    if len(data) > MAX_BYTES:
        raise RosterRefused(
            N_("The file is larger than %(kib)d KiB."),
            hint=N_("A class list is small: keep the columns of e-mail, name, student number and role."),
            kib=MAX_BYTES // 1024,
        )
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise RosterRefused(
            N_("This is an Excel workbook, not a CSV file."),
            hint=N_("In Excel choose “Save as” and the type “CSV UTF-8”."),
        )
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp949"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise RosterRefused(
        N_("The letters of this file cannot be read."), hint=N_("Save it as CSV in UTF-8 and try again.")
    )


def _table(text: str) -> list[tuple[int, list[str]]]:
    """(line, cells) of each record; the delimiter is the one that makes most of the header."""
    lines = text.splitlines(keepends=True)
    skipped = 0
    if lines and re.fullmatch(r"(?i)sep=.\s*", lines[0]):  # a line that Excel writes for itself
        lines, skipped = lines[1:], 1
    header = next((line for line in lines if line.strip()), "")
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO("".join(lines), newline=""), delimiter=delimiter, strict=True)
    table: list[tuple[int, list[str]]] = []
    last = 0
    try:
        for cells in reader:
            table.append((last + 1 + skipped, [_clean(cell) for cell in cells[:MAX_COLUMNS]]))
            last = reader.line_num
            if len(table) > MAX_ROWS + 100 and sum(any(cells) for _, cells in table) > MAX_ROWS + 1:
                break
    except csv.Error as error:
        raise RosterRefused(
            N_("Line %(line)d is not CSV: a quotation mark is open or stands in the wrong place."),
            hint=N_("Mend that line and try again."),
            line=last + 1 + skipped,
        ) from error
    return table


def _clean(cell: str) -> str:
    """One line of visible, composed letters (Korean from a Mac comes decomposed)."""
    text = unicodedata.normalize("NFC", unguard(cell.strip()))
    text = "".join(" " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in text)
    # Format characters can turn a line of text around or hide in an address.
    text = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return " ".join(text.split())


_HEADER_HINT = N_("The first row names the columns: email (or 이메일), and if you like name, student_number, role.")


def _columns(cells: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for position, cell in enumerate(cells):
        word = re.sub(r"[\s_.\-]", "", cell.casefold())
        for name, aliases in HEADERS.items():
            if word in aliases:
                if name in found:
                    raise RosterRefused(
                        N_("Two columns are named like “%(column)s”."), hint=N_("Keep one of them."), column=cell
                    )
                found[name] = position
    if "email" not in found:
        raise RosterRefused(
            N_("No column of e-mail addresses was found. The first row has: %(columns)s."),
            hint=_HEADER_HINT,
            columns=", ".join(cell[:40] for cell in cells[:8]) or "—",
        )
    return found


def _row(line: int, cells: Sequence[str], columns: Mapping[str, int]) -> RosterRow:
    def cell(name: str) -> str:
        position = columns.get(name, -1)
        return cells[position] if 0 <= position < len(cells) else ""

    row = RosterRow(
        line=line, email=cell("email").lower(), name=cell("name"), student_number=cell("student_number")
    )
    role, wrong_role = _role(cell("role"))
    row = replace(row, role=role)
    if not row.email:
        return replace(row, problem=N_("There is no e-mail address."))
    if not _is_email(row.email):
        shown = row.email[:60]
        return _shortened(
            replace(row, problem=N_("“%(email)s” is not an e-mail address."), params={"email": shown})
        )
    if len(row.name) > 80 or len(row.student_number) > 40:
        return _shortened(replace(row, problem=N_("The name or the student number is too long.")))
    if wrong_role:
        return replace(
            row,
            problem=N_("“%(role)s” is no role: write instructor, assistant or student."),
            params={"role": wrong_role},
        )
    return row


def _shortened(row: RosterRow) -> RosterRow:
    return replace(row, email=row.email[:80], name=row.name[:80], student_number=row.student_number[:40])


def _role(text: str) -> tuple[str | None, str]:
    """(role, "") or (None, what was written instead)."""
    word = re.sub(r"[\s_.\-]", "", text.casefold())
    if not word:
        return None, ""
    for role, aliases in ROLES.items():
        if word in aliases:
            return role.value, ""
    return None, text[:40]


def _is_email(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return len(address) <= 254


def _without_repeats(rows: Sequence[RosterRow]) -> list[RosterRow]:
    """The first row of an address stands; later ones are refused by name of that line."""
    first: dict[str, int] = {}
    result = []
    for row in rows:
        if not row.problem and row.email in first:
            row = replace(
                row,
                problem=N_("The address stands on line %(line)d already."),
                params={"line": first[row.email]},
            )
        elif not row.problem:
            first[row.email] = row.line
        result.append(row)
    return result


# --- planning --------------------------------------------------------------------------------------------------


def plan(
    rows: Sequence[RosterRow],
    *,
    people: Sequence[Person],
    accounts: Sequence[Person] = (),
    seats: Sequence[Seat] = (),
    by_user_id: int | None = None,
) -> RosterPlan:
    """What these rows would change.

    Args:
        people: who is in the course, with every address of theirs.
        accounts: others, by their confirmed addresses: they are enrolled. Whoever is in neither is invited.
        seats: the course's waiting invitations.
        by_user_id: who imports; their own role never changes by a file.
    """
    present = {address: person for person in people for address in person.addresses}
    known = {address: person for person in accounts for address in person.addresses}
    waiting = {seat.email: seat for seat in seats}
    named: dict[int, int] = {}  # user → line: a person with two addresses must not be changed twice
    items = []
    for row in rows:
        person = present.get(row.email) or known.get(row.email)
        if not row.problem and person is not None and person.user_id in named:
            row = replace(
                row,
                problem=N_("This person stands on line %(line)d already, with another address."),
                params={"line": named[person.user_id]},
            )
        elif not row.problem and person is not None:
            named[person.user_id] = row.line
        items.append(_item(row, present.get(row.email), known.get(row.email), waiting.get(row.email), by_user_id))
    listed = {row.email for row in rows}
    return RosterPlan(tuple(items), tuple(_missing(people, seats, listed)))


def _item(
    row: RosterRow, present: Person | None, known: Person | None, seat: Seat | None, by_user_id: int | None
) -> PlanItem:
    base = PlanItem(
        action="refused",
        line=row.line,
        email=row.email,
        name=row.name,
        role=row.role or Role.STUDENT.value,
        student_number=row.student_number,
    )
    if row.problem:
        return replace(base, problem=row.problem, params=row.params)
    if present is not None:
        return _change_of(base, row, present, by_user_id)
    if known is not None:
        return replace(
            base,
            action="enroll",
            name=known.name or row.name,
            user_id=known.user_id,
            invitation_id=seat.invitation_id if seat else None,
        )
    if seat is None:
        return replace(base, action="invite")
    after = {
        "name": row.name or seat.name,
        "role": row.role or seat.role,
        "student_number": row.student_number or seat.student_number,
    }
    before = {"name": seat.name, "role": seat.role, "student_number": seat.student_number}
    return _changed(replace(base, invitation_id=seat.invitation_id, **after), before, after)


def _change_of(base: PlanItem, row: RosterRow, person: Person, by_user_id: int | None) -> PlanItem:
    """A person of the course. Their name is their own: a file only fills an empty one."""
    before = {"name": person.name, "role": person.role or "", "student_number": person.student_number}
    after = {
        "name": person.name or row.name,
        "role": row.role or before["role"],
        "student_number": row.student_number or person.student_number,
    }
    if after["role"] != before["role"]:
        if person.user_id == by_user_id:
            return replace(base, problem=N_("This is you, and a file does not change your own role."))
        if before["role"] == Role.INSTRUCTOR:
            return replace(
                base, problem=N_("This is an instructor: their role is changed on the page of people only.")
            )
    return _changed(
        replace(base, user_id=person.user_id, enrollment_id=person.enrollment_id, **after), before, after
    )


def _changed(item: PlanItem, before: Mapping[str, str], after: Mapping[str, str]) -> PlanItem:
    changes = tuple(Change(name, before[name], after[name]) for name in before if before[name] != after[name])
    return replace(item, action="update" if changes else "unchanged", changes=changes)


def _missing(people: Sequence[Person], seats: Sequence[Seat], listed: set[str]) -> list[Missing]:
    """Students and their seats that the file does not name; staff never leave by a file."""
    found = [
        Missing(f"e{person.enrollment_id}", min(person.addresses, default=""), person.name, person.student_number)
        for person in people
        if person.role == Role.STUDENT and not person.addresses & listed
    ]
    found += [
        Missing(f"i{seat.invitation_id}", seat.email, seat.name, seat.student_number)
        for seat in seats
        if seat.role == Role.STUDENT and seat.email not in listed
    ]
    return sorted(found, key=lambda one: (one.name, one.email, one.key))
