"""What people fill in about courses. Rules are the services'; forms ask, and show what they answered."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from seodang.site.accounts.secrets import typed_code
from seodang.site.courses.errors import SettingRefused
from seodang.site.courses.models import Role

# Where most courses of this system are; the rest of the world follows by name.
FIRST_ZONES = [
    "Asia/Seoul",
    "Asia/Tokyo",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Europe/Berlin",
    "America/New_York",
    "UTC",
]
_AREAS = {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}


def time_zones() -> list[Any]:
    """Choices of the IANA list, those above first; names without an area are old aliases and left out."""
    names = sorted(name for name in zoneinfo.available_timezones() if name.split("/")[0] in _AREAS)
    return [(_("Often used"), [(name, name) for name in FIRST_ZONES]), (_("All"), [(name, name) for name in names])]


class CourseForm(forms.Form):
    """Settings of a course that is there."""

    title = forms.CharField(label=_("Title"), max_length=120)
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=20_000,
        help_text=_("Shown on the course’s first page. Markdown: **bold**, lists, links, tables, $formulas$."),
        widget=forms.Textarea(attrs={"rows": 10}),
    )
    language = forms.ChoiceField(
        label=_("Language of the course"),
        choices=settings.LANGUAGES,
        help_text=_("For texts that go to the whole course. Everybody reads the site in their own language."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zones, help_text=_("Deadlines are written and kept in it.")
    )

    def refuse(self, error: SettingRefused) -> None:
        self.add_error(error.field if error.field in self.fields else None, str(error))


class NewCourseForm(CourseForm):
    slug = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=60,
        help_text=_(
            "The end of the course’s web address, for example “deep-learning-2026”. Empty: made of the title."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    field_order = ["title", "slug", "description", "language", "time_zone"]


class JoinForm(forms.Form):
    code = forms.CharField(
        label=_("Join code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "size": 12}
        ),
    )

    def clean_code(self) -> str:
        return typed_code(self.cleaned_data["code"])


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    name = forms.CharField(label=_("Name"), required=False, max_length=80)
    student_number = forms.CharField(label=_("Student number"), required=False, max_length=40)
    role = forms.ChoiceField(label=_("Role"), choices=Role, initial=Role.STUDENT)


class PersonForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role)
    student_number = forms.CharField(label=_("Student number"), required=False, max_length=40)


class RosterForm(forms.Form):
    file = forms.FileField(
        label=_("Class list"),
        help_text=_(
            "A CSV file; UTF-8 and Excel’s Korean CSV both work. Nothing changes before you have seen the preview."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )
