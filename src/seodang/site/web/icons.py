"""A small set of own icons on a 16 × 16 grid, drawn with one stroke width; `{% icon "name" %}` shows them."""

from __future__ import annotations

# name → contents of the <svg>; strokes take the text's colour from the style sheet.
ICONS = {
    "alert": '<path d="M8 2.2 14.4 13.5H1.6Z"/><path d="M8 6.5v3.2M8 11.6v.1"/>',
    "arrow-down": '<path d="M8 3v10M4 9l4 4 4-4"/>',
    "arrow-left": '<path d="M13 8H3M7 4 3 8l4 4"/>',
    "arrow-right": '<path d="M3 8h10M9 4l4 4-4 4"/>',
    "arrow-up": '<path d="M8 13V3M4 7l4-4 4 4"/>',
    "check": '<path d="m3 8.5 3.3 3.3L13 4.6"/>',
    "chevron-down": '<path d="m4 6 4 4 4-4"/>',
    "chevron-right": '<path d="m6 4 4 4-4 4"/>',
    "clock": '<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.4 1.6"/>',
    "copy": '<path d="M5.5 5.5h8v8h-8z"/><path d="M10.5 5.5v-3h-8v8h3"/>',
    "cross": '<path d="m4 4 8 8M12 4l-8 8"/>',
    "download": '<path d="M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.5 13.5h11"/>',
    "external": '<path d="M6.5 3.5h-4v10h10v-4M9.5 2.5h4v4M13.5 2.5 7.5 8.5"/>',
    "file": '<path d="M3.5 1.5h6l3 3v10h-9z"/><path d="M9.5 1.5v3h3"/>',
    "flag": '<path d="M4 14.5v-12h8l-2 3.2 2 3.3H4"/>',
    "half-moon": '<circle cx="8" cy="8" r="5.8"/><path class="fill" d="M8 2.2a5.8 5.8 0 0 1 0 11.6z"/>',
    "info": '<circle cx="8" cy="8" r="6"/><path d="M8 7.3v3.7M8 5v.1"/>',
    "key": '<circle cx="5" cy="8" r="2.7"/><path d="M7.7 8h6.1v2.4M11 8v2"/>',
    "lock": '<path d="M3.5 7.5h9v6h-9z"/><path d="M5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2"/>',
    "mail": '<path d="M2 3.5h12v9H2z"/><path d="m2 4 6 4.8L14 4"/>',
    "minus": '<path d="M3 8h10"/>',
    "pencil": '<path d="M11 2.5 13.5 5 5.5 13l-3.2.7.7-3.2Z"/>',
    "person": '<circle cx="8" cy="5" r="2.7"/><path d="M2.8 14c.4-3 2.4-4.6 5.2-4.6s4.8 1.6 5.2 4.6"/>',
    "people": '<circle cx="6" cy="5.4" r="2.4"/>'
    '<path d="M1.5 13.4c.3-2.6 2-4 4.5-4s4.2 1.4 4.5 4"/>'
    '<path d="M10.4 3.2a2.4 2.4 0 0 1 0 4.4M12 9.8c1.5.5 2.3 1.7 2.5 3.6"/>',
    "plus": '<path d="M8 3v10M3 8h10"/>',
    "refresh": '<path d="M13.3 6.5A5.5 5.5 0 0 0 3 5.6M2.7 9.5A5.5 5.5 0 0 0 13 10.4"/>'
    '<path d="M2.7 2.6v3.2h3.2M13.3 13.4v-3.2h-3.2"/>',
    "search": '<circle cx="7" cy="7" r="4.5"/><path d="m10.4 10.4 3.4 3.4"/>',
    "star": '<path d="m8 1.9 1.9 3.9 4.2.6-3 3 .7 4.3L8 11.7l-3.8 2 .7-4.3-3-3 4.2-.6Z"/>',
    "table": '<path d="M2 3h12v10H2zM2 6.4h12M6.4 6.4V13"/>',
    "trash": '<path d="M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.6 9h6.8l.6-9"/>',
    "upload": '<path d="M8 10.5V3M4.8 6 8 2.8 11.2 6M2.5 13.5h11"/>',
}


def svg(name: str) -> str:
    """The icon's markup, hidden from screen readers: the words beside it carry the meaning.

    Raises:
        KeyError: no such icon; it names those there are.
    """
    if name not in ICONS:
        raise KeyError(f"no icon is named {name!r}; there are: {', '.join(ICONS)}")
    return (
        '<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">'
        f"{ICONS[name]}</svg>"
    )
