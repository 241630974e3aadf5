"""For every test of learn."""

from __future__ import annotations

import pytest

from seodang import i18n


@pytest.fixture(autouse=True)
def _language_of_the_environment(monkeypatch):
    """A test of the site, earlier in the same process, leaves its reader's language behind."""
    monkeypatch.setattr(i18n, "_language_source", i18n.language_of_environment)
