"""The report of a ladder that was really climbed."""

import time

import numpy as np
import pandas as pd
import pytest

from seodang.learn import fit, report
from seodang.learn.report import _asking
from seodang.learn.report._reading import Reading


@pytest.fixture(scope="module")
def ladder():
    rng = np.random.default_rng(0)
    n = 200
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=n),
            "city": rng.choice(["a", "b", None], n),
            "when": pd.date_range("2024-01-01", periods=n).astype(str),
            "price": 0.0,
        }
    )
    frame["price"] = 3 * frame["size"] + (frame["city"] == "a") + rng.normal(size=n)
    with fit(frame, "price", budget=20, families=["baseline", "linear"], workers=1, most_candidates=2) as climbed:
        yield climbed


def test_it_has_every_section_it_should(ladder):
    text = report.html(ladder, language="en", deadline_seconds=8)
    assert "could not be made" not in text
    for name in ("ladder", "timing", "residuals", "importance", "dependence", "worst", "columns", "method"):
        assert f'<section id="{name}"' in text


def test_a_row_is_predicted_by_the_model_that_has_not_seen_it(ladder):
    reading = Reading(ladder, time.monotonic() + 20)
    rows = np.arange(len(reading.y))
    found = _asking.held_out(reading)(reading.frame, rows)
    # The ensemble's own out-of-fold prediction has weights of its own in each fold; here they are the final ones.
    members = ladder.model_of().members
    expected = sum(weight * candidate.oof.astype(np.float64) for candidate, weight in members)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
