"""A lab's source as the toolkit reads it, out of storage.

Owns the wall around it: what is read here holds solutions and hidden tests, stays inside this process and worker
processes, and never becomes an answer of the site. Students get `LabRevision.released`, which was made of it.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.files.storage import default_storage

from seodang.site.labs.models import LabRevision

if TYPE_CHECKING:
    from seodang.grade.lab import Lab as GradeLab

MOST_KEPT = 16
_kept: OrderedDict[tuple[int, str, bool], GradeLab] = OrderedDict()
_lock = threading.Lock()


def read_lab(revision: LabRevision, *, with_data: bool = True) -> GradeLab:
    """The `grade.lab.Lab` of a revision; revisions never change, so each process reads one once.

    Args:
        with_data: its data files lie in a folder for executing; reading a student's notebook needs none.

    Raises:
        LabInvalid: it was readable when it came, so only a newer toolkit can refuse it.
    """
    key = (revision.pk, revision.digest, with_data)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = _read(revision, with_data)
    with _lock:
        _kept[key] = found
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found


def _read(revision: LabRevision, with_data: bool) -> GradeLab:
    from seodang.grade.lab import Lab as GradeLab

    with revision.source.open("rb") as file:
        source = file.read()
    # The bytes, never the path: beside it lie the sources of every other revision.
    folder = data_folder(revision) if with_data else None
    # AUTOTEST lines are there until the check makes tests of them; nothing is handed out before.
    return GradeLab.read(source, name=revision.source.name, data_dir=folder, autotests=True)


def data_folder(revision: LabRevision) -> Path:
    """A folder that holds the revision's data files under their own names; made once, kept in storage."""
    cache = _cache()
    target = cache / f"{revision.pk}-{revision.digest[:24]}"
    if target.is_dir():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".making-", dir=cache))
    try:
        for row in revision.files.all():
            place = made / row.name
            place.parent.mkdir(parents=True, exist_ok=True)
            with default_storage.open(row.file, "rb") as source, place.open("xb") as file:
                shutil.copyfileobj(source, file)
        made.chmod(0o755)
        with suppress(OSError):  # another process was first, and made the same
            made.rename(target)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return target


def _cache() -> Path:
    return Path(default_storage.path("cache")) / "labs"


def forget(revision_ids: list[int]) -> None:
    """Drop what is kept of revisions that are gone."""
    with _lock:
        for key in [key for key in _kept if key[0] in revision_ids]:
            del _kept[key]
    for pk in revision_ids:
        for folder in _cache().glob(f"{pk}-*"):
            shutil.rmtree(folder, ignore_errors=True)
