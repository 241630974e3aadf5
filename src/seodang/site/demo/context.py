"""What the bar on top of every page of the demo needs."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from seodang.site.demo import cast, labs
from seodang.site.demo.views import is_loopback


def bar(request: HttpRequest) -> dict[str, object]:
    if not is_loopback(request):
        return {}
    first = cast.STUDENTS[0]
    reason, advice = labs.why_waiting()
    return {
        "demo_cast": [
            {"key": cast.PROFESSOR.key, "email": cast.PROFESSOR.email, "label": _("professor")},
            {"key": cast.ASSISTANT.key, "email": cast.ASSISTANT.email, "label": _("assistant")},
            {"key": first.key, "email": first.email, "label": _("student")},
        ],
        "demo_students": cast.STUDENTS[1:],
        "demo_waits": reason,
        "demo_advice": advice,
    }
