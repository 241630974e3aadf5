"""The one API object; each app's `api` module gives it a router."""

from ninja import NinjaAPI

from seodang import __version__
from seodang.site.accounts.api import TokenAuth
from seodang.site.accounts.api import router as accounts
from seodang.site.competitions.api import router as competitions
from seodang.site.courses.api import router as courses
from seodang.site.web.api import install_error_handlers

api = NinjaAPI(title="Seodang", version=__version__, urls_namespace="api", auth=[TokenAuth()])
install_error_handlers(api)
api.add_router("", accounts)
api.add_router("", courses)
api.add_router("", competitions)
