"""The demo's ladders: the professor climbs on each competition's training data and posts the rungs as baselines.

They come last, when nobody waits for anything else any more.
"""

from __future__ import annotations

from seodang.site.competitions import services as competitions
from seodang.site.competitions.models import Competition
from seodang.site.ladders import services as ladders
from seodang.site.ladders.models import Ladder, LadderState

# The first tries; a machine that is too busy for the one gets the other.
SECONDS = (30, 60)
LAST_OF_ALL = -5


def ladder_of(competition: Competition) -> Ladder | None:
    """The newest one that the professor climbed."""
    found = Ladder.objects.of_origin(competitions.origin_of(competition))
    return found.filter(owner=competition.created_by).first()


def climb(competition: Competition) -> None:
    """Ask for the ladder, once."""
    if ladder_of(competition) is not None:
        return
    professor = competition.created_by
    made = competitions.climb_training_data(
        competition=competition,
        by=professor,
        budget_seconds=min(SECONDS[0], ladders.most_seconds()),
        priority=LAST_OF_ALL,
    )
    ladders.start(ladder=made, by=professor)


def post_when_done(competition: Competition) -> bool:
    """Post its rungs and show it to the class. False while it has still to be climbed."""
    ladder = ladder_of(competition)
    if ladder is None:
        return True
    if ladder.state == LadderState.DONE:
        competitions.post_baselines(competition=competition, by=competition.created_by, ladder=ladder)
        ladders.share(ladder=ladder, by=competition.created_by, shared=True)
        return True
    longer = min(SECONDS[-1], ladders.most_seconds())
    if ladder.state == LadderState.FAILED and ladder.budget_seconds < longer:
        ladders.choose(ladder=ladder, by=competition.created_by, budget_seconds=longer)
        ladders.start(ladder=ladder, by=competition.created_by)
        return False
    return not ladder.is_under_way
