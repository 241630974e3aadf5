"""The one page on which a host decides how a table becomes a competition.

Owns: fields with defaults that are right for most, the choices that the table itself offers, and turning what was
chosen into a `score.spec.CompetitionSpec`, whose errors come back to the fields they speak of.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seodang.score.inspect_table import ColumnInfo, TableInfo, metrics_for
from seodang.score.metrics import METRICS
from seodang.score.spec import CompetitionSpec, FieldInvalid
from seodang.site.competitions.metrics import all_told, choices
from seodang.site.competitions.models import Competition
from seodang.site.web.fields import MomentField

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
# Field of the spec → field of this form.
FIELDS = {
    "metric_options": "metric",
    "split.kind": "split_kind",
    "split.group": "split_group",
    "split.time": "split_time",
    "split.test_fraction": "test_percent",
    "split.public_fraction": "public_percent",
    "split.seed": "seed",
}


class PrepareForm(forms.Form):
    target = forms.ChoiceField(label=gettext_lazy("Column to predict"))
    id = forms.ChoiceField(
        label=gettext_lazy("Id column"),
        required=False,
        help_text=gettext_lazy("Names each row. Without one, rows are numbered."),
    )
    metric = forms.ChoiceField(label=gettext_lazy("Metric"))
    positive = forms.CharField(
        label=gettext_lazy("Positive class"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Of two classes, the one whose probability is asked. Empty: the second in order."),
    )
    test_percent = forms.IntegerField(
        label=gettext_lazy("Test rows, in percent of all"),
        min_value=1,
        max_value=99,
        initial=30,
        help_text=gettext_lazy("The rest is training data."),
    )
    public_percent = forms.IntegerField(
        label=gettext_lazy("Public rows, in percent of the test rows"),
        min_value=1,
        max_value=99,
        initial=50,
        help_text=gettext_lazy("The leaderboard until the close; the others decide."),
    )
    split_kind = forms.ChoiceField(
        label=gettext_lazy("How rows are drawn"),
        choices=[
            ("stratified", gettext_lazy("Stratified: each part holds the target in the same proportions")),
            ("random", gettext_lazy("At random")),
            ("group", gettext_lazy("By group: rows of one group stay together")),
            ("time", gettext_lazy("By time: the latest rows are the test")),
        ],
        initial="stratified",
    )
    split_group = forms.ChoiceField(label=gettext_lazy("Group column"), required=False)
    split_time = forms.ChoiceField(label=gettext_lazy("Time column"), required=False)
    seed = forms.IntegerField(
        label=gettext_lazy("Seed"),
        min_value=0,
        required=False,
        help_text=gettext_lazy("Empty: one is drawn. Whoever knows table and seed knows the hidden rows."),
    )
    leave_out = forms.MultipleChoiceField(
        label=gettext_lazy("Columns to leave out"),
        required=False,
        help_text=gettext_lazy("Students never see them, for example because they give the target away."),
    )
    opens = MomentField(label=gettext_lazy("Opens"))
    closes = MomentField(label=gettext_lazy("Closes"))
    daily_quota = forms.IntegerField(
        label=gettext_lazy("Entries per team and day"), min_value=1, max_value=1000, initial=5
    )
    total_quota = forms.IntegerField(
        label=gettext_lazy("Entries per team in all"),
        min_value=1,
        max_value=30000,
        required=False,
        help_text=gettext_lazy("Empty: no limit in all."),
    )
    team_size = forms.IntegerField(
        label=gettext_lazy("People per team, at most"), min_value=1, max_value=100, initial=1
    )
    final_picks = forms.IntegerField(
        label=gettext_lazy("Final entries a team may pick"), min_value=1, max_value=100, initial=2
    )

    SPLIT = ("test_percent", "public_percent")
    SPLIT_MORE = ("split_kind", "split_group", "split_time", "seed", "leave_out")
    RULES = ("daily_quota", "team_size")
    RULES_MORE = ("total_quota", "final_picks")

    def __init__(self, *args: Any, competition: Competition, info: TableInfo, **options: Any) -> None:
        self.competition, self.info = competition, info
        self.data_files: dict[str, Any] = dict((competition.spec or {}).get("data") or {})
        super().__init__(*args, **options)
        self._offer_columns()
        self._set_initial()
        self._offer_metrics()
        if self.is_split_already:
            for name in (*self.SPLIT, *self.SPLIT_MORE):
                del self.fields[name]

    @property
    def is_split_already(self) -> bool:
        return "truth" in self.data_files

    # --- what the table offers ---------------------------------------------------------------------------

    def _offer_columns(self) -> None:
        columns = list(self.info.columns)
        told = [(column.name, tell_column(column)) for column in columns]
        self.fields["target"].choices = sorted(
            told,
            key=lambda pair: self.info.column(pair[0]).task is None,  # what can be predicted comes first
        )
        self.fields["id"].choices = [("", _("No id column: number the rows")), *told]
        nothing = ("", _("None"))
        self.fields["split_group"].choices = [nothing, *told]
        times = [(c.name, tell_column(c)) for c in columns if c.kind in ("time", "number", "integer")]
        self.fields["split_time"].choices = [nothing, *times]
        self.fields["leave_out"].choices = told
        self.fields["leave_out"].widget.attrs["size"] = min(8, max(3, len(told)))

    def _offer_metrics(self) -> None:
        column = self.info.column(self.chosen_target)
        fitting = metrics_for(column.task) if column and column.task else ()
        self.fields["metric"].choices = choices(fitting)
        self.metrics_told = [told for told in all_told() if told.name in fitting] or all_told()
        if not self.is_bound and self.initial.get("metric") not in fitting and fitting:
            self.initial["metric"] = fitting[0]
        for name, option, default in metric_options():
            self.fields[f"{name}:{option}"] = forms.CharField(
                label=f"{name}: {option}",
                required=False,
                max_length=40,
                initial=(self.competition.metric_options or {}).get(option, default)
                if self.competition.metric == name
                else default,
            )

    @property
    def chosen_target(self) -> str:
        return str(self.data.get("target") if self.is_bound else self.initial.get("target", "")) or ""

    # --- what was chosen before, or is right for most -----------------------------------------------------

    def _set_initial(self) -> None:
        said = self.competition.spec or {}
        split = said.get("split") or {}
        kept = {
            "target": said.get("target") or self.info.target,
            "id": said.get("id", "" if "target" in said else self.info.id),
            "metric": said.get("metric"),
            "positive": said.get("positive"),
            "leave_out": said.get("leave_out"),
            "split_kind": split.get("kind"),
            "split_group": split.get("group"),
            "split_time": split.get("time"),
            "seed": split.get("seed"),
            "test_percent": percent(split.get("test_fraction")),
            "public_percent": percent(split.get("public_fraction")),
            "opens": timezone.localtime(self.competition.opens_at).replace(second=0, microsecond=0),
            "closes": timezone.localtime(self.competition.closes_at).replace(second=0, microsecond=0),
            "daily_quota": self.competition.daily_quota,
            "total_quota": self.competition.total_quota,
            "team_size": self.competition.team_size,
            "final_picks": self.competition.final_picks,
        }
        self.initial = {**{name: value for name, value in kept.items() if value is not None}, **self.initial}

    # --- what comes out -------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.spec = CompetitionSpec(**self._as_spec(cleaned))
            except FieldInvalid as error:
                for one in (error, *error.more):
                    field = FIELDS.get(one.field, one.field)
                    self.add_error(field if field in self.fields else None, f"{one.message} {one.hint}".strip())
        return cleaned

    def _as_spec(self, chosen: dict[str, Any]) -> dict[str, Any]:
        metric = chosen["metric"]
        spec = {
            name: chosen[name] for name in ("target", "metric", "opens", "closes", *self.RULES, *self.RULES_MORE)
        }
        spec |= {
            "title": self.competition.title,
            "data": self.data_files if self.is_split_already else {"table": self._table_name()},
            "id": chosen["id"] or None,
            "positive": chosen["positive"] or None,
            "metric_options": {
                option: chosen[f"{name}:{option}"]
                for name, option, _default in metric_options()
                if name == metric and chosen.get(f"{name}:{option}")
            },
        }
        if not self.is_split_already:
            kind = chosen["split_kind"]
            spec["leave_out"] = chosen["leave_out"]
            spec["split"] = {
                "kind": kind,
                "test_fraction": chosen["test_percent"] / 100,
                "public_fraction": chosen["public_percent"] / 100,
                **({"seed": chosen["seed"]} if chosen["seed"] is not None else {}),
                **({"group": chosen["split_group"] or None} if kind == "group" else {}),
                **({"time": chosen["split_time"] or None} if kind == "time" else {}),
            }
        return spec

    def _table_name(self) -> str:
        return self.competition.files.filter(role="source").values_list("name", flat=True).first() or ""

    # --- groups, for the template ---------------------------------------------------------------------------

    def _group(self, names: tuple[str, ...]) -> list[Any]:
        return [self[name] for name in names if name in self.fields]

    def split_fields(self) -> list[Any]:
        return self._group(self.SPLIT)

    def split_more_fields(self) -> list[Any]:
        return self._group(self.SPLIT_MORE)

    def rules_fields(self) -> list[Any]:
        return self._group(self.RULES)

    def rules_more_fields(self) -> list[Any]:
        return self._group(self.RULES_MORE)

    def option_fields(self) -> list[Any]:
        return [self[f"{name}:{option}"] for name, option, _default in metric_options()]


def tell_column(column: ColumnInfo) -> str:
    """“radius (numbers)”."""
    return f"{column.name} ({KINDS.get(column.kind, column.kind)})"


def metric_options() -> Iterator[tuple[str, str, Any]]:
    """(metric, option, default) of every metric that has any."""
    for metric in METRICS:
        for option, default in metric.options.items():
            yield metric.name, option, default


def percent(fraction: float | None) -> int | None:
    return None if fraction is None else round(100 * fraction)
