"""How allauth behaves here: who may sign up, and which name an account gets from a single sign-on service."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.http import HttpRequest

from seodang.site.accounts import services, vouching

CONFIRMATION_SENT = "account/messages/email_confirmation_sent.txt"


def may_have_account(email: str) -> bool:
    """Whether this address may sign up: anybody's on an open site, an expected one on a closed one."""
    return settings.ENV.open_signup or vouching.is_expected(email)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """The page is there on a closed site too: `SignupForm` asks whether the address is expected.

        Not while the first key waits: the first account is the one that runs the site.
        """
        return not services.setup_is_waiting()

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None, *args, **rest):
        """Without a mail server the confirmation goes to the terminal, so nobody is told that it was sent."""
        if message_template == CONFIRMATION_SENT and not settings.ENV.email_url:
            return
        super().add_message(request, level, message_template, *args, **rest)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        if services.setup_is_waiting():
            return False
        if settings.ENV.open_signup:
            return True
        # Only an address that the service itself vouches for counts.
        return any(
            vouching.is_expected(address.email) for address in sociallogin.email_addresses if address.verified
        )

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """One name, as people write theirs; parts only where the service gives no whole."""
        user = super().populate_user(request, sociallogin, data)
        parts = [data.get("first_name") or "", data.get("last_name") or ""]
        extra = getattr(sociallogin.account, "extra_data", {}) or {}
        claims = extra.get("userinfo") or extra.get("id_token") or extra
        whole = data.get("name") or claims.get("name") or " ".join(part for part in parts if part)
        user.name = " ".join(str(whole).split())[:80]
        user.email = (user.email or "").lower()
        return user

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, Any]:
        return {**super().get_signup_form_initial_data(sociallogin), "name": sociallogin.user.name}
