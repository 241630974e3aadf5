"""AUTOTEST lines on the site: the worker that checks a revision makes tests of them first, and stores the result.

Until then the revision cannot be handed out. Its templates, `autotests.yml`, are kept with the data files, so that
the next revision has them too, but neither students nor what they hand in get to see them.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.files.storage import default_storage
from django.db import transaction

from seodang.i18n import N_
from seodang.site.labs.errors import LabError, RevisionRefused
from seodang.site.labs.models import LabRevision, RevisionState
from seodang.site.labs.services import inputs
from seodang.site.labs.services._common import locked
from seodang.site.web import files

if TYPE_CHECKING:
    from seodang.grade.autotest_templates import Templates
    from seodang.grade.execute import Executor
    from seodang.grade.lab import Lab as GradeLab

FILE_NAME = "autotests.yml"


def with_tests(revision: LabRevision, executor: Executor) -> GradeLab:
    """The revision's lab; where it has AUTOTEST lines, with the tests made of them, which are stored.

    Raises:
        LabError: naming cell and line of what cannot become a test. ImageLacks, SandboxUnavailable.
    """
    from seodang.grade.autotest import completed, has_autotests
    from seodang.grade.errors import LabInvalid

    lab = inputs.read_lab(revision)
    if not has_autotests(lab):
        return lab
    try:
        made = completed(lab, executor, _templates(revision))
    except LabInvalid as invalid:
        raise LabError(
            N_("The tests of its AUTOTEST lines cannot be made: %(problems)s"),
            hint=N_("Mend these cells, then upload the notebook again."),
            code="autotest",
            problems=" ".join(problem.message for problem in invalid.problems)[:2000] or invalid.message,
        ) from None
    _store(revision, made)
    return inputs.read_lab(revision)


def require_made(revision: LabRevision) -> None:
    """Raises RevisionRefused where AUTOTEST lines are no tests yet: nobody could be marked by them."""
    from seodang.grade.autotest import has_autotests

    if has_autotests(inputs.read_lab(revision, with_data=False)):
        raise RevisionRefused(
            N_("This revision has AUTOTEST lines that did not become tests."),
            hint=N_("See what the check says of them, mend the notebook and upload it again."),
        )


def templates_beside(notebook: Path, root: Path) -> Path | None:
    """The templates that came in an upload: beside the notebook, else in a folder above it."""
    for folder in [notebook.parent, *notebook.parent.parents]:
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
        if folder == root:
            break
    return None


def _templates(revision: LabRevision) -> Templates:
    from seodang.grade.autotest_templates import MAX_BYTES, own_templates, read_templates

    row = revision.files.filter(name=FILE_NAME).first()
    if row is None:
        return own_templates()
    with default_storage.open(row.file, "rb") as file:
        return read_templates(file.read(MAX_BYTES + 1), origin=FILE_NAME)


def _store(revision: LabRevision, made: GradeLab) -> None:
    """The notebook with its tests takes the place of the one that was uploaded."""
    from seodang.grade.release import as_document, as_file
    from seodang.site.labs.services.making import questions_json

    before = [str(revision.source.name), str(revision.released.name)]
    with tempfile.TemporaryDirectory(prefix="seodang-autotest-") as folder, files.undone_on_failure() as stored:
        source, released = Path(folder) / "source.ipynb", Path(folder) / "released.ipynb"
        source.write_text(as_file(as_document(made.notebook)), encoding="utf-8")
        released.write_text(as_file(made.release()), encoding="utf-8")
        with transaction.atomic():
            locked(revision.lab)
            if not LabRevision.objects.filter(pk=revision.pk, state=RevisionState.CHECKING).exists():
                raise LabError(N_("This revision was checked by another worker meanwhile."), code="checked")
            stored.append(files.store(revision.source, source))
            stored.append(files.store(revision.released, released))
            revision.digest = made.digest
            revision.questions = questions_json(made)
            revision.packages = list(made.packages)
            revision.save(update_fields=["source", "released", "digest", "questions", "packages"])
            files.remove_after_commit(before)
