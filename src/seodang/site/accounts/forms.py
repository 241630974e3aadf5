"""What people fill in about themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from seodang.site.accounts.models import User


class NameField(forms.CharField):
    """A person's name on one line."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Name"))
        options.setdefault("max_length", 80)
        options.setdefault("widget", forms.TextInput(attrs={"autocomplete": "name"}))
        super().__init__(**options)

    def clean(self, value: Any) -> str:
        text = " ".join("".join(letter for letter in super().clean(value) if letter.isprintable()).split())
        if self.required and not text:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return text


class SignupForm(forms.Form):
    """What allauth's sign-up asks beside address and password (ACCOUNT_SIGNUP_FORM_CLASS)."""

    name = NameField(help_text=_("As your course knows you."))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        from seodang.site.accounts.adapter import may_have_account  # allauth's forms import this module

        # With a single sign-on service the adapter has asked already, and the address is the service's.
        if not hasattr(self, "sociallogin") and not may_have_account(cleaned.get("email") or ""):
            self.add_error("email", _("This site opens accounts for invited addresses only. Ask your instructor."))
        return cleaned

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


class SetupForm(forms.Form):
    """The first account."""

    key = forms.CharField(
        label=_("Key"),
        max_length=100,
        help_text=_("Printed in the terminal when the site started."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    name = NameField()
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least ten characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("password"):
            person = User(email=cleaned.get("email", ""), name=cleaned.get("name", ""))
            try:
                password_validation.validate_password(cleaned["password"], user=person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned


class ProfileForm(forms.Form):
    name = NameField(help_text=_("Shown to your instructors, and to your courses on boards and in teams."))


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("What is it for?"),
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": _("for example: my laptop")}),
    )


class DeviceForm(forms.Form):
    """The code that a command line shows."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("Eight letters, as your terminal shows them."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "code"}
        ),
    )
