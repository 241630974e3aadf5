"""What a competition is made from: the choices of its host, as `competition.yaml`, as JSON or as a form says them.

Owns: the fields, their defaults and limits (docs/reference/competition-yaml.md lists them), reading the file so
that every error names file, line and field, and the wall around the folder: a spec names plain files of its own
folder and reaches nothing else. Does not cover: whether the files hold what the spec says; `prepare` finds it out.
"""

from __future__ import annotations

import difflib
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, tzinfo
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from seodang.i18n import N_, gettext
from seodang.registry import UnknownNameError
from seodang.score.errors import OptionInvalid, SpecInvalid
from seodang.score.metrics import METRICS, Metric

FILE_NAME = "competition.yaml"
MAX_SPEC_BYTES = 2**20
MAX_NAME_CHARACTERS = 100
# File systems count bytes, at most 255; a Hangul syllable has three, and nine where a Mac took it apart.
MAX_NAME_BYTES = 240

SplitKind = Literal["random", "stratified", "group", "time"]


class FieldInvalid(SpecInvalid):
    """A field of a spec that is missing, unknown or has a wrong value.

    Attributes:
        field: its name, dotted where it is nested ("split.seed"); empty where the whole file is meant.
        place: "competition.yaml:7" when it was read from a file.
        more: whatever else is wrong, one error each.
    """

    def __init__(self, message: str, /, *, hint: str = "", field: str = "", place: str = "", **params: Any) -> None:
        super().__init__(message, hint=hint, field=field, **params)
        self.field = field
        self.place = place
        self.more: tuple[FieldInvalid, ...] = ()

    @property
    def message(self) -> str:
        text = super().message
        return f"{self.place}: {text}" if self.place else text

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *map(str, self.more)])

    def as_json(self) -> dict[str, Any]:
        problems = [
            {"field": one.field, "place": one.place, "message": one.message, "hint": one.hint}
            for one in (self, *self.more)
        ]
        return {**super().as_json(), "problems": problems}


# ---------------------------------------------------------------- kinds of value


def _plain_name(field: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value is None or (isinstance(value, str) and is_plain_name(value)):
            return value
        raise FieldInvalid(
            N_("“%(field)s” must be the name of a file in the same folder; received “%(received)s”."),
            hint=N_("Put the file beside competition.yaml and give its name alone, without a folder."),
            field=field,
            received=str(value)[:80],
        )

    return check


def is_plain_name(name: str) -> bool:
    """A file name that can only mean a file of the folder itself: no path, no hidden file, nothing unprintable."""
    return (
        0 < len(name) <= MAX_NAME_CHARACTERS
        and not re.search(r'[/\\:*?"<>|]', name)
        and name.isprintable()
        and len(name.encode()) <= MAX_NAME_BYTES
        and not name.startswith((".", "~", "-"))
        and name == name.strip()
        and not name.endswith(".")
    )


def _moment(field: str, of_a_day: time) -> Callable[[Any], Any]:
    """Times as ISO 8601; a day alone means `of_a_day`."""

    def read(value: Any) -> Any:
        if isinstance(value, datetime):
            return value
        if isinstance(value, date):
            return datetime.combine(value, of_a_day)
        if isinstance(value, str):
            text = value.strip()
            try:
                if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
                    return datetime.combine(date.fromisoformat(text), of_a_day)
                return datetime.fromisoformat(text)
            except ValueError:
                pass
        if value is None:
            return None
        raise FieldInvalid(
            N_("“%(field)s” must be a time; received “%(received)s”."),
            hint=N_("Write it as 2026-12-01 18:00, in the time zone of the course, or with an offset: +09:00."),
            field=field,
            received=str(value)[:80],
        )

    return read


def _column_names(field: str) -> Callable[[Any], Any]:
    """One name, or a list of different ones."""

    def read(value: Any) -> Any:
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value):
            return str(value)
        if isinstance(value, list | tuple) and value and all(isinstance(name, str) and name for name in value):
            names = tuple(dict.fromkeys(value))
            return names[0] if len(names) == 1 else names
        raise FieldInvalid(
            N_("“%(field)s” must be the name of a column, or a list of names; received “%(received)s”."),
            field=field,
            received=str(value)[:80],
        )

    return read


def _listed(value: Any) -> Any:
    """A single name where a list is expected is a list of one."""
    return (value,) if isinstance(value, str) and value else value or ()


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, coerce_numbers_to_str=True)


# ---------------------------------------------------------------- the spec


class DataFiles(_Part):
    """Either one table, or files that the host already split; plain names within the folder."""

    table: Annotated[str | None, BeforeValidator(_plain_name("data.table"))] = None
    train: Annotated[str | None, BeforeValidator(_plain_name("data.train"))] = None
    test: Annotated[str | None, BeforeValidator(_plain_name("data.test"))] = None
    truth: Annotated[str | None, BeforeValidator(_plain_name("data.truth"))] = None
    sample: Annotated[str | None, BeforeValidator(_plain_name("data.sample"))] = None
    extra: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()

    @model_validator(mode="after")
    def _one_way_or_the_other(self) -> DataFiles:
        for name in self.extra:
            _plain_name("data.extra")(name)
        names = [name for _, name in self.named()]
        if len({name.lower() for name in names}) < len(names):
            raise FieldInvalid(N_("“%(field)s” names one file twice."), field="data")
        if self.table is None and (self.test is None or self.truth is None):
            raise FieldInvalid(
                N_("“%(field)s” must name either one table, or the files test and truth (and train, sample)."),
                hint=N_("The short form is “data: table.csv”."),
                field="data",
            )
        if self.table is not None and any((self.train, self.test, self.truth, self.sample)):
            raise FieldInvalid(
                N_("“%(field)s” names a table and also files that are already split; it must be one of the two."),
                hint=N_("Leave “table” away if the data are split already."),
                field="data",
            )
        return self

    @property
    def is_split(self) -> bool:
        """The host split train, test and truth."""
        return self.table is None

    def named(self) -> Iterator[tuple[str, str]]:
        """(role, name) of every file."""
        for role in ("table", "train", "test", "truth", "sample"):
            if (name := getattr(self, role)) is not None:
                yield role, name
        for name in self.extra:
            yield "extra", name


class SplitSpec(_Part):
    """How one table becomes train, public test and private test.

    `kind` is stratified unless `group` or `time` names a column; with numbers as target it stratifies by quantiles.
    Whoever knows the seed and the order of the table knows the public rows, so a seed is drawn where none is given.
    """

    kind: SplitKind = "stratified"
    test_fraction: float = Field(default=0.3, gt=0, lt=1)
    public_fraction: float = Field(default=0.5, gt=0, lt=1)  # of the test rows
    seed: int = Field(default_factory=lambda: secrets.randbelow(2**48), ge=0, lt=2**63)
    group: str | None = None
    time: str | None = None
    # With a split by time: the public rows are the earlier ones of the test, or drawn from all of it.
    public_rows: Literal["earlier", "random"] = "earlier"

    @model_validator(mode="before")
    @classmethod
    def _kind_follows_column(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"kind": data}
        if isinstance(data, Mapping) and not data.get("kind"):
            kind = "group" if data.get("group") else "time" if data.get("time") else "stratified"
            return {**data, "kind": kind}
        return data

    @model_validator(mode="after")
    def _column_fits_kind(self) -> SplitSpec:
        for kind in ("group", "time"):
            if (self.kind == kind) == (getattr(self, kind) is not None):
                continue
            if self.kind == kind:
                raise FieldInvalid(
                    N_("A split of the kind “%(kind)s” needs a column; “%(field)s” is missing."),
                    hint=N_("Name the column in “%(field)s”."),
                    field=f"split.{kind}",
                    kind=kind,
                )
            raise FieldInvalid(
                N_("“%(field)s” has no meaning in a split of the kind “%(kind)s”."),
                hint=N_("Leave one of the two away."),
                field=f"split.{kind}",
                kind=self.kind,
            )
        return self


class CompetitionSpec(_Part):
    """Everything a host chooses. Only title, data, target, metric and closes must be given.

    Raises (from the constructor and from `model_validate`):
        FieldInvalid: with every wrong field.
    """

    title: str = Field(min_length=1, max_length=120)
    slug: str = Field(default="", max_length=60)
    summary: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=100_000)
    data: DataFiles
    target: Annotated[str | tuple[str, ...], BeforeValidator(_column_names("target"))]
    id: str | None = None
    leave_out: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    metric: str
    metric_options: dict[str, Any] = Field(default_factory=dict)
    positive: str | None = None
    split: SplitSpec = Field(default_factory=lambda: SplitSpec())
    opens: Annotated[datetime | None, BeforeValidator(_moment("opens", time(0, 0)))] = None
    closes: Annotated[datetime, BeforeValidator(_moment("closes", time(23, 59)))]
    daily_quota: int = Field(default=5, ge=1, le=1_000)
    total_quota: int | None = Field(default=None, ge=1, le=30_000)
    team_size: int = Field(default=1, ge=1, le=100)
    final_picks: int = Field(default=2, ge=1, le=100)

    @model_validator(mode="wrap")
    @classmethod
    def _in_our_words(cls, data: Any, handler: ModelWrapValidatorHandler[CompetitionSpec]) -> CompetitionSpec:
        if isinstance(data, Mapping):
            # What is empty in a file or a form was not said.
            data = {name: value for name, value in data.items() if value is not None and value != ""}
            if isinstance(data.get("data"), str):
                data["data"] = {"table": data["data"]}
            if "slug" not in data and "title" in data:
                data["slug"] = slug_of(str(data["title"]))
        try:
            return handler(data)
        except ValidationError as error:
            raise _in_words(error, cls) from None

    @model_validator(mode="after")
    def _fits_together(self) -> CompetitionSpec:
        if self.slug and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.slug):
            raise FieldInvalid(
                N_("“%(field)s” must be small letters, digits and hyphens; received “%(received)s”."),
                hint=N_("It is the last part of the address; for example “%(near)s”."),
                field="slug",
                received=self.slug,
                near=slug_of(self.slug),
            )
        self._check_metric()
        if self.id is not None and self.id in (*self.targets, *self.leave_out):
            raise FieldInvalid(
                N_("The column “%(name)s” cannot be the id and also target or left out."), field="id", name=self.id
            )
        if set(self.targets) & set(self.leave_out):
            raise FieldInvalid(
                N_("The column “%(name)s” cannot be target and left out."), field="leave_out", name=self.targets[0]
            )
        if same_clock(self.opens, self.closes) and self.opens >= self.closes:  # type: ignore[operator]
            raise _closes_too_early(self.opens, self.closes)
        return self

    def _check_metric(self) -> None:
        try:
            METRICS.get(self.metric).read_options(self.metric_options)
        except UnknownNameError as error:
            raise FieldInvalid(error.template, hint=error.hint_template, field="metric", **error.params) from error
        except OptionInvalid as error:
            raise FieldInvalid(
                error.template, hint=error.hint_template, field="metric_options", **error.params
            ) from error

    # -------------------------------------------------------- what it says

    @property
    def targets(self) -> tuple[str, ...]:
        return (self.target,) if isinstance(self.target, str) else self.target

    @property
    def scored_by(self) -> Metric:
        return METRICS.get(self.metric)

    def times(self, tz: tzinfo) -> tuple[datetime | None, datetime]:
        """When it opens (None: at once) and closes, aware; a time without offset is one of `tz`.

        Raises:
            FieldInvalid: it would close before it opens.
        """
        opens = None if self.opens is None else _aware(self.opens, tz)
        closes = _aware(self.closes, tz)
        if opens is not None and opens >= closes:
            raise _closes_too_early(opens, closes)
        return opens, closes

    # -------------------------------------------------------- as a file

    @classmethod
    def read(cls, folder: str | Path) -> CompetitionSpec:
        """The spec of `folder/competition.yaml`; a `description` that names a Markdown file is that file's text.

        Raises:
            FieldInvalid: the message names file, line and field.
        """
        from seodang.score._yaml import load_with_lines

        folder = Path(folder)
        path = folder / FILE_NAME
        if not path.is_file():
            path = folder / "competition.yml" if (folder / "competition.yml").is_file() else path
        text = _text_of(file_in(folder, path.name, field=""))
        data, lines = load_with_lines(text, path.name)
        try:
            if isinstance(data.get("description"), str):
                data["description"] = _description(folder, data["description"])
            return cls.model_validate(data)
        except FieldInvalid as error:
            raise _placed(error, path.name, lines) from None

    def to_yaml(self) -> str:
        """The spec as a file that `read` reads back; what has its default is left away, save the seed."""
        import yaml

        said = self.model_dump(mode="json", exclude_defaults=True)
        said["data"] = self.data.table if set(said["data"]) == {"table"} else said["data"]
        if not self.data.is_split:
            said["split"] = {**said.get("split", {}), "seed": self.split.seed}
        for name in ("opens", "closes"):
            if name in said:
                said[name] = getattr(self, name).isoformat(" ", "minutes")
        if self.slug == slug_of(self.title):
            said.pop("slug", None)

        class Dumper(yaml.SafeDumper):
            """Breaks that are not line feeds would be folded away in any style but double quotes."""

        def write(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
            style = '"' if re.search("[\x85\u2028\u2029]", text) else None
            return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

        Dumper.add_representer(str, write)
        return str(yaml.dump(said, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100))


def slug_of(title: str) -> str:
    """Small ASCII letters, digits and hyphens; a title without any, such as a Korean one, gets a short code."""
    words = re.findall(r"[a-z0-9]+", title.lower())
    slug = "-".join(words)[:50].strip("-")
    return slug or f"competition-{sha256(title.encode()).hexdigest()[:6]}"


def file_in(folder: str | Path, name: str, *, field: str) -> Path:
    """The file of that plain name in the folder.

    Raises:
        FieldInvalid: no such file, or it is a link that leads out of the folder.
    """
    folder = Path(folder).resolve()
    path = folder / name
    if not is_plain_name(name):
        _plain_name(field)(name)
    if not path.is_file():
        raise FieldInvalid(
            N_("There is no file “%(name)s” in the folder of the competition."),
            hint=N_("Files there: %(known)s."),
            field=field,
            name=name,
            known=", ".join(sorted(p.name for p in folder.iterdir())[:10]) if folder.is_dir() else "-",
        )
    if not path.resolve().is_relative_to(folder):
        raise FieldInvalid(
            N_("“%(name)s” is a link to a file outside the folder of the competition."),
            hint=N_("Copy the file itself into the folder."),
            field=field,
            name=name,
        )
    return path


# ---------------------------------------------------------------- inside


def same_clock(one: datetime | None, other: datetime | None) -> bool:
    """Both are given, and both with an offset or both without: they can be compared."""
    return one is not None and other is not None and (one.tzinfo is None) == (other.tzinfo is None)


def _aware(moment: datetime, tz: tzinfo) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=tz)


def _closes_too_early(opens: datetime | None, closes: datetime) -> FieldInvalid:
    return FieldInvalid(
        N_("The competition would close (%(closes)s) before it opens (%(opens)s)."),
        field="closes",
        opens=str(opens),
        closes=str(closes),
    )


def _text_of(path: Path) -> str:
    if path.stat().st_size > MAX_SPEC_BYTES:
        raise FieldInvalid(N_("The file “%(name)s” is larger than one megabyte."), name=path.name)
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FieldInvalid(
            N_("The file “%(name)s” is not UTF-8 text."), hint=N_("Save it as UTF-8."), name=path.name
        ) from error


def _description(folder: Path, value: str) -> str:
    name = value.strip()
    if not re.fullmatch(r"[^\s/\\]+\.(md|markdown|txt)", name, re.IGNORECASE):
        return value
    return _text_of(file_in(folder, name, field="description"))


def _placed(error: FieldInvalid, name: str, lines: Mapping[str, int]) -> FieldInvalid:
    """The same errors with the lines they are on, in the order of the lines."""
    first, *more = sorted((error, *error.more), key=lambda one: _line_of(one.field, lines))
    for one in (first, *more):
        one.place, one.more = f"{name}:{_line_of(one.field, lines)}", ()
    first.more = tuple(more)
    return first


def _line_of(field: str, lines: Mapping[str, int]) -> int:
    """The line of the field, or of the innermost block around it that the file has."""
    while field and field not in lines:
        field = field.rpartition(".")[0]
    return lines.get(field, 1)


_EXAMPLES = {
    "title": "title: Diabetes progression",
    "data": "data: diabetes.csv",
    "target": "target: progression",
    "metric": "metric: rmse",
    "closes": "closes: 2026-12-01 18:00",
}


def _in_words(error: ValidationError, model: type[BaseModel]) -> FieldInvalid:
    """Pydantic's findings as one error that carries the others."""
    found: dict[str, FieldInvalid] = {}
    for detail in error.errors(include_url=False):
        one = _one_in_words(detail, model)
        # A union reports one field several times.
        found.setdefault(one.field, one)
    first, *more = found.values()
    first.more = tuple(more)
    return first


def _one_in_words(detail: ErrorDetails, model: type[BaseModel]) -> FieldInvalid:
    parts, owner = _path(detail["loc"], model)
    field, kind, context = ".".join(parts), detail["type"], detail.get("ctx", {})
    received = str(detail["input"])[:80]
    if kind == "missing":
        return FieldInvalid(
            N_("“%(field)s” is missing."),
            hint=N_("Add a line such as “%(example)s”.") if field in _EXAMPLES else "",
            field=field,
            example=_EXAMPLES.get(field, ""),
        )
    if kind == "extra_forbidden":
        name, known = parts[-1], list(owner.model_fields)
        near = difflib.get_close_matches(name.lower().replace("-", "_"), known, n=1, cutoff=0.5)
        hint = N_("Did you mean “%(near)s”?") if near else N_("Known: %(known)s.")
        return FieldInvalid(
            N_("There is no field “%(field)s”."), hint=hint, field=field, near="".join(near), known=", ".join(known)
        )
    if kind in _LIMITS:
        return FieldInvalid(
            _LIMITS[kind], field=field, limit=next(iter(context.values())), received=received, n=len(received)
        )
    if kind == "literal_error":
        expected = context["expected"].replace("'", "")
        return FieldInvalid(
            N_("“%(field)s” must be one of: %(known)s; received “%(received)s”."),
            field=field,
            known=expected.replace(" or ", ", "),
            received=received,
        )
    expected = next((words for start, words in _EXPECTED.items() if kind.startswith(start)), N_("something else"))
    return FieldInvalid(
        N_("“%(field)s” must be %(expected)s; received “%(received)s”."),
        field=field,
        expected=gettext(expected),
        received=received,
    )


def _path(location: tuple[int | str, ...], model: type[BaseModel]) -> tuple[list[str], type[BaseModel]]:
    """Names of fields in an error's location, without the branches of unions, and the model of the last."""
    parts: list[str] = []
    owner = model
    for step, name in enumerate(location):
        if not isinstance(name, str):
            continue
        field = owner.model_fields.get(name)
        if field is None and step < len(location) - 1:
            continue
        if field is None and parts and owner is model:
            # A branch of a union such as "str", not a field.
            continue
        parts.append(name)
        if field is not None and isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            owner = field.annotation
    return parts, owner


_LIMITS = {
    "greater_than": N_("“%(field)s” must be greater than %(limit)s; received “%(received)s”."),
    "greater_than_equal": N_("“%(field)s” must be at least %(limit)s; received “%(received)s”."),
    "less_than": N_("“%(field)s” must be less than %(limit)s; received “%(received)s”."),
    "less_than_equal": N_("“%(field)s” must be at most %(limit)s; received “%(received)s”."),
    "string_too_long": N_("“%(field)s” may have at most %(limit)s characters."),
}

_EXPECTED = {
    "int_": N_("a whole number"),
    "float_": N_("a number"),
    "string_": N_("text"),
    "datetime_": N_("a time such as 2026-12-01 18:00"),
    "tuple_": N_("a list"),
    "list_": N_("a list"),
    "dict_": N_("a block of names with values"),
    "model_": N_("a block of names with values"),
}
