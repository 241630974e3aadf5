"""A person's name, their confirmed addresses, and a way back in for one who lost the password."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from seodang.site.accounts.models import User


def rename(user: User, name: str) -> None:
    user.name = " ".join(name.split())[:80]
    user.save(update_fields=["name"])


def confirmed_addresses(user: User) -> set[str]:
    """Addresses that this person has shown to be theirs, in lower case."""
    found = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return {address.lower() for address in found}


def user_of_address(email: str) -> User | None:
    """The active account whose confirmed address this is."""
    address = (
        EmailAddress.objects.select_related("user")
        .filter(email__iexact=email, verified=True, user__is_active=True)
        .first()
    )
    return address.user if address else None


def password_reset_path(user: User) -> str:
    """The path of a page that sets a new password once. Whether it may be given is the caller's to decide.

    It works until used, until the password or address changes, and for PASSWORD_RESET_TIMEOUT at most.
    """
    # Here, because allauth's forms import ours (ACCOUNT_SIGNUP_FORM_CLASS).
    from allauth.account.forms import default_token_generator

    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
