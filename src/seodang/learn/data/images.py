"""A folder of pictures as arrays of one size, and how estimators see them.

Owns: which files are pictures and of which class, one size and one number of channels for all, memory, and what is
said of pictures that cannot be read. Pillow decodes; no file is trusted: a picture of too many pixels, or one that
is cut off, is named and skipped.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seodang.i18n import N_
from seodang.learn.data._target import Target, read_target
from seodang.learn.data.prepare import Prepared, n_train_of
from seodang.learn.data.schema import Schema
from seodang.learn.errors import ModelUnreadable, TableUnusable
from seodang.learn.rungs import Said
from seodang.learn.task import Facts, Feature, Task, View

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = NDArray[np.uint8]

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"})
TABLES = frozenset({".csv", ".tsv", ".parquet"})
# The longer side of a picture in memory, and the bytes of all of them.
MOST_SIDE = 64
MOST_BYTES = 2**29
MOST_PIXELS = 2**26
FEWEST_PICTURES = 4
# More unreadable pictures than this share, and the folder is refused.
MOST_UNREADABLE = 0.2
NAMED = 5
TARGET = "class"
# Pictures of other proportions than this factor are filled up, not stretched.
STRETCH = 1.2
# The longer side in View.MATRIX.
MATRIX_SIDE = 16


@dataclass(frozen=True, eq=False)
class Pictures:
    """pictures: uint8 (n, height, width, channels). names: where each came from, below the folder."""

    pictures: Pixels
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.pictures.shape

    def take(self, rows: NDArray[Any]) -> Pictures:
        return Pictures(self.pictures[rows], tuple(self.names[int(row)] for row in rows) if self.names else ())


@dataclass(frozen=True, eq=False)
class PicturesRead:
    """What a folder held. labels: text (n,), the name of the class folder or the value of the table."""

    pictures: Pictures
    labels: NDArray[Any]
    target: str
    notes: tuple[Said, ...] = ()


def is_image_folder(path: str | Path) -> bool:
    """Whether a path is a folder that holds pictures, in itself or one folder below."""
    path = Path(path)
    return path.is_dir() and next(_files(path), None) is not None


def read_images(
    folder: str | Path, size: int | None = None, *, target: str | None = None, most_bytes: int = MOST_BYTES
) -> PicturesRead:
    """Class folders with pictures, or a folder of pictures with one table that names them.

    Args:
        size: the longer side in pixels; by default that of the median picture, 64 at most.
        target: the table's column of classes or numbers; not needed where it has two columns, or class folders are.

    Raises:
        TableUnusable: no pictures, one class, too many unreadable pictures, no table.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise TableUnusable(N_("There is no folder “%(name)s”."), name=folder.name)
    classes = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith((".", "__")))
    classes = [p for p in classes if next(_files(p), None) is not None]
    if classes:
        files = [(file, label.name) for label in classes for file in sorted(_files(label))]
        name = target or TARGET
        if len(classes) == 1:
            raise TableUnusable(
                N_("The folder “%(folder)s” holds one class only, “%(label)s”."),
                hint=N_("Put the pictures of each class into a folder of its own, two at least."),
                folder=folder.name,
                label=classes[0].name,
            )
    else:
        files, name = _files_of_table(folder, target)
    return _read(folder, files, name, size, most_bytes)


def prepare_images(
    folder: str | Path,
    *,
    target: str | None = None,
    task: Task | str | None = None,
    metric: str | None = None,
    size: int | None = None,
) -> Prepared:
    """A folder of pictures as a climb needs it: `X` is `Pictures`, `schema.picture_shape` is set.

    Raises:
        TableUnusable, TargetInvalid, ChoiceInvalid
    """
    import pandas as pd

    found = read_images(folder, size, target=target)
    # Class folders are classes, even where they are called 1 … 40; a table's column is judged.
    wanted = Task(task) if task is not None else (Task.CLASSES if found.target == TARGET else None)
    aim: Target = read_target(pd.Series(found.labels, dtype=object), found.target, task=wanted, metric=metric)
    rows = np.flatnonzero(aim.given)
    y = aim.y[rows]
    aim.check(y)
    pictures = found.pictures if len(rows) == len(found.labels) else found.pictures.take(rows)
    height, width, channels = pictures.pictures.shape[1:]
    schema = Schema((), found.target, aim.task, aim.labels, picture_shape=(height, width, channels))
    facts = Facts(
        task=aim.task,
        n_rows=len(rows),
        n_train=n_train_of(len(rows)),
        n_columns=height * width * channels,
        n_classes=len(aim.labels),
        image_shape=(height, width, channels),
        metric=aim.metric,
    )
    return Prepared(schema, pictures, y, facts, aim.metric, rows, notes=(*aim.notes, *found.notes))


def pictures_for(schema: Schema, source: str | Path | Sequence[Path] | Pixels | Pictures) -> Pictures:
    """Later pictures in the size and channels that a schema asks for: a folder (class folders or none), paths, or
    arrays (n, height, width[, channels]).

    Raises:
        TableUnusable: no pictures, or one that cannot be read; it is named.
    """
    if schema.picture_shape is None:
        raise ValueError("the schema is of a table, not of pictures")
    height, width, channels = schema.picture_shape
    if isinstance(source, Pictures):
        source = source.pictures
    if isinstance(source, np.ndarray):
        return Pictures(np.stack([_fitted(_from_array(a), height, width, channels) for a in source]))
    if isinstance(source, str | Path):
        root = Path(source)
        paths = [root] if root.is_file() else sorted(_files(root))
    else:
        root, paths = Path(os.path.commonpath([str(p.parent) for p in source] or ["."])), list(source)
    if not paths:
        raise _no_pictures(root)
    done = _decode(paths, height, width, channels)
    broken = [path for path, pixels in zip(paths, done, strict=True) if pixels is None]
    if broken:
        raise TableUnusable(
            N_("%(count)s pictures cannot be read: %(names)s."),
            hint=N_("Take them out of the folder, or save them anew as PNG or JPEG."),
            count=len(broken),
            names=_names(root, broken),
        )
    return Pictures(np.stack([p for p in done if p is not None]), tuple(_below(root, p) for p in paths))


# --- files ---------------------------------------------------------------------------------------------------


def _files(folder: Path, depth: int = 4) -> Iterator[Path]:
    """Pictures below a folder by their suffix; hidden files and linked folders are passed over."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "__")):
            continue
        if path.is_dir() and not path.is_symlink() and depth > 0:
            yield from _files(path, depth - 1)
        elif path.suffix.lower() in SUFFIXES and path.is_file():
            yield path


def _files_of_table(folder: Path, target: str | None) -> tuple[list[tuple[Path, str]], str]:
    """Pictures and the values that a table beside them gives."""
    from seodang.learn.data import _cells
    from seodang.learn.data.read import read_frame

    at_hand = {path.name: path for path in _files(folder, depth=0)}
    tables = sorted(p for p in folder.iterdir() if p.suffix.lower() in TABLES and not p.name.startswith("."))
    if not at_hand:
        raise _no_pictures(folder)
    if len(tables) != 1:
        raise TableUnusable(
            N_("The folder “%(folder)s” has pictures without class folders, and %(count)s tables."),
            hint=N_(
                "Put the pictures of each class into a folder of its own, or add one CSV with file name and class."
            ),
            folder=folder.name,
            count=len(tables),
        )
    frame = read_frame(tables[0])
    by_stem = {path.stem: path for path in at_hand.values()}
    columns = {name: [Path(w).name if w else "" for w in _cells.texts(frame[name]).to_pylist()] for name in frame}
    hits = {name: sum(w in at_hand or w in by_stem for w in words) for name, words in columns.items()}
    files_column = max(hits, key=lambda name: hits[name])
    others = [name for name in frame.columns if name != files_column]
    if (
        not hits[files_column]
        or not others
        or (target is None and len(others) > 1)
        or (target and target not in others)
    ):
        raise TableUnusable(
            N_("The table “%(table)s” does not say which picture is of which class; its columns: %(names)s."),
            hint=N_("Give it a column of file names and name the column of classes as the target."),
            table=tables[0].name,
            names=", ".join(map(str, frame.columns[:20])),
        )
    target = target or str(others[0])
    values = _cells.texts(frame[target]).to_pylist()
    found = [
        (at_hand.get(word) or by_stem[word], value)
        for word, value in zip(columns[files_column], values, strict=True)
        if word in at_hand or word in by_stem
    ]
    return found, target


# --- pixels --------------------------------------------------------------------------------------------------


def _read(
    folder: Path, files: list[tuple[Path, str]], target: str, size: int | None, most_bytes: int
) -> PicturesRead:
    shapes = [_shape(path) for path, _label in files]
    known = np.array([shape for shape in shapes if shape is not None])
    if not len(known):
        raise _unreadable(folder, [path for path, _ in files], len(files))
    channels = 3 if known[:, 2].any() else 1
    median = np.median(known[:, :2], axis=0)
    side = min(MOST_SIDE, float(median.max())) if size is None else float(size)
    notes: list[Said] = []
    most_side = float(np.sqrt(most_bytes / (len(files) * channels) * median.max() / median.min()))
    if side > max(8.0, most_side):
        side = max(8.0, most_side)
        notes.append(
            Said(
                "pictures_shrunk",
                N_("The pictures are shrunk to %(side)s pixels to keep within memory."),
                {"side": int(side)},
            )
        )
    height, width = (max(1, int(v)) for v in np.maximum(1, np.rint(median * side / median.max())))
    done = _decode([path for path, _label in files], height, width, channels)
    broken = [path for (path, _), pixels in zip(files, done, strict=True) if pixels is None]
    if len(broken) > MOST_UNREADABLE * len(files):
        raise _unreadable(folder, broken, len(files))
    if broken:
        notes.append(
            Said(
                "pictures_unreadable",
                N_("%(count)s pictures cannot be read and are left out: %(names)s."),
                {"count": len(broken), "names": _names(folder, broken)},
            )
        )
    kept = [(path, label, p) for (path, label), p in zip(files, done, strict=True) if p is not None]
    if len(kept) < FEWEST_PICTURES:
        raise TableUnusable(
            N_("The folder “%(folder)s” holds %(found)s pictures; at least %(needed)s are needed."),
            hint=N_("Give more pictures of each class."),
            folder=folder.name,
            found=len(kept),
            needed=FEWEST_PICTURES,
        )
    notes.insert(0, _said_size(len(kept), height, width, channels, known))
    return PicturesRead(
        Pictures(np.stack([p for _, _, p in kept]), tuple(_below(folder, path) for path, _, _ in kept)),
        np.array([label for _, label, _ in kept], dtype=object),
        target,
        tuple(notes),
    )


def _said_size(n: int, height: int, width: int, channels: int, known: NDArray[Any]) -> Said:
    one_size = (known[:, :2] == known[0, :2]).all()
    sentence = (
        N_("%(n)s pictures of %(from)s pixels, taken as %(height)s × %(width)s in %(channels)s channels.")
        if one_size
        else N_("%(n)s pictures of several sizes, taken as %(height)s × %(width)s in %(channels)s channels.")
    )
    params = {"n": n, "height": height, "width": width, "channels": channels}
    return Said("pictures", sentence, {**params, "from": f"{known[0, 0]} × {known[0, 1]}"})


def _shape(path: Path) -> tuple[int, int, int] | None:
    """(height, width, whether coloured) by the file's head; None where it has none."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return None
                turned = picture.getexif().get(0x0112, 1) in (5, 6, 7, 8)
                height, width = (picture.width, picture.height) if turned else (picture.height, picture.width)
                return height, width, int(picture.mode not in ("1", "L", "LA", "I", "F", "I;16", "I;16B"))
    except Exception:  # whatever a decoder makes of a stranger's bytes
        return None


def _decode(paths: Sequence[Path], height: int, width: int, channels: int) -> list[Pixels | None]:
    n_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(lambda path: _decoded(path, height, width, channels), paths))


def _decoded(path: Path, height: int, width: int, channels: int) -> Pixels | None:
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return None
                picture.draft("RGB" if channels == 3 else "L", (2 * max(width, height), 2 * max(width, height)))
                picture.load()
                return _fitted(ImageOps.exif_transpose(picture), height, width, channels)
    except Exception:  # whatever a decoder makes of a stranger's bytes
        return None


def _fitted(picture: Image, height: int, width: int, channels: int) -> Pixels:
    from PIL import Image, ImageOps

    picture = _eight_bits(picture)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(ground, picture)
    picture = picture.convert("RGB" if channels == 3 else "L")
    ratio = (picture.width / picture.height) / (width / height)
    if picture.size == (width, height):
        fitted = picture
    elif 1 / STRETCH <= ratio <= STRETCH:
        fitted = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    else:
        mean = picture.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
        fitted = ImageOps.pad(picture, (width, height), Image.Resampling.LANCZOS, color=mean)  # type: ignore[arg-type]
    return np.asarray(fitted, dtype=np.uint8).reshape(height, width, channels)


def _eight_bits(picture: Image) -> Image:
    """Pictures of 16 or 32 bits a pixel, whose values Pillow would cut off at 255."""
    from PIL import Image

    if picture.mode not in ("I", "F", "I;16", "I;16B", "I;16L"):
        return picture
    values = np.asarray(picture, dtype=np.float64)
    top = 65_535 if picture.mode.startswith("I") and values.max() > 255 else max(255.0, values.max())
    return Image.fromarray(np.clip(values * (255 / top), 0, 255).astype(np.uint8))


def _from_array(values: NDArray[Any]) -> Image:
    from PIL import Image

    values = np.asarray(values)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


# --- how estimators see them ---------------------------------------------------------------------------------


class ImageEncoder:
    """PICTURES: uint8 as they are. MATRIX and CODES: shrunk so that the longer side is 16 pixels, float32 in
    [0, 1], flattened: (n, h·w·c). Nothing is learnt from the rows."""

    def __init__(self, schema: Schema, view: View, seed: int = 0) -> None:
        self.schema = schema
        self.view = View(view)
        self.seed = seed

    def fit(self, X: Pictures, y: NDArray[Any]) -> ImageEncoder:
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: Pictures, y: NDArray[Any]) -> NDArray[Any]:
        self.features_ = self._features()
        return self.transform(X)

    def transform(self, X: Pictures) -> NDArray[Any]:
        """uint8 (n, height, width, channels), or float32 (n, p)."""
        return X.pictures if self.view is View.PICTURES else shrunk(X.pictures, MATRIX_SIDE)

    def _features(self) -> list[Feature]:
        if self.schema.picture_shape is None:
            raise ValueError("the schema is of a table, not of pictures")
        height, width, channels = self.schema.picture_shape
        if self.view is not View.PICTURES:
            height, width = _shrunk_shape(height, width, MATRIX_SIDE)
        return [
            Feature(f"pixel {i},{j},{k}", "") for i in range(height) for j in range(width) for k in range(channels)
        ]

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        about = {"schema": self.schema.as_json(), "view": str(self.view), "seed": self.seed, "pictures": True}
        (folder / "encoder.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> ImageEncoder:
        try:
            about = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
            encoder = cls(Schema.from_json(about["schema"]), View(about["view"]), int(about["seed"]))
            encoder.features_ = encoder._features()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnreadable(
                N_("The folder “%(name)s” holds no encoder that can be read: %(reason)s"),
                hint=N_("Save the model anew with this version."),
                name=folder.name,
                reason=str(error)[:200],
            ) from error
        return encoder


def _shrunk_shape(height: int, width: int, side: int) -> tuple[int, int]:
    factor = max(1.0, max(height, width) / side)
    return max(1, round(height / factor)), max(1, round(width / factor))


def shrunk(pictures: Pixels, side: int) -> NDArray[np.float32]:
    """Means of areas, float32 in [0, 1]: (n, h·w·c)."""
    n, height, width, channels = pictures.shape
    h, w = _shrunk_shape(height, width, side)
    down, across = _areas(height, h), _areas(width, w)
    found = np.empty((n, h, w, channels), dtype=np.float32)
    for start in range(0, n, 1_000):
        some = pictures[start : start + 1_000].astype(np.float32) / 255
        lower = (down @ some.reshape(len(some), height, -1)).reshape(len(some), h, width, channels)
        found[start : start + 1_000] = across @ lower
    return found.reshape(n, -1)


def _areas(size: int, wanted: int) -> NDArray[np.float32]:
    """(wanted, size): how much of each pixel falls into each area, rows summing to one."""
    edges = np.linspace(0, size, wanted + 1)
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    overlap = np.clip(overlap, 0, None)
    return np.asarray(overlap / overlap.sum(axis=1, keepdims=True), dtype=np.float32)


# --- words ---------------------------------------------------------------------------------------------------


def _below(folder: Path, path: Path) -> str:
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return path.name


def _names(folder: Path, paths: Sequence[Path]) -> str:
    shown = ", ".join(f"“{_below(folder, path)}”" for path in paths[:NAMED])
    return shown + (" …" if len(paths) > NAMED else "")


def _no_pictures(folder: Path) -> TableUnusable:
    return TableUnusable(
        N_("The folder “%(folder)s” holds no pictures."),
        hint=N_("Put JPEG or PNG files into one folder for each class."),
        folder=folder.name,
    )


def _unreadable(folder: Path, broken: Sequence[Path], n_files: int) -> TableUnusable:
    return TableUnusable(
        N_("%(count)s of %(files)s pictures cannot be read: %(names)s."),
        hint=N_("Save them anew as PNG or JPEG, or take them out of the folder."),
        count=len(broken),
        files=n_files,
        names=_names(folder, broken),
    )
