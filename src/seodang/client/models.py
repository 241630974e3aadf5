"""What the site says, as plain values. Each keeps the JSON it came from in `.json`.

A field that a newer site adds is ignored; times are aware datetimes in UTC as the site sent them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from html import escape
from typing import Any, TypeVar

T = TypeVar("T", bound="Shown")
V = TypeVar("V")


def moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


# Metadata of a field that is read from text or from an object of its own.
WHEN: Mapping[str, Any] = {"read": moment}


def part(kind: Callable[[dict[str, Any]], V]) -> Mapping[str, Any]:
    return {"read": lambda data: kind(data) if data else None}


def number(value: float | None, decimals: int) -> str:
    return "–" if value is None else f"{value:z.{decimals}f}"


@dataclass(frozen=True, repr=False)
class Shown:
    """A value of the API: made from its JSON, shown well by a notebook."""

    json: dict[str, Any] = field(compare=False, kw_only=True, default_factory=dict)

    @classmethod
    def from_json(cls: type[T], data: dict[str, Any]) -> T:
        known: dict[str, Any] = {}
        for each in fields(cls):
            if each.name in data and not each.kw_only:
                read: Callable[[Any], Any] = each.metadata.get("read", _as_it_is)
                known[each.name] = read(data[each.name])
        return cls(**known, json=data)

    def cells(self) -> dict[str, str]:
        """Column → text: what a table of such values shows."""
        return {name: str(value) for name, value in self.json.items()}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {' · '.join(text for text in self.cells().values() if text)}>"

    def _repr_html_(self) -> str:
        return html_table([self.cells()])


def _as_it_is(value: Any) -> Any:
    return value


def html_table(rows: Iterable[dict[str, str]]) -> str:
    """For a notebook: everything escaped, no style of its own."""
    listed = list(rows)
    if not listed:
        return "<p>–</p>"
    head = "".join(f"<th>{escape(name)}</th>" for name in listed[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row.values()) + "</tr>" for row in listed
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


class Listing(list[V]):
    """A list that a notebook shows as a table; `pandas.DataFrame(listing.rows())` makes a frame of it."""

    def rows(self) -> list[dict[str, Any]]:
        return [dict(each.json) for each in self if isinstance(each, Shown)]

    def _repr_html_(self) -> str:
        return html_table(each.cells() for each in self if isinstance(each, Shown))


@dataclass(frozen=True, repr=False)
class Me(Shown):
    name: str
    email: str
    may_teach: bool = False
    is_staff: bool = False

    def cells(self) -> dict[str, str]:
        return {"name": self.name, "email": self.email}


@dataclass(frozen=True, repr=False)
class Course(Shown):
    slug: str
    title: str
    role: str
    language: str = ""
    time_zone: str = ""
    url: str = ""

    def cells(self) -> dict[str, str]:
        return {"course": self.slug, "title": self.title, "role": self.role}


@dataclass(frozen=True, repr=False)
class File(Shown):
    name: str
    role: str
    size_bytes: int
    sha256: str
    n_rows: int | None = None

    def cells(self) -> dict[str, str]:
        rows = "" if self.n_rows is None else f"{self.n_rows:,}"
        return {"name": self.name, "role": self.role, "rows": rows, "size": size_text(self.size_bytes)}


@dataclass(frozen=True, repr=False)
class Score(Shown):
    """A score and its 95 % interval, which follows the score a little later."""

    score: float
    low: float | None = None
    high: float | None = None

    def text(self, decimals: int = 4) -> str:
        if self.low is None or self.high is None:
            return number(self.score, decimals)
        return f"{number(self.score, decimals)} [{number(self.low, decimals)}, {number(self.high, decimals)}]"

    def cells(self) -> dict[str, str]:
        return {"score": self.text()}


@dataclass(frozen=True, repr=False)
class Quota(Shown):
    used_today: int
    left_today: int
    left_total: int | None = None
    resets_at: datetime | None = field(default=None, metadata=WHEN)

    def cells(self) -> dict[str, str]:
        return {"used today": str(self.used_today), "left today": str(self.left_today)}


@dataclass(frozen=True, repr=False)
class Place(Shown):
    """Where a team stands on the public board."""

    rank: int | None
    n_teams: int
    in_leading_band: bool = False

    def cells(self) -> dict[str, str]:
        return {"rank": "–" if self.rank is None else f"{self.rank}/{self.n_teams}"}


@dataclass(frozen=True, repr=False)
class Standing(Shown):
    """One row of a board. Baselines have no rank."""

    rank: int | None
    team: str
    score: float | None
    is_baseline: bool = False
    is_mine: bool = False
    low: float | None = None
    high: float | None = None
    n_entries: int = 0
    last_at: datetime | None = field(default=None, metadata=WHEN)
    in_leading_band: bool = False
    band: int = 0
    moved: int | None = None

    def cells(self, decimals: int = 4) -> dict[str, str]:
        low, high = number(self.low, decimals), number(self.high, decimals)
        return {
            "rank": "–" if self.rank is None else str(self.rank),
            "team": self.team,
            "score": number(self.score, decimals),
            "95 %": "" if self.low is None else f"{low} – {high}",
            "entries": str(self.n_entries),
            "last": f"{self.last_at:%Y-%m-%d %H:%M}" if self.last_at else "",
        }


@dataclass(frozen=True, repr=False)
class Board(Shown):
    """The leaderboard, best first. Iterate it, or `pandas.DataFrame(board.rows_json())`."""

    competition: str
    part: str
    metric: str
    greater_is_better: bool
    decimals: int
    updated_at: datetime | None = field(default=None, metadata=WHEN)
    rows: list[Standing] = field(
        default_factory=list, metadata={"read": lambda rows: [Standing.from_json(row) for row in rows]}
    )

    def rows_json(self) -> list[dict[str, Any]]:
        return list(self.json.get("rows", []))

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def cells(self) -> dict[str, str]:
        return {"competition": self.competition, "board": self.part, "teams": str(len(self.rows))}

    def _repr_html_(self) -> str:
        return html_table(row.cells(self.decimals) for row in self.rows)


def size_text(size_bytes: int) -> str:
    """1536 → "1.5 KiB"."""
    size, unit = float(size_bytes), "B"
    for bigger in ("KiB", "MiB", "GiB"):
        if size < 1024:
            break
        size, unit = size / 1024, bigger
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
