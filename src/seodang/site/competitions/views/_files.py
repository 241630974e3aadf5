"""What pages show of a competition's files without a download."""

from __future__ import annotations

import csv
import io
from itertools import islice

from seodang.site.competitions.models import Competition, CompetitionFile

SHOWN_ROWS = 5
HEAD_BYTES = 64 * 1024


def first_rows(file: CompetitionFile | None) -> list[list[str]]:
    """Header and first lines of a CSV file, to be seen without a download."""
    if file is None or not file.name.endswith(".csv"):
        return []
    with file.file.open("rb") as stream:
        head = stream.read(HEAD_BYTES).decode("utf-8", errors="replace")
    return list(islice(csv.reader(io.StringIO(head)), SHOWN_ROWS + 1))


def sample_of(competition: Competition) -> CompetitionFile | None:
    return competition.files.filter(role="sample").order_by("-version").first()


def part_sizes(competition: Competition) -> tuple[int, int]:
    """(public, private) rows of the test, for staff; of the hidden file only the flag of each row is read."""
    import pyarrow.parquet as pq

    truth = competition.files.filter(role="truth").order_by("-version").first()
    if truth is None:
        return 0, 0
    flags = pq.read_table(truth.file.path, columns=["public"]).column("public")
    n_public = flags.to_pylist().count(True)
    return n_public, len(flags) - n_public
