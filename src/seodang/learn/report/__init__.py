"""The report: one HTML file that shows a ladder and says how each of its numbers was made.

It needs nothing else to be read: no script, no font, no picture from elsewhere. A new file in this folder whose
function bears `@section(…)` is a new section; no list names it.

    _html       markup in which everything from a table is escaped
    _charts     Altair pictures as SVG in the page's own colours
    _reading    the ladder as sections read it
    _section    what a section is, and the registry of all
    _page       the document around them
"""

from seodang.learn.report._page import html, write
from seodang.learn.report._section import SECTIONS, Section, section

__all__ = ["SECTIONS", "Section", "html", "section", "write"]
