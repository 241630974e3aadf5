from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from seodang.site.web.icons import ICONS, svg
from seodang.site.web.templatetags.web import relative_words

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def show(source, **context):
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 bytes"), (1, "1 byte"), (1432112, "1.4\u00a0MB"), (999_999, "1.0\u00a0MB"), (None, "–")],
)
def test_a_file_size_reads_as_disks_count(size, shown):
    assert show("{% filesize size %}", size=size) == shown


@pytest.mark.parametrize(("place", "shown"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (112, "112th")])
def test_a_place_in_english(place, shown):
    assert show("{% ordinal place %}", place=place) == shown


def test_a_place_in_korean():
    with translation.override("ko"):
        assert show("{% ordinal 3 %}") == "3위"


def test_no_score_is_a_dash():
    assert show("{% score value 3 %}", value=None) == "–"
    assert show("{% score value 3 %}", value=float("nan")) == "–"
    assert show("{% score value 3 %}", value=0.98765) == "0.988"


def test_a_moment_is_machine_readable_in_the_zone_of_the_course():
    html = show('{% when moment "Asia/Seoul" "absolute" %}', moment=NOW)
    assert 'datetime="2026-03-02T18:00:00+09:00"' in html
    assert "18:00" in html


def test_no_moment_is_a_dash():
    assert show("{% when moment %}", moment=None) == "–"


@pytest.mark.parametrize(
    ("distance", "english", "korean"),
    [
        (timedelta(seconds=-10), "just now", "방금"),
        (timedelta(minutes=-1), "1 minute ago", "1분 전"),
        (timedelta(hours=-3), "3 hours ago", "3시간 전"),
        (timedelta(days=2), "in 2 days", "2일 후"),
    ],
)
def test_distance_in_words(distance, english, korean):
    assert relative_words(NOW + distance, NOW) == english
    with translation.override("ko"):
        assert relative_words(NOW + distance, NOW) == korean


@pytest.mark.parametrize("name", ICONS)
def test_an_icon_is_hidden_from_screen_readers(name):
    assert 'aria-hidden="true"' in svg(name)


def test_an_unknown_icon_names_the_known():
    with pytest.raises(KeyError, match="chevron-down"):
        svg("unicorn")


def test_the_pager_keeps_the_other_parameters():
    request = RequestFactory().get("/x/", {"page": "2", "q": "a&b"})
    page = Paginator(range(100), 10).page(2)
    html = Template("{% pager page %}").render(Context({"page": page, "request": request}))
    assert "?page=3&amp;q=a%26b" in html
    assert 'aria-current="page">2<' in html


def test_one_page_needs_no_pager():
    assert show("{% pager page %}", page=Paginator([1], 10).page(1)).strip() == ""


class Sample(forms.Form):
    name = forms.CharField(help_text="As others see it.")
    note = forms.CharField(required=False)
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    file = forms.FileField()
    agree = forms.BooleanField(label="I agree")


def test_a_field_ties_help_and_errors_to_its_control():
    html = show("{{ form }}", form=Sample({}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html


def test_radios_stand_in_a_fieldset_with_a_legend():
    html = show("{% field form.kind %}", form=Sample())
    assert "<fieldset" in html
    assert "<legend>Kind" in html


def test_a_file_comes_in_a_drop_zone():
    assert "data-drop" in show("{% field form.file %}", form=Sample())


def test_what_need_not_be_filled_says_so():
    html = show("{% field form.note %}", form=Sample())
    assert "optional" in html
    assert "optional" not in show("{% field form.name %}", form=Sample())


def test_a_badge_escapes_its_word():
    assert "&lt;b&gt;" in show("{% badge word %}", word="<b>")


def test_bars_escape_their_labels():
    assert "&lt;b&gt;" in show("{% bars items %}", items=[("<b>", 1)])


def test_a_part_of_an_absent_app_is_nothing():
    assert show('{% include_if_there "nowhere/_bar.html" %}') == ""
