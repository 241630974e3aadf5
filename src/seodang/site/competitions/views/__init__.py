"""Pages of competitions. A view parses, asks a service or a query, and renders."""

from seodang.site.competitions.views.board import leaderboard
from seodang.site.competitions.views.browsing import competitions, data, download, live, overview
from seodang.site.competitions.views.climbing import baselines, climb
from seodang.site.competitions.views.entering import enter, entries, entry, entry_file
from seodang.site.competitions.views.making import create, prepare
from seodang.site.competitions.views.managing import export, manage
from seodang.site.competitions.views.teams import team

__all__ = [
    "baselines",
    "climb",
    "competitions",
    "create",
    "data",
    "download",
    "enter",
    "entries",
    "entry",
    "entry_file",
    "export",
    "leaderboard",
    "live",
    "manage",
    "overview",
    "prepare",
    "team",
]
