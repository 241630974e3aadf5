"""The API of competitions, for programs: the same rules and the same services as the pages.

schemas    what requests and answers look like
reading    competitions, files, boards
entering   entries of a team, and what is picked of them
hosting    making, publishing, correcting, exporting
climbing   a ladder on the training data, its rungs as baselines
"""

from ninja import Router

from seodang.score import errors as score_errors
from seodang.site.competitions import errors
from seodang.site.competitions.api.climbing import router as climbing
from seodang.site.competitions.api.entering import router as entering
from seodang.site.competitions.api.hosting import router as hosting
from seodang.site.competitions.api.reading import router as reading
from seodang.site.web.api import answers

answers(409, errors.CompetitionError)
answers(422, score_errors.ScoreError, errors.SettingRefused, errors.RevisionRefused)
answers(429, errors.QuotaUsedUp)

router = Router()
router.add_router("", reading)
router.add_router("", entering)
router.add_router("", hosting)
router.add_router("", climbing)
