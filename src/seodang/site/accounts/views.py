"""Pages of one's own account: the first account, profile, tokens, approving a command line."""

from __future__ import annotations

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from seodang.site.accounts import services, throttle
from seodang.site.accounts.errors import DeviceError, SetupRefused
from seodang.site.accounts.forms import DeviceForm, ProfileForm, SetupForm, TokenForm
from seodang.site.accounts.models import User


def too_many(request: HttpRequest) -> HttpResponse:
    return render(request, "429.html", status=429)


@never_cache
@sensitive_post_parameters("password", "key")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """The first account of an empty site; afterwards there is no such page."""
    if User.objects.exists():
        raise Http404
    form = SetupForm(request.POST or None, initial={"key": request.GET.get("key", "")})
    if request.method == "POST":
        if not throttle.spend("setup", throttle.whose(request), limit=20, seconds=600):
            return too_many(request)
        if form.is_valid():
            try:
                user = services.use_setup_key(**form.cleaned_data)
            except SetupRefused as error:
                form.add_error("key", str(error))
            else:
                messages.success(request, _("This is your site now. Open your first course."))
                return perform_login(request, user, email_verification="none")
    waiting = services.setup_is_waiting()
    return render(request, "accounts/setup.html", {"form": form, "waiting": waiting})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        services.rename(request.user, form.cleaned_data["name"])
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form, "sso": bool(settings.SOCIALACCOUNT_PROVIDERS)})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The list, and making one: its key stands on this answer and nowhere again."""
    form = TokenForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        if not throttle.spend("token", throttle.whose(request), limit=30, seconds=3600):
            return too_many(request)
        _token, secret = services.create_token(request.user, form.cleaned_data["name"])
        form = TokenForm()
    context = {"form": form, "secret": secret, "tokens": request.user.tokens.all()}
    return render(request, "accounts/tokens.html", context)


@login_required
@require_POST
def token_delete(request: HttpRequest, pk: int) -> HttpResponse:
    services.delete_token(get_object_or_404(request.user.tokens, pk=pk))
    messages.success(request, _("The token is deleted. What used it is signed out."))
    return redirect("accounts:tokens")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def device(request: HttpRequest) -> HttpResponse:
    """Compare the code that a command line shows, and approve or refuse it.

    A link may bring the code (`?user_code=`), but never approves by itself.
    """
    if request.method != "POST":
        code = request.GET.get("user_code", "") or request.GET.get("code", "")
        return render(request, "accounts/device.html", {"form": DeviceForm(initial={"code": code}), "given": code})
    limits = {"limit": 20, "seconds": 600}
    if throttle.is_spent("device", throttle.whose(request), **limits):
        return too_many(request)
    form = DeviceForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/device.html", {"form": form})
    code, answer = form.cleaned_data["code"], request.POST.get("answer", "")
    try:
        if answer == "approve":
            login = services.approve_device_login(code, request.user)
            return render(request, "accounts/device_done.html", {"login": login, "approved": True})
        if answer == "deny":
            login = services.deny_device_login(code, request.user)
            return render(request, "accounts/device_done.html", {"login": login, "approved": False})
    except DeviceError:
        pass  # the same words as for a code that never was
    login = services.waiting_device_login(code)
    if login is None:
        throttle.spend("device", throttle.whose(request), **limits)
        form.add_error(
            "code", _("No login waits under this code. It may have run out: start “seodang login” again.")
        )
        return render(request, "accounts/device.html", {"form": form})
    return render(request, "accounts/device_confirm.html", {"login": login})
