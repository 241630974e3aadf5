"""The one API object; each app's `api` module gives it a router.

Programs send a personal token. A browser that is logged in may use its session instead, with the CSRF token, so
that the page at `/api/v1/docs` can be tried out. Schema and page need no login: they hold nothing of anybody.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Swagger
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.security import SessionAuth

from seodang import __version__
from seodang.site.accounts.api import TokenAuth
from seodang.site.accounts.api import router as accounts
from seodang.site.competitions.api import router as competitions
from seodang.site.courses.api import router as courses
from seodang.site.labs.api import router as labs
from seodang.site.ladders.api import router as ladders
from seodang.site.web.api import install_error_handlers, not_found_body

DESCRIPTION = """
The verbs of a course for programs: download a lab and hand it in, enter a competition and follow its board, host.

* **Token.** `Authorization: Bearer sd_…`. Your profile page makes one, and so does `seodang login`.
* **Errors.** One shape: `{"error": {"code", "message", "hint", "problems"}}`. Rely on `code`; `message` and
  `hint` come in the language of `Accept-Language` (`en`, `ko`).
* **Lists.** `?limit=50&offset=0` gives `{"items", "count"}`.
* **What you may not see** answers 404, what you see but may not do answers 403.
"""


class BrowserAuth(SessionAuth):
    """The session of a logged-in browser, with its CSRF token where something is changed."""

    def __call__(self, request: HttpRequest) -> Any | None:
        # Asked first: a visitor without a session lacks a login, not a CSRF token.
        return super().__call__(request) if request.user.is_authenticated else None


class Docs(Swagger):
    """Swagger UI as django-ninja ships it, on a page of ours: nothing inline, nothing from elsewhere."""

    template = "web/api_docs.html"


class Api(NinjaAPI):
    """Operations are called as their functions are, so that generated clients read well."""

    _schema: OpenAPISchema | None = None

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        # Made once in a process: it takes a second and never changes.
        if self._schema is None:
            self._schema = super().get_openapi_schema(**options)
        return self._schema

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


api = Api(
    title="Seodang",
    version=__version__,
    description=DESCRIPTION,
    urls_namespace="api",
    auth=[TokenAuth(), BrowserAuth()],
    docs=Docs(settings={"persistAuthorization": False, "docExpansion": "list", "tryItOutEnabled": True}),
)
install_error_handlers(api)
api.add_router("", accounts)
api.add_router("", courses)
api.add_router("", competitions)
api.add_router("", labs)
api.add_router("", ladders)


@csrf_exempt
def unknown_address(request: HttpRequest, rest: str = "") -> JsonResponse:
    """An address below /api/ that is none answers a program in its own shape."""
    return JsonResponse(not_found_body(), status=404)
