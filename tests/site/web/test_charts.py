import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf, nan
from xml.etree import ElementTree

import pytest

from seodang.site.web import charts

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def history(*scores):
    return [(NOW + timedelta(hours=7 * index), score) for index, score in enumerate(scores)]


def assert_sound(markup):
    """Well-formed, named for screen readers, every coordinate a number, nothing that the policy refuses."""
    root = ElementTree.fromstring(f"<all>{markup}</all>")
    assert len(root) >= 1
    for svg in root:
        assert svg.get("role") == "img"
        assert svg.find("title").text
        for element in svg.iter():
            assert "style" not in element.attrib
            for name in ("d", "x", "y", "cx", "cy", "width", "height", "viewBox"):
                assert not re.search(r"nan|inf|none|e[+-]?\d", element.get(name, "0"), re.IGNORECASE)


ODD = {
    "one point": history(0.5),
    "equal values": history(0.5, 0.5, 0.5),
    "one moment": [(NOW, 0.1), (NOW, 0.2)],
    "holes": history(0.5, None, nan, inf, 0.7),
    "huge": history(1.7e308, -1.7e308, 0.0),
    "tiny": history(1e-12, 2e-12),
    "plain numbers": [(0, 1.0), (1, 2.0)],
    "backwards": list(reversed(history(1.0, 2.0, 3.0))),
}


@pytest.mark.parametrize("points", ODD.values(), ids=ODD.keys())
def test_a_sparkline_is_sound(points):
    assert_sound(charts.sparkline(points, greater_is_better=True))


@pytest.mark.parametrize("points", ODD.values(), ids=ODD.keys())
def test_a_line_chart_is_sound(points):
    assert_sound(charts.line_chart([("A & <B>", points), ("은하수", history(0.2, 0.9))], greater_is_better=False))


@pytest.mark.parametrize("nothing", [None, [], [(NOW, None)], [(NOW, nan)]])
def test_nothing_to_draw_draws_nothing(nothing):
    assert charts.sparkline(nothing) == ""
    assert charts.line_chart([("A", nothing)]) == ""
    assert charts.line_chart(nothing and None) == ""


@pytest.mark.parametrize(
    "values",
    [
        (0.4, 0.5, 0.6, 0.0, 1.0),
        (None, 0.5, None, 0.0, 1.0),
        (0.5, 0.5, 0.5, 0.5, 0.5),
        (0.6, 0.5, 0.4, None, None),
        (nan, 0.5, inf, 0.0, 1.0),
        (-2, -1, 0, -2, 3),
    ],
)
def test_a_whisker_is_sound(values):
    assert_sound(charts.whisker(*values))


def test_a_whisker_without_a_score_is_nothing():
    assert charts.whisker(0.1, None, 0.2, 0, 1) == ""


def test_a_whisker_says_its_interval_in_words():
    assert "0.500, 95 % interval 0.400 to 0.600" in charts.whisker(0.4, 0.5, 0.6, 0, 1, decimals=3)


def test_a_sparkline_shows_the_best_so_far():
    title = re.search(
        "<title>(.*)</title>", charts.sparkline(history(3.0, 1.0, 2.0), greater_is_better=False, decimals=1)
    )
    assert title[1] == "from 3.0 to 1.0"


@pytest.mark.parametrize(
    "bins",
    [
        {"counts": [1, 2, 3], "edges": [0, 1, 2, 3]},
        [(0, 1, 5), (1, 2, 7)],
        [{"low": 0, "high": 1, "count": 3}],
        [1, 0, None, 4],
    ],
)
def test_a_histogram_takes_every_shape_of_a_profile(bins):
    assert_sound(charts.histogram(bins))


@pytest.mark.parametrize("bins", [None, [], {}, {"counts": [], "edges": []}, [0, 0]])
def test_a_histogram_of_nothing_is_nothing(bins):
    assert charts.histogram(bins) == ""


def test_bars_are_measured_against_the_largest():
    bars = charts.bars([("a", 1), {"value": "b", "count": 4}], total=5)
    assert [(bar.label, bar.share, bar.percent) for bar in bars] == [("a", 0.25, 20.0), ("b", 1.0, 80.0)]


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [(-0.0001, 2, "0.00"), (-1.5, 1, "\u22121.5"), (0.12345, 4, "0.1235"), (12, 0, "12"), (1.5e12, 4, "1.500e+12")],
)
def test_a_number_is_set_with_a_real_minus_and_no_negative_zero(value, decimals, shown):
    assert charts.number(value, decimals) == shown


def test_ticks_are_round_numbers_inside_the_domain():
    assert charts.nice_ticks(0.951, 0.998) == [0.96, 0.97, 0.98, 0.99]
    assert charts.nice_ticks(3, 3) == [3]


def test_labels_at_line_ends_never_overlap():
    places = charts.spread([100, 100, 101, 290], apart=16, low=12, high=272)
    gaps = sorted(places)
    assert all(b - a >= 16 for a, b in pairwise(gaps))
    assert min(places) >= 12
    assert max(places) <= 272


def test_one_entry_that_went_wrong_does_not_press_the_others_into_a_corner():
    values = [0.07, 0.08, 0.075, 0.09, 0.1, 0.085, 6.0]
    assert charts.without_outliers(values) == (0.07, 0.1)
    assert charts.without_outliers([5.0]) == (5.0, 5.0)
    assert charts.without_outliers([]) == (0.0, 1.0)
    assert charts.without_outliers([1.0, 1.0, 1.0, 1.0, 2.0]) == (1.0, 2.0)


def test_a_score_beyond_the_axis_is_an_arrow_and_its_interval_has_no_cap_there():
    inside = charts.whisker(0.1, 0.2, 0.3, 0.0, 1.0)
    beyond = charts.whisker(0.9, 3.0, 5.0, 0.0, 1.0)
    assert "<circle" in inside
    assert "<circle" not in beyond
    assert beyond.count("v6") == 1


def test_a_leader_far_ahead_stays_inside_the_chart_and_others_are_named_at_its_edge():
    scores = {"first": 0.9, "second": 0.61, "third": 0.6, "fourth": 0.6, "fifth": -40.0}
    drawn = charts.line_chart([(name, history(0.5, score)[1:]) for name, score in scores.items()])
    for svg in ElementTree.fromstring(f"<all>{drawn}</all>"):
        height = float(svg.get("height"))
        places = [float(mark.get("cy")) for mark in svg.iter("circle")]
        assert len(places) == 5
        assert all(0 < place < height for place in places)


def test_a_clock_time_stands_under_a_chart_once():
    points = [(NOW + timedelta(seconds=20 * index), index) for index in range(4)]
    words = re.findall(r'class="tick"[^>]*>(\d\d:\d\d)<', charts.line_chart([("A", points)], tz=UTC))
    assert words == ["09:00", "09:01"] * 2
