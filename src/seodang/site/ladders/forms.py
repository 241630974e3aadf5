"""What people type on pages of ladders: checked for shape here, for rules in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seodang.score.inspect_table import ColumnInfo, TableInfo
from seodang.site.ladders import metrics
from seodang.site.ladders.models import Ladder
from seodang.site.ladders.services import most_seconds
from seodang.site.ladders.services.asking import GREATEST_SEED, LEAST_SECONDS
from seodang.site.web.fields import UploadField

TABLES = ".csv,.tsv,.parquet,.gz"
KINDS = {
    "number": gettext_lazy("numbers"),
    "integer": gettext_lazy("whole numbers"),
    "boolean": gettext_lazy("yes or no"),
    "category": gettext_lazy("categories"),
    "text": gettext_lazy("text"),
    "time": gettext_lazy("times"),
    "id": gettext_lazy("ids"),
    "constant": gettext_lazy("one value only"),
    "empty": gettext_lazy("empty"),
}


class TableForm(forms.Form):
    table = UploadField(
        label=gettext_lazy("Your table"),
        accept=TABLES,
        help_text=gettext_lazy("CSV, TSV or Parquet with a header, one row per example, and a column to predict."),
    )
    predict = UploadField(
        label=gettext_lazy("A table to predict"),
        accept=TABLES,
        required=False,
        help_text=gettext_lazy("The same columns without the one to predict. You can also give it later."),
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Empty: the table’s name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PredictForm(forms.Form):
    table = UploadField(
        label=gettext_lazy("A table to predict"),
        accept=TABLES,
        help_text=gettext_lazy("The same columns; the one to predict is not needed."),
    )


class ChooseForm(forms.Form):
    """Fields are named as `services.CHOICES`, so that a refusal finds its field."""

    target = forms.ChoiceField(label=gettext_lazy("Column to predict"))
    budget_seconds = forms.IntegerField(
        label=gettext_lazy("Seconds"),
        help_text=gettext_lazy("How long to climb. Good settings come first; more time tunes them further."),
    )
    task = forms.ChoiceField(
        label=gettext_lazy("What is predicted"),
        required=False,
        choices=[("", gettext_lazy("As the column suggests")), *metrics.TASKS.items()],
    )
    metric = forms.ChoiceField(label=gettext_lazy("Metric"), required=False)
    group_column = forms.ChoiceField(
        label=gettext_lazy("Group column"),
        required=False,
        help_text=gettext_lazy("Rows of one group (a patient, a house) stay on one side of every fold."),
    )
    time_column = forms.ChoiceField(
        label=gettext_lazy("Time column"),
        required=False,
        help_text=gettext_lazy("Every fold then learns from the past of what it is judged on."),
    )
    leave_out = forms.MultipleChoiceField(
        label=gettext_lazy("Columns to leave out"),
        required=False,
        help_text=gettext_lazy(
            "They are not learnt from: an id, or what is known only afterwards. Predictions carry them along."
        ),
    )
    seed = forms.IntegerField(
        label=gettext_lazy("Seed"),
        min_value=0,
        max_value=GREATEST_SEED,
        help_text=gettext_lazy("The same seed makes the same folds."),
    )

    MORE = ("group_column", "time_column", "leave_out", "seed")

    def __init__(self, *args: Any, ladder: Ladder, info: TableInfo, **options: Any) -> None:
        super().__init__(*args, **options)
        self.ladder, self.info = ladder, info
        self._offer_columns()
        seconds = self.fields["budget_seconds"]
        seconds.widget.attrs |= {"min": LEAST_SECONDS, "max": most_seconds()}
        kept = {name: getattr(ladder, name) for name in self.fields}
        self.initial = {**kept, **self.initial}
        column = info.column(self.chosen_target)
        self.fields["metric"].choices = metrics.choices((column and column.task) or "")

    def _offer_columns(self) -> None:
        told = [(column.name, tell_column(column)) for column in self.info.columns]
        likely = {column.name for column in self.info.columns if column.task is not None}
        nothing = ("", _("None"))
        # What can be predicted comes first; nothing is chosen for a table in which nothing suggests itself.
        ordered = sorted(told, key=lambda pair: pair[0] not in likely)
        self.fields["target"].choices = ordered if self.ladder.target else [("", _("Choose one")), *ordered]
        self.fields["group_column"].choices = [nothing, *told]
        times = [(c.name, tell_column(c)) for c in self.info.columns if c.kind in ("time", "number", "integer")]
        self.fields["time_column"].choices = [nothing, *times]
        self.fields["leave_out"].choices = told
        self.fields["leave_out"].widget.attrs["size"] = min(8, max(3, len(told)))

    @property
    def chosen_target(self) -> str:
        return str(self.data.get("target") if self.is_bound else self.initial.get("target", "")) or ""

    def more_fields(self) -> list[Any]:
        return [self[name] for name in self.MORE]

    @property
    def has_more_chosen(self) -> bool:
        """Whether what is folded away says something that one should see."""
        return any(self[name].errors for name in self.MORE) or bool(
            self.ladder.group_column or self.ladder.time_column
        )


def tell_column(column: ColumnInfo) -> str:
    """“radius (numbers)”."""
    return f"{column.name} ({KINDS.get(column.kind, column.kind)})"
