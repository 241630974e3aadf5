from __future__ import annotations

from pathlib import Path

import pytest
from sklearn.naive_bayes import GaussianNB
from skops.io import dump

from seodang.learn.errors import ModelUnreadable
from seodang.learn.families import _skops


def test_object_of_an_untrusted_kind_is_refused(tmp_path: Path) -> None:
    dump({"model": GaussianNB(), "function": pytest.raises}, tmp_path / _skops.FILE)
    with pytest.raises(ModelUnreadable):
        _skops.load(tmp_path)


def test_broken_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / _skops.FILE).write_bytes(b"not a zip file")
    with pytest.raises(ModelUnreadable):
        _skops.load(tmp_path)
