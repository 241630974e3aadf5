"""A later frame in the form of the first."""

import json

import numpy as np
import pandas as pd
import pytest

from seodang.learn.data.prepare import prepare
from seodang.learn.data.schema import Schema
from seodang.learn.errors import FrameRefused

FRAME = pd.DataFrame(
    {
        "size": [str(i) for i in range(40)],
        "town": ["Busan", "Seoul", None, " Jeju "] * 10,
        "old": ["yes", "no"] * 20,
        "day": ["2026-01-01", "2026-02-01"] * 20,
        "id": [f"r{i}" for i in range(40)],
        "y": ["a", "b", "c", "b"] * 10,
    }
)


@pytest.fixture
def schema():
    found = prepare(FRAME.assign(size=[f"{i}.5" for i in range(40)]), "y").schema
    return Schema.from_json(json.loads(json.dumps(found.as_json())))


def test_a_schema_survives_json(schema):
    assert schema == Schema.from_json(schema.as_json())
    assert schema.names == ["size", "town", "old", "day"]
    assert schema.dropped["id"].code == "id"


def test_columns_come_in_order_and_in_their_types_whatever_the_frame_holds(schema):
    later = pd.DataFrame(
        {
            "day": ["2026-01-02", "soon"],
            "old": [True, False],
            "town": ["Seoul ", "NA"],
            "size": [3, None],
            "more": 1,
        }
    )
    found = schema.canonical(later)
    assert list(found.columns) == ["size", "town", "old", "day"]
    assert found["size"].dtype == found["old"].dtype == found["day"].dtype == np.float64
    assert found["town"].tolist() == ["Seoul", None]
    assert found["old"].tolist() == [1.0, 0.0]
    assert np.isnan(found["day"][1])
    assert np.isnan(found["size"][1])


def test_text_where_a_number_belongs_is_missing(schema):
    assert np.isnan(schema.canonical(FRAME.assign(size="big"))["size"]).all()


def test_missing_columns_are_named(schema):
    with pytest.raises(FrameRefused, match=r"lacks 2 of the columns.*“town”, “day”"):
        schema.canonical(FRAME[["size", "old"]])


def test_the_target_of_later_rows_is_coded_and_unknown_labels_are_marked(schema):
    assert schema.target_of(pd.DataFrame({"y": ["b", "z", None, "a"]})).tolist() == [1, -1, -1, 0]
    assert schema.target_of(pd.DataFrame({"x": [1]})) is None
