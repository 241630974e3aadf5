"""What staff type when they mark: checked for shape here, for rules in the services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seodang.site.labs.models import Lab, LabRevision, RevisionState, RubricItem

MINUS_SIGNS = str.maketrans({"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", ",": "."})


class PointsField(forms.DecimalField):
    """Points as people type them: “2.5”, “2,5”, “−1”. At most three decimals."""

    def __init__(self, **options: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        options.setdefault("widget", forms.TextInput(attrs=attrs))
        options.setdefault("max_digits", 7)
        super().__init__(decimal_places=3, **options)

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.strip().translate(MINUS_SIGNS) if isinstance(value, str) else value)


class MarkForm(forms.Form):
    """One answer's mark. `seen` is the mark as it stood when the page was drawn, so that none is lost unseen.

    An empty form is a slip of the Enter key, save where every item of the rubric takes off: there it says that
    nothing is to be taken off.
    """

    points = PointsField(label=gettext_lazy("Points"), required=False, min_value=0)
    items = forms.ModelMultipleChoiceField(queryset=RubricItem.objects.none(), required=False)
    comment = forms.CharField(
        label=gettext_lazy("Comment"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, items: Any, has_rubric: bool, begins_full: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["items"].queryset = items
        self.has_rubric, self.begins_full = has_rubric, begins_full
        self.fields["points"].widget.attrs["data-mark-points"] = True
        self.fields["comment"].widget.attrs["data-mark-comment"] = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        gives_points = cleaned.get("points") is not None or cleaned.get("items") or self.begins_full
        # Without a rubric a comment may stand alone, and the answer goes on waiting for its points.
        only_comment = cleaned.get("comment") and not self.has_rubric
        if not gives_points and not only_comment and not self.errors:
            raise forms.ValidationError(
                _("Give points or tick an item; “Skip” goes on without a mark."), code="nothing"
            )
        return cleaned


class OverrideForm(forms.Form):
    """Points by hand in place of what the tests gave; the student reads why."""

    points = PointsField(label=gettext_lazy("Points"), min_value=0)
    comment = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The student reads it beside the points."),
    )


class CommentForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Comment on the whole submission"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ItemForm(forms.Form):
    """A line of the rubric."""

    text = forms.CharField(
        label=gettext_lazy("Remark"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    points = PointsField(
        label=gettext_lazy("Points"),
        help_text=gettext_lazy("With a minus it takes points off."),
    )


class RegradeForm(forms.Form):
    """Under which revision, and whose work."""

    WHICH = (
        ("all", gettext_lazy("Every submission that counts")),
        ("some", gettext_lazy("Only those ticked below")),
    )
    revision = forms.ModelChoiceField(
        queryset=LabRevision.objects.none(), label=gettext_lazy("Mark by"), empty_label=None
    )
    which = forms.ChoiceField(
        label=gettext_lazy("Whose work"), choices=WHICH, widget=forms.RadioSelect, initial="all"
    )
    submissions = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, lab: Lab, submissions: Iterable[int], **options: Any) -> None:
        super().__init__(*args, **options)
        usable = [RevisionState.GOOD, RevisionState.DOUBTFUL]
        self.fields["revision"].queryset = lab.revisions.filter(state__in=usable).select_related("lab")
        self.fields["revision"].label_from_instance = revision_words
        self.fields["submissions"].choices = [(str(pk), str(pk)) for pk in submissions]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("which") == "some" and not cleaned.get("submissions"):
            self.add_error("which", _("Tick at least one submission below."))
        return cleaned


def revision_words(revision: LabRevision) -> str:
    words = _("Revision %(number)s") % {"number": revision.number}
    if revision.pk == revision.lab.current_id:
        words += " " + _("(the present one)")
    return f"{words}: {revision.note}" if revision.note else words
