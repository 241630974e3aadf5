"""Which files of a competition a page may show: the newest of each name, of roles that students may have."""

from __future__ import annotations

from seodang.site.competitions.models import PUBLIC_ROLES, Competition, CompetitionFile


def shown_files(competition: Competition) -> list[CompetitionFile]:
    newest: dict[str, CompetitionFile] = {}
    for file in competition.files.filter(role__in=PUBLIC_ROLES).order_by("version"):
        newest[file.name] = file
    order = list(PUBLIC_ROLES)
    return sorted(newest.values(), key=lambda file: (order.index(file.role), file.name))


def sample_of(competition: Competition) -> CompetitionFile | None:
    return competition.files.filter(role="sample").order_by("-version").first()
