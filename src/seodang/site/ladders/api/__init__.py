"""The API of ladders, for programs: the same rules and the same services as the pages.

schemas   what requests and answers look like
reading   ladders and what they made; deleting
climbing  making one, stopping, sharing, predicting
"""

from ninja import Router

from seodang.learn import errors as learn_errors
from seodang.site.ladders import errors
from seodang.site.ladders.api.climbing import router as climbing
from seodang.site.ladders.api.reading import router as reading
from seodang.site.web.api import answers

answers(409, errors.LadderError)
answers(422, learn_errors.LearnError, errors.ChoiceRefused)

router = Router()
router.add_router("", reading)
router.add_router("", climbing)
