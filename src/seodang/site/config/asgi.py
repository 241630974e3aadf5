"""The ASGI application that uvicorn serves."""

import os

from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler

from seodang.site.web.bodies import BodyLimit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seodang.site.config.settings")

django = get_asgi_application()


def _open_lanes() -> None:
    from django.conf import settings

    from seodang.site.config import lanes

    lanes.lanes = lanes.Lanes(max(1, settings.ENV.threads))


def _limited(inner: ASGIHandler) -> BodyLimit:
    from django.conf import settings

    return BodyLimit(inner, upload_bytes=settings.UPLOAD_BYTES)


_open_lanes()
application = _limited(django)
