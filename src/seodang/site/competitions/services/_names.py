"""Names and words for the uploads of a competition; receiving and storing them is `web.files`."""

from __future__ import annotations

import re

from seodang.i18n import N_
from seodang.site.web.files import shown_name, suffix_of

TABLE_TOO_LARGE = N_("Send fewer digits or columns, or the same table as Parquet.")


def plain_name(name: str) -> str:
    """The name of a host's table, made such that a spec may name it (`score.spec.is_plain_name`)."""
    from seodang.score.spec import is_plain_name

    name = re.sub(r'[:*?"<>|]', "_", shown_name(name)).lstrip(".~- ").rstrip(". ") or "table"
    if is_plain_name(name):
        return name
    kept = name[:80].encode()[:200].decode(errors="ignore").rstrip(". ")  # a Hangul syllable has three bytes
    return f"{kept}{suffix_of(name)}"
