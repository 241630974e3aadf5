"""Language and theme switches, the icon, robots.txt, and the pages for what went wrong.

The error pages extend no page that needs the database or a signed-in visitor, since either may be what failed.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language

from seodang.site.web.theme import keep_theme, theme_of


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in a cookie and go back to where the visitor was."""
    return set_language(request)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie and go back; a script that turned the page itself wants no page."""
    target = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    if request.headers.get("X-Requested-With") == "fetch":
        response = HttpResponse(status=204)
    else:
        response = HttpResponseRedirect(target if allowed else "/")
    keep_theme(response, request.POST.get("theme", ""), secure=settings.SESSION_COOKIE_SECURE)
    return response


@require_GET
@cache_control(max_age=86400, public=True)
def favicon(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(static("web/favicon.svg"))


@require_GET
@cache_control(max_age=86400, public=True)
def robots(request: HttpRequest) -> HttpResponse:
    """A class is nobody's search result."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


def _error_page(request: HttpRequest, status: int, title: str, what: str, advice: str) -> HttpResponse:
    """The page of one error; its words alone for a program that asked for no page."""
    accepted = request.headers.get("Accept", "*/*")
    if "text/html" not in accepted and "*/*" not in accepted:
        return HttpResponse(f"{title}. {what}\n", status=status, content_type="text/plain; charset=utf-8")
    context = {
        "status": status,
        "title": title,
        "what": what,
        "advice": advice,
        "language": get_language() or settings.LANGUAGE_CODE,
        "theme": theme_of(request),
    }
    # Without the request: context processors would ask for the session, which may be what failed.
    return HttpResponse(render_to_string("web/error.html", context), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error_page(
        request,
        400,
        _("This request could not be understood"),
        _("The browser sent something that the site did not expect."),
        _("Go back, reload the page and try once more."),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error_page(
        request,
        403,
        _("This is not yours to open"),
        str(exception) if exception and str(exception) else _("You may see that this exists, but not use it."),
        _("If you think you should, ask an instructor of the course."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error_page(
        request,
        404,
        _("There is no such page"),
        _("The address may be mistyped, the page may be gone, or it belongs to a course that you have not joined."),
        _("Check the address, sign in, or join the course with its code."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    return _error_page(
        request,
        500,
        _("Something broke on our side"),
        _("The error has been written to the site’s log. Nothing that you had already sent was lost."),
        _("Try again in a minute. If it stays, tell whoever runs this site when it happened."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _error_page(
        request,
        403,
        _("This form was too old to be trusted"),
        _(
            "You signed in or out in another tab, or cookies are switched off, so the site "
            "could not tell that the form came from you."
        ),
        _("Go back, reload the page and send it again. What you typed is usually still there."),
    )
