"""The reference page of metrics says what the docstrings say."""

from scripts.metrics_page import PAGE, page


def test_reference_page_does_not_lag_behind_the_docstrings() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python scripts/metrics_page.py"
