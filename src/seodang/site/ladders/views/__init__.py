"""Pages of ladders. A view parses, asks a service or a query, and renders."""

from seodang.site.ladders.views.browsing import download, ladder, ladders, list_live, live, report
from seodang.site.ladders.views.making import choose, create

__all__ = ["choose", "create", "download", "ladder", "ladders", "list_live", "live", "report"]
