"""Every address of the site, by app. `tests/site/test_access_matrix.py` walks this list."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from seodang.site.config.api import api, unknown_address

urlpatterns = [
    path("", include("seodang.site.web.urls")),
    path("", include("seodang.site.jobs.urls")),
    path("", include("seodang.site.accounts.urls")),
    path("", include("seodang.site.courses.urls")),
    path("", include("seodang.site.competitions.urls")),
    path("", include("seodang.site.labs.urls")),
    path("", include("seodang.site.ladders.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api.urls),
    path("api/<path:rest>", unknown_address),
    path("admin/", admin.site.urls),
]
if settings.ENV.demo:
    urlpatterns.insert(0, path("", include("seodang.site.demo.urls")))

handler400 = "seodang.site.web.views.bad_request"
handler403 = "seodang.site.web.views.forbidden"
handler404 = "seodang.site.web.views.not_found"
handler500 = "seodang.site.web.views.server_error"
