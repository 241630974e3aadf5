"""What people type on pages of labs: checked for shape here, for rules in the services. Marking has its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seodang.site.accounts.models import User
from seodang.site.labs.models import Lab
from seodang.site.web.fields import ManyFilesField, MomentField, UploadField

NOTEBOOKS = ".ipynb,.py,.md,.Rmd,.qmd"


class SubmitForm(forms.Form):
    file = UploadField(label=gettext_lazy("Your notebook"), accept=NOTEBOOKS)


# --- making -------------------------------------------------------------------------------------------------


class CreateForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Empty: the first heading of the notebook."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    notebook = UploadField(
        label=gettext_lazy("Your notebook, with solutions"),
        accept=f"{NOTEBOOKS},.zip",
        help_text=gettext_lazy("An nbgrader notebook (.ipynb, or text by jupytext), or a zip file of its folder."),
    )
    data = ManyFilesField(
        label=gettext_lazy("Data files"),
        required=False,
        help_text=gettext_lazy(
            "What the notebook reads. Students download it; it lies beside the notebook in marking."
        ),
    )
    due_at = MomentField(label=gettext_lazy("Due date"))
    opens_at = MomentField(
        label=gettext_lazy("Opens"),
        required=False,
        help_text=gettext_lazy("Empty: as soon as you publish it."),
    )

    field_order = ["notebook", "data", "title", "due_at", "opens_at"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        return due_after_opening(self, cleaned)


def due_after_opening(form: forms.BaseForm, cleaned: dict[str, Any]) -> dict[str, Any]:
    opens, due = cleaned.get("opens_at"), cleaned.get("due_at")
    if opens and due and due <= opens:
        form.add_error("due_at", _("This is not after the opening. Choose a later time."))
    return cleaned


class ReviseForm(forms.Form):
    notebook = UploadField(label=gettext_lazy("Your notebook, with solutions"), accept=f"{NOTEBOOKS},.zip")
    data = ManyFilesField(
        label=gettext_lazy("Data files"),
        required=False,
        help_text=gettext_lazy(
            "Empty: the files stay as they are. Files that you choose here replace all of them."
        ),
    )
    note = forms.CharField(
        label=gettext_lazy("What changed"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For the other staff of the course."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class SettingsForm(forms.ModelForm):
    opens_at = MomentField(label=gettext_lazy("Opens"))
    due_at = MomentField(label=gettext_lazy("Due date"))
    late_percent = forms.IntegerField(
        label=gettext_lazy("Percent taken off per late day"),
        min_value=0,
        max_value=100,
        help_text=gettext_lazy("Of the points that the work earns."),
    )

    class Meta:
        model = Lab
        fields = [
            "title",
            "summary",
            "description",
            "opens_at",
            "due_at",
            "grace_minutes",
            "late_days",
            "late_percent",
            "counting",
            "attempts_limit",
            "points_shown",
            "hidden_tests_shown",
            "anonymous_marking",
        ]
        widgets = {"description": forms.Textarea(attrs={"rows": 8})}
        help_texts = {
            "summary": gettext_lazy("One sentence beneath the title."),
            "description": gettext_lazy("What students read before they download. Markdown."),
            "grace_minutes": gettext_lazy("Work that comes this little after the due date is on time."),
            "points_shown": gettext_lazy(
                "Marks and comments by people are always shown only when you release them."
            ),
            "hidden_tests_shown": gettext_lazy("A message can give a hidden test away."),
            "anonymous_marking": gettext_lazy("Answers come without names in the marking queue."),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        return due_after_opening(self, cleaned)


class ExtensionForm(forms.Form):
    user = forms.ModelChoiceField(
        queryset=User.objects.none(), label=gettext_lazy("Student"), empty_label=gettext_lazy("Choose a student")
    )
    days = forms.IntegerField(label=gettext_lazy("Days"), min_value=1, max_value=365)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Only staff read it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, students: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["user"].queryset = students


class DeleteForm(forms.Form):
    """The title typed out, so that no lab goes by a slip of the hand."""

    title = forms.CharField(
        label=gettext_lazy("Title of the lab, to confirm"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, title: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.expected = title

    def clean_title(self) -> str:
        if self.cleaned_data["title"].strip() != self.expected:
            raise forms.ValidationError(_("Type “%(title)s” exactly.") % {"title": self.expected})
        return self.expected
