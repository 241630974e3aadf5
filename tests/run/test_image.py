"""What may be seen of the machine: an allow-list, with holes where something must stay hidden."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.run.conftest import tell

import seodang
from seodang.run.errors import SandboxUnavailable
from seodang.run.image import local_image

PACKAGE = Path(seodang.__file__).parent


def test_no_home_and_no_temporary_folder_is_shown():
    shown = local_image().readonly
    for private in (Path.home(), Path("/tmp"), Path("/var"), Path("/etc"), Path("/")):
        assert private not in shown
        assert not any(private.is_relative_to(path) for path in shown)


def test_storage_beneath_something_shown_is_covered(monkeypatch, tmp_path):
    inner = Path(sys.prefix, "lib")
    assert inner.resolve() not in local_image().covered
    monkeypatch.setenv("SEODANG_STORAGE", str(PACKAGE / "score"))
    assert (PACKAGE / "score").resolve() in local_image().covered
    monkeypatch.setenv("SEODANG_STORAGE", str(tmp_path))
    assert tmp_path.resolve() not in local_image().covered


@pytest.mark.parametrize("needed", [Path(sys.prefix), PACKAGE, PACKAGE / "run"])
def test_hiding_what_a_run_needs_is_refused(needed):
    with pytest.raises(SandboxUnavailable, match="must be hidden"):
        local_image((needed,))


def test_a_child_sees_nothing_of_the_site_and_of_what_is_hidden(bubblewrap, limits):
    from tests.run.conftest import PROBE

    from seodang.run.zygote import Zygote

    zygote = Zygote(sandbox=bubblewrap, entry=PROBE, hidden=[PACKAGE / "score"])
    with zygote, zygote.spawn(limits=limits) as child:
        source = (
            f"import os; answer = [os.listdir(os.path.join({str(PACKAGE)!r}, n)) for n in ('site', 'score', 'cli')]"
        )
        assert tell(child, source) == {"answer": [[], [], []]}
