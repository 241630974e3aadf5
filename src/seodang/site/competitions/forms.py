"""What people type on pages of competitions: checked for shape here, for rules in the services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seodang.site.competitions.models import Competition, Team
from seodang.site.web import fields
from seodang.site.web.fields import ManyFilesField, MomentField

TABLES = ".csv,.tsv,.parquet"


class UploadField(fields.UploadField):
    """One file, from a drop zone; a table unless said otherwise."""

    def __init__(self, *, accept: str = TABLES, **options: Any) -> None:
        super().__init__(accept=accept, **options)


# --- making -------------------------------------------------------------------------------------------------


class TitleForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class TableForm(TitleForm):
    """One table with a target column; the site splits it."""

    table = UploadField(
        label=gettext_lazy("Your table"),
        help_text=gettext_lazy("CSV, TSV or Parquet with a header, one row per example, and a column to predict."),
    )


class SplitFilesForm(TitleForm):
    """Files that the host has split: what is shown, and the truth that stays hidden."""

    train = UploadField(
        label=gettext_lazy("Training data"),
        help_text=gettext_lazy("Students see it, with targets."),
        required=False,
    )
    test = UploadField(label=gettext_lazy("Test data"), help_text=gettext_lazy("Students see it, without targets."))
    truth = UploadField(
        label=gettext_lazy("Truth"),
        help_text=gettext_lazy("An id column and the targets of the test rows. Nobody but staff ever gets it."),
    )


class FolderForm(forms.Form):
    """A folder with competition.yaml, as a zip file or as its files."""

    files = ManyFilesField(
        label=gettext_lazy("Files"),
        help_text=gettext_lazy("One zip file, or competition.yaml together with the files it names."),
    )


# --- entering -----------------------------------------------------------------------------------------------


class EnterForm(forms.Form):
    file = UploadField(label=gettext_lazy("Prediction file"), accept=".csv,.parquet,text/csv")
    message = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("What you tried, for yourself and your team."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class BaselineForm(EnterForm):
    """Staff enter only marked baselines."""

    baseline_name = forms.CharField(
        label=gettext_lazy("Name of the baseline"),
        max_length=60,
        help_text=gettext_lazy("As it stands on the leaderboard, e.g. “Linear regression”."),
    )
    field_order = ["baseline_name", "file", "message"]


class WithdrawForm(forms.Form):
    """Staff give a reason, which the team reads; a team withdraws its own entry without one."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, *args: Any, needs_reason: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].required = needs_reason


# --- teams --------------------------------------------------------------------------------------------------


class TeamNameForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Team name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"), help_text=gettext_lazy("Of a student of this course.")
    )


class MergeForm(forms.Form):
    other = forms.ModelChoiceField(
        queryset=Team.objects.none(), label=gettext_lazy("Team"), empty_label=gettext_lazy("Choose a team")
    )

    def __init__(self, *args: Any, teams: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["other"].queryset = teams


# --- managing -----------------------------------------------------------------------------------------------


class RulesFields(forms.ModelForm):
    """Dates, quotas and teams: the same fields where a competition is made and where it is changed."""

    opens_at = MomentField(label=gettext_lazy("Opens"))
    closes_at = MomentField(label=gettext_lazy("Closes"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", _("This is not after the opening. Choose a later time."))
        return cleaned


class SettingsForm(RulesFields):
    class Meta:
        model = Competition
        fields = [
            "title",
            "summary",
            "description",
            "opens_at",
            "closes_at",
            "daily_quota",
            "total_quota",
            "team_size",
            "final_picks",
        ]
        widgets = {"description": forms.Textarea(attrs={"rows": 10})}


class ReviseForm(forms.Form):
    """A corrected truth, another metric, or both; and why, for everyone to read."""

    truth = UploadField(label=gettext_lazy("Corrected truth"), required=False)
    metric = forms.ChoiceField(label=gettext_lazy("Metric"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Students read it beside the leaderboard."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, metrics: Iterable[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["metric"].choices = metrics


class DeleteForm(forms.Form):
    """The title typed out, so that no competition goes by a slip of the hand."""

    title = forms.CharField(
        label=gettext_lazy("Title of the competition, to confirm"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, title: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.expected = title

    def clean_title(self) -> str:
        if self.cleaned_data["title"].strip() != self.expected:
            raise forms.ValidationError(_("Type “%(title)s” exactly.") % {"title": self.expected})
        return self.expected
