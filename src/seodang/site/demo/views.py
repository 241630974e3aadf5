"""One click to look at the site through somebody's eyes, from this computer only."""

from __future__ import annotations

import ipaddress

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from seodang.site.accounts.models import User
from seodang.site.demo import cast


def is_loopback(request: HttpRequest) -> bool:
    """The visitor sits at this machine: a loopback peer, and no proxy between."""
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


@require_POST
def look_as(request: HttpRequest) -> HttpResponse:
    """Log in as one of the made-up people; 404 for anyone else and from anywhere else."""
    if not is_loopback(request):
        raise Http404
    key = request.POST.get("person") or request.POST.get("student") or ""
    people = {person.key: person for person in cast.EVERYONE}
    if key not in people:
        raise Http404
    user = get_object_or_404(User, email=people[key].email)
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}) or target.startswith(
        "/setup"
    ):
        target = "/"
    return redirect(target)
