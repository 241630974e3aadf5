"""For every test."""

from __future__ import annotations

from hypothesis import settings as hypothesis_settings

# Tests assert behaviour, never time: a busy machine fails none of them.
hypothesis_settings.register_profile("seodang", deadline=None)
hypothesis_settings.load_profile("seodang")


def pytest_configure(config):
    """Test clients serve no static files: looking for all of them would cost each client more than its test.

    `tests/site/web/test_assets.py` and the journeys ask for them where they are served for real.
    """
    from django.conf import settings

    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "servestatic" not in name]
