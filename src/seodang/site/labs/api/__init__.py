"""The API of labs, for programs: the same rules and the same services as the pages.

schemas      what requests and answers look like
reading      labs and their files
submitting   handing in, and following it
staff        making, publishing, revising, the class, regrading, releasing, exporting
"""

from ninja import Router

from seodang.grade import errors as grade_errors
from seodang.site.labs import errors
from seodang.site.labs.api.reading import router as reading
from seodang.site.labs.api.staff import router as staff
from seodang.site.labs.api.submitting import router as submitting
from seodang.site.web.api import answers

answers(409, errors.LabError)
answers(422, grade_errors.GradeError, errors.SettingRefused, errors.NoLab, errors.MarkRefused)

router = Router()
router.add_router("", reading)
router.add_router("", submitting)
router.add_router("", staff)
