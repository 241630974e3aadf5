"""The templates of AUTOTEST lines: nbgrader's `autotests.yml`, or the ones written here.

A file holds, for each kernel, how to find a snippet's type (`dispatch`), the tests of each type (`templates`), how
a result becomes text (`normalize`, `hash`) and the line of the test cell (`check`), all as Jinja2. It comes from a
course, and on a site from whoever uploads labs: so YAML without aliases, and Jinja2 without loops and calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seodang.grade.errors import LabInvalid
from seodang.i18n import N_

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

FILE_NAME = "autotests.yml"
MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
MAX_RENDERED = 200_000
# The folder of an assignment, `source/`, the course: nbgrader looks into the first and the last.
FOLDERS_UP = 3
_COURSE_MARKS = ("nbgrader_config.py", "gradebook.db", ".git")
_ALLOWED = frozenset(
    {"Template", "Output", "TemplateData", "Name", "Const", "Concat", "Filter", "Test"}
    | {"If", "CondExpr", "Compare", "Operand", "And", "Or", "Not"}
)
_FILTERS = frozenset({"lower", "upper", "trim", "length", "string"})


@dataclass(frozen=True)
class TypeTest:
    """One test of a type: the expression, and what a student reads where it differs."""

    test: str
    fail: str


@dataclass(frozen=True)
class Templates:
    """What a file says for one kernel. `types` goes from a type's name to its tests; "default" is for the others.

    origin: the file, for messages; "" for the templates of this program.
    """

    dispatch: str
    normalize: str
    check: str
    types: Mapping[str, tuple[TypeTest, ...]]
    setup: str | None = None
    hash: str | None = None
    success: str | None = None
    origin: str = ""

    def tests_of(self, kind: str) -> tuple[TypeTest, ...] | None:
        return self.types.get(kind, self.types.get("default"))


def find_templates(source: Path | None, *, kernel: str = "python3", folder: Path | None = None) -> Templates:
    """Those of the notebook's course: beside the notebook, else in a folder above it, else the own ones.

    Raises:
        LabInvalid: a file that was found and is wrong.
    """
    start = source.resolve().parent if source is not None else folder
    for place in _places(start) if start is not None else ():
        path = place / FILE_NAME
        if path.is_file():
            with path.open("rb") as file:
                return read_templates(file.read(MAX_BYTES + 1), kernel=kernel, origin=str(path))
    return own_templates()


def _places(start: Path) -> list[Path]:
    found = []
    for place in [start, *start.parents][: FOLDERS_UP + 1]:
        found.append(place)
        if any((place / mark).exists() for mark in _COURSE_MARKS) or place == Path.home():
            break
    return found


def read_templates(text: bytes, *, kernel: str = "python3", origin: str = FILE_NAME) -> Templates:
    """Raises LabInvalid where the file is no YAML, or lacks what a kernel needs."""
    whole = _loaded(text, origin)
    raw = next((whole[name] for name in (kernel, "python3", "python") if name in whole), None)
    if not isinstance(raw, dict):
        raise _invalid(N_("it has no part for the kernel “%(kernel)s”."), origin, kernel=kernel)
    texts: dict[str, str | None] = {}
    for key in ("dispatch", "normalize", "check", "setup", "hash", "success"):
        value = raw.get(key)
        if value is None and key in ("setup", "hash", "success"):
            texts[key] = None
        elif isinstance(value, str):
            texts[key] = value
        else:
            raise _invalid(N_("“%(key)s” of the kernel “%(kernel)s” must be text."), origin, key=key, kernel=kernel)
    return Templates(types=_types(raw.get("templates"), origin), origin=origin, **texts)  # type: ignore[arg-type]


def _types(raw: Any, origin: str) -> dict[str, tuple[TypeTest, ...]]:
    if not isinstance(raw, dict) or not raw:
        raise _invalid(N_("“templates” must map types to lists of tests."), origin)
    found = {}
    for kind, tests in raw.items():
        good = isinstance(tests, list) and all(
            isinstance(test, dict) and isinstance(test.get("test"), str) and isinstance(test.get("fail"), str)
            for test in tests
        )
        if not good:
            template = N_(
                "“templates: %(kind)s” must be a list whose entries have a text “test” and a text “fail”."
            )
            raise _invalid(template, origin, kind=kind)
        found[str(kind)] = tuple(TypeTest(test["test"], test["fail"]) for test in tests)
    return found


def _loaded(text: bytes, origin: str) -> dict[str, Any]:
    import yaml

    if len(text) > MAX_BYTES:
        raise _invalid(N_("it is larger than %(most)s bytes."), origin, most=MAX_BYTES)
    depth = 0
    try:
        for event in yaml.parse(text, yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise _invalid(N_("it is nested more than %(most)s levels deep."), origin, most=MAX_DEPTH)
            if isinstance(event, yaml.AliasEvent):
                raise _invalid(N_("it uses an alias (“*”); write the text out."), origin)
        whole = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        raise _invalid(N_("it is no YAML: %(reason)s"), origin, reason=reason) from None
    if not isinstance(whole, dict):
        raise _invalid(N_("it must map names of kernels to templates."), origin)
    return whole


def _invalid(template: str, origin: str, **params: Any) -> LabInvalid:
    from seodang.grade.errors import LabProblem

    return LabInvalid(
        N_("The templates of AUTOTEST lines in “%(path)s” cannot be used:"),
        hint=N_("Mend that file; docs/reference/lab-format.md describes it."),
        problems=[LabProblem("autotest_templates", template, params)],
        path=origin,
    )


# --- rendering -------------------------------------------------------------------------------------------------


class TemplateRefused(ValueError):
    """A template that is no Jinja2, or uses what templates of tests do not need. The text says which."""


@lru_cache(maxsize=1)
def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


def render(template: str, **values: str | None) -> str:
    """Raises TemplateRefused."""
    from jinja2 import TemplateError

    if len(template) > MAX_RENDERED:
        raise TemplateRefused(f"more than {MAX_RENDERED} characters")
    environment = _environment()
    try:
        for node in environment.parse(template).find_all(_node()):
            _require_plain(node)
        found = environment.from_string(template).render(**values)
    except (TemplateError, RecursionError, TypeError, ValueError, ArithmeticError) as error:
        if isinstance(error, TemplateRefused):
            raise
        raise TemplateRefused(f"{type(error).__name__}: {error}"[:300]) from None
    if len(found) > MAX_RENDERED:
        raise TemplateRefused(f"more than {MAX_RENDERED} characters")
    return found


def _node() -> Any:
    from jinja2 import nodes

    return nodes.Node


def _require_plain(node: Any) -> None:
    """Without loops, calls, assignments and arithmetic, what comes out is never much longer than what goes in."""
    kind = type(node).__name__
    if kind not in _ALLOWED:
        raise TemplateRefused(f"“{kind}” has no place in such a template")
    if kind == "Filter" and node.name not in _FILTERS:
        raise TemplateRefused(f"the filter “{node.name}” has no place in such a template")


# --- the own templates -----------------------------------------------------------------------------------------

_TYPE = TypeTest("type({{ snippet }})", "{{ snippet }} has another type than expected")
_VALUE = TypeTest("{{ snippet }}", "{{ snippet }} has another value than expected")
_LENGTH = TypeTest("len({{ snippet }})", "{{ snippet }} has another length than expected")
_SEQUENCE = (
    _TYPE,
    _LENGTH,
    TypeTest("sorted(repr(item) for item in {{ snippet }})", "{{ snippet }} holds other elements than expected"),
    TypeTest("{{ snippet }}", "{{ snippet }} holds the right elements in another order than expected"),
)


def own_templates() -> Templates:
    """For a course without the file. Numbers with a fraction are compared to four digits after the point."""
    return Templates(
        setup="from hashlib import sha1",
        dispatch="type({{ snippet }})",
        normalize="str({{ snippet }})",
        hash='sha1({{ snippet }}.encode() + b"{{ salt }}").hexdigest()',
        check="assert {{ snippet }} == {{ literal }}, {{ message_literal }}",
        types={
            "default": (_TYPE, _VALUE),
            "float": (_TYPE, TypeTest("round({{ snippet }}, 4)", "{{ snippet }} is not close to what is expected")),
            "list": _SEQUENCE,
            "tuple": _SEQUENCE,
            "set": (
                _TYPE,
                _LENGTH,
                TypeTest("sorted(map(repr, {{ snippet }}))", "{{ snippet }} holds other elements than expected"),
            ),
            "dict": (
                _TYPE,
                TypeTest("sorted(map(repr, {{ snippet }}))", "{{ snippet }} has other keys than expected"),
                TypeTest(
                    "sorted(map(repr, {{ snippet }}.items()))",
                    "{{ snippet }} has the right keys, but other values than expected",
                ),
            ),
            "str": (
                _TYPE,
                TypeTest("{{ snippet }}.casefold()", "{{ snippet }} is another text than expected"),
                TypeTest("{{ snippet }}", "{{ snippet }} differs from what is expected in capital letters only"),
            ),
        },
    )
