"""A ladder's model in a folder, and that folder as a model again.

    manifest.json                 what the model is: columns, types, labels, metric, weights, versions, files
    members/00-boosting/00/       one fold model of the first member:
        encoder/                  `Encoder.save`: JSON and plain arrays
        estimator/                `Family.save`: the family's own format

Owns the manifest, and a wall: `load` takes a folder from anywhere. It follows no link, takes no path from the
manifest, bounds every size before it reads (what a zip file unpacks to as well), unpickles nothing and imports
nothing that the folder names: families come from the registry, arrays are arrays. Not covered: a flaw in a
library's own reader of its native format (LightGBM's text, HDF5 in a .keras file), and a folder that somebody
changes while it is read.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import stat
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from seodang.errors import SeodangError
from seodang.i18n import N_
from seodang.learn.errors import ChoiceInvalid, ModelUnreadable
from seodang.learn.rungs import Said
from seodang.learn.task import Task

if TYPE_CHECKING:
    import pandas as pd

    from seodang.learn.climb.models import Predictor
    from seodang.learn.data.schema import Schema
    from seodang.learn.data.warn import Profile
    from seodang.learn.ladder import Ladder

VERSION = 1
MANIFEST = "manifest.json"
MEMBERS = "members"
MOST_MANIFEST_BYTES = 64 * 2**20
MOST_FILES = 20_000
MOST_FILE_BYTES = 4 * 2**30
MOST_BYTES = 16 * 2**30
MOST_DEPTH = 8
# Whose version may matter to a stored model; those that are installed are written down.
PACKAGES = (
    "seodang",
    "numpy",
    "pandas",
    "scikit-learn",
    "skops",
    "lightgbm",
    "catboost",
    "keras",
    "tensorflow-cpu",
    "tensorflow",
    "jax",
)
# Packages that read a family's models; the others matter to all.
_READERS = {"lightgbm": "boosting", "catboost": "catboost"}
_NETWORKS = ("keras", "tensorflow-cpu", "tensorflow", "jax")


class ModelWarning(UserWarning):
    """A saved model is asked about rows, or by versions, that it may not suit."""


# --- the manifest ----------------------------------------------------------------------------------------------


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class MemberEntry(_Strict):
    """One candidate of the model: its fold models lie in members/<index>-<family>/<fold>."""

    family: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    settings: dict[str, Any]
    stage: int | None
    weight: Annotated[float, Field(gt=0, le=1.0001)]
    n_folds: Annotated[int, Field(ge=1, le=1_000)]

    def folders(self, index: int) -> list[Path]:
        return [Path(MEMBERS, f"{index:02d}-{self.family}", f"{fold:02d}") for fold in range(self.n_folds)]


class Manifest(_Strict):
    format: Literal["seodang model"]
    version: int
    made: str
    versions: dict[str, str]
    metric: str
    task: Task
    rung: str
    score: float | None
    ci_low: float | None
    ci_high: float | None
    seed: int
    budget_seconds: float
    temperature: Annotated[float, Field(gt=0, le=1_000)]
    members: Annotated[list[MemberEntry], Field(min_length=1, max_length=500)]
    columns: dict[str, Any]  # `Schema.as_json`
    profile: dict[str, Any]  # `Profile.as_json`
    rungs: list[dict[str, Any]]
    files: Annotated[dict[str, int], Field(max_length=MOST_FILES)]


# --- writing ---------------------------------------------------------------------------------------------------


def save(ladder: Ladder, folder: str | os.PathLike[str], rung: str | None = None) -> Path:
    """Write the model of a rung, the best by default, into a folder; returns it.

    A folder that holds a saved model is replaced as a whole; any other that is not empty is refused.

    Raises:
        ChoiceInvalid: the folder cannot be used, or there is no such rung.
    """
    target = Path(folder).absolute()
    check_destination(target)
    model = ladder.model_of(rung)
    chosen = ladder.best if rung is None else next(one for one in ladder.rungs if one.name == rung)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        new = Path(scratch) / "new"
        new.mkdir()
        members = []
        copier = _Copier()
        for index, (candidate, weight) in enumerate(model.members):
            entry = MemberEntry(
                family=candidate.family,
                settings=dict(candidate.settings),
                stage=candidate.stage,
                weight=weight,
                n_folds=len(candidate.models),
            )
            for source, place in zip(candidate.models, entry.folders(index), strict=True):
                copier.copy(source, new / place)
            members.append(entry)
        manifest = _manifest(ladder, chosen, members, model.temperature, _sizes(new))
        (new / MANIFEST).write_text(manifest, encoding="utf-8")
        if target.exists():
            target.rename(Path(scratch) / "old")
        new.rename(target)
    return target


def check_destination(folder: str | os.PathLike[str]) -> None:
    """
    Raises:
        ChoiceInvalid: a model cannot be saved there.
    """
    path = Path(folder)
    hint = N_("Name a folder that does not exist yet, or one that holds a saved model, which is then replaced.")
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise ChoiceInvalid(
            N_("“%(name)s” is not a folder, so that no model is saved there."), hint=hint, name=path
        )
    if path.is_dir() and any(path.iterdir()) and not _holds_a_model(path):
        raise ChoiceInvalid(
            N_("The folder “%(name)s” holds other files; they are left as they are, and no model is saved there."),
            hint=hint,
            name=path,
        )
    parent = next(one for one in (path.absolute().parent, *path.absolute().parents) if one.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise ChoiceInvalid(N_("“%(name)s” cannot be written to."), hint=N_("Name another folder."), name=parent)


def _holds_a_model(folder: Path) -> bool:
    try:
        return bool(_read_json(folder / MANIFEST).get("format") == "seodang model")
    except (ModelUnreadable, AttributeError):
        return False


class _Copier:
    """Copies folders; a file that was copied before (fold models of one view share their encoder) is linked to its
    copy. Never to the original: two saved models must not change together."""

    def __init__(self) -> None:
        self._copies: dict[tuple[int, int], str] = {}

    def copy(self, source: Path, target: Path) -> None:
        shutil.copytree(source, target, copy_function=self._copy_file)

    def _copy_file(self, here: str, there: str) -> str:
        about = Path(here).stat()
        key = (about.st_dev, about.st_ino)
        try:
            os.link(self._copies[key], there)
        except (KeyError, OSError):
            shutil.copyfile(here, there)
            self._copies[key] = there
        return there


def _sizes(folder: Path) -> dict[str, int]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in found}


def _manifest(
    ladder: Ladder, chosen: Any, members: list[MemberEntry], temperature: float, files: dict[str, int]
) -> str:
    from seodang.learn.data.warn import profile_of

    def finite(value: float | None) -> float | None:
        return value if value is not None and np.isfinite(value) else None

    manifest = Manifest(
        format="seodang model",
        version=VERSION,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=installed_versions(),
        metric=ladder.metric,
        task=ladder.task,
        rung=chosen.name,
        score=finite(chosen.score),
        ci_low=finite(chosen.ci_low),
        ci_high=finite(chosen.ci_high),
        seed=ladder.seed,
        budget_seconds=ladder.budget,
        temperature=temperature,
        members=members,
        columns=ladder.schema.as_json(),
        profile=profile_of(ladder.prepared).as_json(),
        rungs=ladder.as_json()["rungs"],
        files=files,
    )
    return json.dumps(manifest.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n"


def installed_versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


# --- reading ---------------------------------------------------------------------------------------------------


def load(folder: str | os.PathLike[str]) -> SavedModel:
    """The model that `save` wrote.

    Raises:
        ModelUnreadable: the folder holds no saved model, a damaged one, or one that is not to be trusted.
    """
    path = Path(folder).absolute()
    if not path.is_dir():
        raise ModelUnreadable(
            N_("There is no folder “%(name)s”."),
            hint=N_("Name a folder that “%(command)s” wrote."),
            name=str(folder),
            command="seodang fit … --save DIR",
        )
    manifest = _read_manifest(path)
    _check_files(path, manifest)
    return SavedModel(path, manifest, *_columns_of(manifest))


def _read_manifest(folder: Path) -> Manifest:
    found = _read_json(folder / MANIFEST)
    if not isinstance(found, dict) or found.get("format") != "seodang model":
        raise _no_model(folder)
    version = found.get("version")
    if version != VERSION:
        raise ModelUnreadable(
            N_("The model in “%(name)s” is of format %(found)s; this version of seodang reads format %(known)s."),
            hint=N_("Use the version of seodang that saved it: %(made_by)s."),
            name=folder.name,
            found=_short(version),
            known=VERSION,
            made_by=_short(_made_by(found)),
        )
    try:
        return Manifest.model_validate(found)
    except (ValidationError, RecursionError) as error:
        raise _damaged(folder, _first_problem(error)) from None


def _made_by(found: Mapping[str, Any]) -> Any:
    versions = found.get("versions")
    return versions.get("seodang", "?") if isinstance(versions, dict) else "?"


def _first_problem(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return type(error).__name__
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return _short(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")


def _read_json(path: Path) -> Any:
    """
    Raises:
        ModelUnreadable: not there, a link, too large, or no JSON.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        raise _no_model(path.parent) from None
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise _no_model(path.parent)
        if about.st_size > MOST_MANIFEST_BYTES:
            raise _damaged(path.parent, f"{MANIFEST}: {about.st_size} bytes")
        try:
            return json.loads(file.read(MOST_MANIFEST_BYTES))
        except (ValueError, RecursionError) as error:
            raise _damaged(path.parent, f"{MANIFEST}: {_short(error)}") from None


def _columns_of(manifest: Manifest) -> tuple[Schema, Profile]:
    from seodang.learn.data.schema import Schema
    from seodang.learn.data.warn import Profile
    from seodang.learn.families import FAMILIES
    from seodang.score.metrics import METRICS

    try:
        # Why columns were left out is a sentence with places, which a stranger may have written: it is not taken.
        schema = Schema.from_json({**manifest.columns, "dropped": {}})
        profile = Profile.from_json(manifest.profile)
        _check_schema(schema, manifest)
        METRICS.get(manifest.metric)
        for member in manifest.members:
            FAMILIES.get(member.family)
    except SeodangError as error:
        raise ModelUnreadable(
            N_("The model in this folder needs what is not here: %(why)s"),
            hint=N_("Install what it was saved with."),
            why=str(error),
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _damaged(Path(MANIFEST), _short(f"{type(error).__name__} {error}")) from error
    return schema, profile


def _check_schema(schema: Schema, manifest: Manifest) -> None:
    names = schema.names
    n_labels = len(schema.labels)
    shape = schema.picture_shape
    holds = {
        "columns": all(isinstance(name, str) for name in names) and len(set(names)) == len(names),
        "task": schema.task is manifest.task,
        "labels": len(set(schema.labels)) == n_labels
        and (n_labels == 0 if schema.task is Task.REGRESSION else n_labels == 2 or schema.task is Task.CLASSES),
        "picture_shape": shape is None or all(1 <= side <= 8_192 for side in shape),
        "weights": abs(sum(member.weight for member in manifest.members) - 1) < 1e-3,
    }
    for name, is_so in holds.items():
        if not is_so:
            raise ValueError(name)


def _check_files(folder: Path, manifest: Manifest) -> None:
    """Every file that the manifest names is there in its size, nothing else stands beside them, nothing is a link,
    nothing unpacks to more than is allowed."""
    found: dict[str, int] = {}
    total = 0
    for entry, place in _walk(folder / MEMBERS, MEMBERS):
        about = entry.stat(follow_symlinks=False)
        if not stat.S_ISREG(about.st_mode):
            raise _damaged(folder, f"{_short(place)}: {_kind(about.st_mode)}")
        if about.st_size > MOST_FILE_BYTES or len(found) >= MOST_FILES:
            raise _damaged(folder, f"{_short(place)}: {about.st_size} bytes")
        found[place] = about.st_size
        total += max(about.st_size, _unpacked_bytes(folder, place))
        if total > MOST_BYTES:
            raise _damaged(folder, f"> {MOST_BYTES // 2**30} GiB")
    wrong = [name for name in sorted({*found, *manifest.files}) if found.get(name) != manifest.files.get(name)]
    if wrong:
        raise ModelUnreadable(
            N_("The model in “%(name)s” is not whole: “%(file)s” is missing, cut off, or does not belong to it."),
            hint=N_("Copy the folder again, or save the model again."),
            name=folder.name,
            file=_short(wrong[0]),
        )
    needed = [place for index, member in enumerate(manifest.members) for place in member.folders(index)]
    for member in needed:
        for part in ("encoder", "estimator"):
            if not (folder / member / part).is_dir():
                raise _damaged(folder, f"{(member / part).as_posix()}: –")


def _walk(folder: Path, place: str, depth: int = 0) -> Iterator[tuple[os.DirEntry[str], str]]:
    if depth > MOST_DEPTH:
        raise _damaged(folder, _short(place))
    if folder.is_symlink() or not folder.is_dir():
        raise _damaged(folder.parent, f"{_short(place)}: –")
    with os.scandir(folder) as entries:
        for entry in entries:
            inner = f"{place}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path), inner, depth + 1)
            else:
                yield entry, inner


def _kind(mode: int) -> str:
    return "link" if stat.S_ISLNK(mode) else "no plain file"


def _unpacked_bytes(folder: Path, place: str) -> int:
    """What a zip file says it unpacks to (its reader stops there); 0 for any other file."""
    path = folder / place
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            return 0
    try:
        with zipfile.ZipFile(path) as packed:
            members = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _damaged(folder, f"{_short(place)}: {_short(error)}") from None
    if len(members) > MOST_FILES:
        raise _damaged(folder, f"{_short(place)}: {len(members)} files")
    return sum(member.file_size for member in members)


def _no_model(folder: Path) -> ModelUnreadable:
    return ModelUnreadable(
        N_("The folder “%(name)s” holds no saved model: it has no %(file)s of one."),
        hint=N_("Name a folder that “%(command)s” wrote."),
        name=folder.name,
        file=MANIFEST,
        command="seodang fit … --save DIR",
    )


def _damaged(folder: Path, why: str) -> ModelUnreadable:
    return ModelUnreadable(
        N_("The model in “%(name)s” is damaged or is not what seodang writes (%(why)s)."),
        hint=N_("Save the model again."),
        name=folder.name,
        why=why,
    )


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return text if len(text) <= 160 else text[:159] + "…"


# --- the model -------------------------------------------------------------------------------------------------


@dataclass
class SavedModel:
    """A model that predicts as its ladder did.

    manifest: all that is known of it. schema: its columns. profile: how the training rows were distributed.
    """

    folder: Path
    manifest: Manifest
    schema: Schema
    profile: Profile

    def __post_init__(self) -> None:
        self._made_predictor: Predictor | None = None

    def __repr__(self) -> str:
        return f"<SavedModel {self.rung} of “{self.schema.target}”, {self.metric}>"

    @property
    def metric(self) -> str:
        return self.manifest.metric

    @property
    def task(self) -> Task:
        return self.manifest.task

    @property
    def labels(self) -> tuple[str, ...]:
        return self.schema.labels

    @property
    def rung(self) -> str:
        return self.manifest.rung

    def predict(self, table: Any, *, warn: bool = True) -> pd.DataFrame:
        """Predictions of new rows in their order: a column `prediction`, and for classes `p(<label>)` each.

        Args:
            table: a path, a frame, an array; for pictures a folder, paths or an array. Columns that the model does
                not know are ignored.
            warn: say through `warnings` (ModelWarning) where the rows are distributed otherwise than in training
                and where installed versions differ; `remarks` gives the same sentences.

        Raises:
            FrameRefused: columns are missing; they are named.
            ModelUnreadable: a file of the model does not hold what it should.
        """
        rows = self.read(table)
        if warn:
            for said in self.remarks(rows):
                warnings.warn(str(said), ModelWarning, stacklevel=2)
        from seodang.learn.ladder import as_frame

        return as_frame(self.predict_rows(self.canonical(rows)), self.schema)

    def read(self, table: Any) -> Any:
        """A frame of raw values, or `Pictures`."""
        if self.schema.picture_shape is not None:
            from seodang.learn.data.images import pictures_for

            return pictures_for(self.schema, table)
        from seodang.learn.data.read import read_frame

        return read_frame(table)

    def canonical(self, rows: Any) -> Any:
        return rows if self.schema.picture_shape is not None else self.schema.canonical(rows)

    def predict_rows(self, X: Any) -> NDArray[np.float64]:
        """(n,) values or (n, n_classes) probabilities of canonical rows."""
        try:
            predicted = self._predictor.predict(X)
        except (SeodangError, MemoryError):
            raise
        except Exception as error:
            raise _damaged(self.folder, _short(f"{type(error).__name__}: {error}")) from error
        expected = (len(X), len(self.labels)) if self.task.has_classes else (len(X),)
        if predicted.shape != expected:
            raise _damaged(self.folder, f"{predicted.shape} ≠ {expected}")
        return predicted

    def remarks(self, rows: Any) -> list[Said]:
        """What may make predictions of these rows (from `read`) worse than the score promised."""
        from seodang.learn.data.warn import drift

        found = self.version_remarks()
        if self.schema.picture_shape is None:
            self.schema.canonical(rows.head(0))  # missing columns are refused before anything is said of others
            try:
                found += drift(self.schema, self.profile, rows)
            except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
                raise _damaged(self.folder, _short(f"profile: {type(error).__name__} {error}")) from error
        return found

    def version_remarks(self) -> list[Said]:
        here = installed_versions()
        families = {member.family for member in self.manifest.members}
        differ = [
            f"{name} {_short(then)} → {here.get(name, '–')}"
            for name, then in sorted(self.manifest.versions.items())
            if _matters(name, families) and _release(then) != _release(here.get(name, ""))
        ]
        if not differ:
            return []
        sentence = N_("The model was saved with other versions than are installed: %(versions)s.")
        return [Said("versions", sentence, {"versions": ", ".join(differ[:8])})]

    @property
    def _predictor(self) -> Predictor:
        if self._made_predictor is None:
            from seodang.learn.climb.models import Member, Predictor
            from seodang.score.metrics import METRICS

            members = [
                Member(entry.family, tuple(self.folder / place for place in entry.folders(index)), entry.weight)
                for index, entry in enumerate(self.manifest.members)
            ]
            limits = METRICS.get(self.metric).prediction_limits
            self._made_predictor = Predictor(self.schema, members, self.manifest.temperature, limits)
        return self._made_predictor


def _matters(package: str, families: set[str]) -> bool:
    from seodang.learn.families import FAMILIES

    if package in _NETWORKS:
        return package == "keras" and any(FAMILIES.get(name).needs_keras for name in families)
    return package not in _READERS or _READERS[package] in families


def _release(version: str) -> tuple[str, ...]:
    """Major and minor: what may change a stored model's reading."""
    return tuple(version.split(".")[:2])


__all__ = ["ModelWarning", "SavedModel", "check_destination", "load", "save"]
