"""The ASGI application that uvicorn serves."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seodang.site.config.settings")

application = get_asgi_application()


def _open_lanes() -> None:
    from django.conf import settings

    from seodang.site.config import lanes

    lanes.lanes = lanes.Lanes(max(1, settings.ENV.threads))


_open_lanes()
