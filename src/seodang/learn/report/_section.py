"""What a section of the report is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seodang.learn.report._html import Html
from seodang.learn.report._reading import Reading
from seodang.registry import Registry

Render = Callable[[Reading], Html | None]


@dataclass(frozen=True)
class Section:
    """`render` gives what stands beneath the heading, or None where a ladder has nothing of the kind.

    costly: it asks models for predictions; such sections come last in time, though not in place.
    """

    name: str
    title: str  # msgid
    order: int
    render: Render
    costly: bool = False


SECTIONS: Registry[Section] = Registry("report_section", "seodang.learn.report")


def section(name: str, title: str, *, order: int, costly: bool = False) -> Callable[[Render], Render]:
    """Decorates the function that renders; the file that holds it needs no other mention."""

    def keep(render: Render) -> Render:
        SECTIONS.register(name)(Section(name, title, order, render, costly))
        return render

    return keep
