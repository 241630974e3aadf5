"""Saved models: they predict as their ladder did, refuse what does not fit, and trust nothing in their folder."""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seodang.learn import saved
from seodang.learn.errors import ChoiceInvalid, FrameRefused, LearnError, ModelUnreadable
from seodang.learn.ladder import Ladder, fit
from seodang.learn.saved import ModelWarning, load, save

FAMILIES = ("baseline", "linear", "tree")


def a_frame(n: int = 150, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "height": rng.normal(170, 10, n),
            "colour": rng.choice(["red", "green", "blue"], n),
            "when": pd.date_range("2026-01-01", periods=n, freq="D").astype(str),
        }
    )
    frame.loc[::11, "height"] = np.nan
    tall = frame["height"].fillna(170) + 10 * (frame["colour"] == "red") + rng.normal(0, 4, n)
    frame["size"] = np.where(tall > 175, "large", "small")
    return frame


@pytest.fixture(scope="module")
def ladder() -> Ladder:
    return fit(a_frame(), "size", budget=60, families=FAMILIES, most_candidates=1)


@pytest.fixture
def folder(ladder: Ladder, tmp_path: Path) -> Path:
    return ladder.save(tmp_path / "model")


def test_saved_model_predicts_exactly_as_its_ladder(ladder: Ladder, folder: Path) -> None:
    new = a_frame(40, seed=1)
    for rung in ("linear", "tree", None):
        again = load(save(ladder, folder, rung))
        pd.testing.assert_frame_equal(again.predict(new, warn=False), ladder.predict(new, rung))
    assert list(again.predict(new, warn=False)) == ["prediction", "p(large)", "p(small)"]


def test_saved_model_predicts_in_a_process_that_knows_nothing_else(ladder: Ladder, folder: Path) -> None:
    new = a_frame(5, seed=2)
    new.to_csv(folder.parent / "new.csv", index=False)
    code = (
        "import sys; from seodang.learn import load; "
        "print(load(sys.argv[1]).predict(sys.argv[2], warn=False)['p(large)'].tolist())"
    )
    command = [sys.executable, "-c", code, folder, folder.parent / "new.csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == pytest.approx(ladder.predict(new)["p(large)"].tolist())


def test_manifest_says_what_the_model_is(ladder: Ladder, folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["metric"] == "log_loss"
    assert manifest["task"] == "binary"
    assert manifest["rung"] == ladder.best.name
    assert manifest["columns"]["labels"] == ["large", "small"]
    assert {column["name"]: column["kind"] for column in manifest["columns"]["columns"]} == {
        "height": "number",
        "colour": "category",
        "when": "time",
    }
    assert {"seodang", "python", "scikit-learn"} <= set(manifest["versions"])
    assert sum(member["weight"] for member in manifest["members"]) == pytest.approx(1, abs=1e-4)


def test_missing_columns_are_named_and_others_ignored(folder: Path) -> None:
    model = load(folder)
    new = a_frame(10, seed=3)
    with pytest.raises(FrameRefused, match="height"):
        model.predict(new.drop(columns="height"))
    more = new.drop(columns="size").assign(unknown=1)[["unknown", "when", "colour", "height"]]
    pd.testing.assert_frame_equal(model.predict(more, warn=False), model.predict(new, warn=False))


def test_rows_of_another_distribution_and_other_versions_are_warned_of(folder: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["versions"]["scikit-learn"] = "0.1.2"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    new = a_frame(100, seed=4)
    new["height"] += 80
    with pytest.warns(ModelWarning) as heard:
        load(folder).predict(new)
    said = " ".join(str(one.message) for one in heard)
    assert "scikit-learn 0.1.2" in said
    assert "“height” is distributed otherwise" in said


def test_patches_of_a_version_are_not_worth_a_word(folder: Path) -> None:
    assert load(folder).version_remarks() == []


def test_a_saved_model_is_replaced_and_another_folder_is_not(ladder: Ladder, folder: Path) -> None:
    (folder / "old").touch()
    ladder.save(folder)
    assert not (folder / "old").exists()
    other = folder.parent / "thesis"
    other.mkdir()
    (other / "chapter.txt").write_text("my only copy")
    with pytest.raises(ChoiceInvalid, match="thesis"):
        ladder.save(other)
    assert (other / "chapter.txt").read_text() == "my only copy"
    with pytest.raises(ChoiceInvalid, match="not a folder"):
        ladder.save(other / "chapter.txt")
    assert sorted(path.name for path in folder.parent.iterdir()) == ["model", "thesis"]


def test_an_unknown_rung_cannot_be_saved(ladder: Ladder, tmp_path: Path) -> None:
    with pytest.raises(ChoiceInvalid, match="no-such-rung"):
        save(ladder, tmp_path / "model", "no-such-rung")
    assert not (tmp_path / "model").exists()


# --- folders from strangers --------------------------------------------------------------------------------------


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(ModelUnreadable, match="folder"):
            load(place)


def changed(folder: Path, change: Callable[[dict], object]) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


ABSURD = {
    "another version": lambda m: m.update(version=99),
    "another format": lambda m: m.update(format="pickle"),
    "no members": lambda m: m.update(members=[]),
    "a family that climbs out": lambda m: m["members"][0].update(family="../../../etc"),
    "an unknown family": lambda m: m["members"][0].update(family="oracle"),
    "endless folds": lambda m: m["members"][0].update(n_folds=10**9),
    "more folds than there are": lambda m: m["members"][0].update(n_folds=50),
    "a weight that is no number": lambda m: m["members"][0].update(weight="much"),
    "weights of two in all": lambda m: m["members"].append(m["members"][0]),
    "a negative temperature": lambda m: m.update(temperature=-1),
    "an unknown metric": lambda m: m.update(metric="__import__"),
    "another task": lambda m: m.update(task="regression"),
    "labels twice": lambda m: m["columns"].update(labels=["large", "large"]),
    "no columns": lambda m: m.update(columns={}),
    "columns of an unknown kind": lambda m: m["columns"]["columns"][0].update(kind="code"),
    "columns twice": lambda m: m["columns"]["columns"].append(m["columns"]["columns"][0]),
    "a file outside": lambda m: m["files"].update({"../../secret": 3}),
    "no profile": lambda m: m.update(profile={}),
    "a list": lambda m: m.update(members=[[]]),
    "enormous pictures": lambda m: m["columns"].update(picture_shape=[10**9, 10**9, 3]),
}


@pytest.mark.parametrize("change", ABSURD.values(), ids=ABSURD.keys())
def test_an_absurd_manifest_is_refused(folder: Path, change: Callable[[dict], object]) -> None:
    changed(folder, change)
    with pytest.raises(ModelUnreadable) as refused:
        load(folder)
    assert len(str(refused.value)) < 600


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", "[" * 100_000, '{"format": 1' + "0" * 10_000 + "}", "\x00\xff"]
)
def test_a_manifest_that_is_no_manifest_is_refused(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text, encoding="latin-1")
    with pytest.raises(ModelUnreadable):
        load(folder)


def a_file_of(folder: Path, name: str) -> Path:
    return next(iter(sorted(folder.rglob(name))))


def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    encoder = a_file_of(folder, "encoder.json")
    outside = tmp_path / "outside.json"
    shutil.move(encoder, outside)
    encoder.symlink_to(outside)
    with pytest.raises(ModelUnreadable, match="link"):
        load(folder)


def test_a_linked_manifest_or_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    shutil.move(folder / "members", tmp_path / "elsewhere")
    (folder / "members").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ModelUnreadable):
        load(folder)
    shutil.move(folder / "manifest.json", tmp_path / "manifest")
    (folder / "manifest.json").symlink_to(tmp_path / "manifest")
    with pytest.raises(ModelUnreadable):
        load(folder)


def test_a_pipe_in_place_of_a_file_does_not_block(folder: Path) -> None:
    encoder = a_file_of(folder, "encoder.json")
    encoder.unlink()
    os.mkfifo(encoder)
    with pytest.raises(ModelUnreadable):
        load(folder)
    (folder / "manifest.json").unlink()
    os.mkfifo(folder / "manifest.json")
    with pytest.raises(ModelUnreadable):
        load(folder)


def test_files_cut_off_missing_or_added_are_noticed(folder: Path) -> None:
    encoder = a_file_of(folder, "encoder.npz")
    whole = encoder.read_bytes()
    for bad in (whole[:-5], None):
        encoder.unlink()
        if bad is not None:
            encoder.write_bytes(bad)
        with pytest.raises(ModelUnreadable):
            load(folder)
    encoder.write_bytes(whole)
    load(folder)
    (encoder.parent / "more.json").write_text("{}")
    with pytest.raises(ModelUnreadable, match=r"more\.json"):
        load(folder)


def test_a_huge_file_is_refused_before_it_is_read(folder: Path) -> None:
    encoder = a_file_of(folder, "encoder.json")
    os.truncate(encoder, saved.MOST_FILE_BYTES + 1)  # a hole, not bytes
    changed(folder, lambda m: m["files"].update({encoder.relative_to(folder).as_posix(): encoder.stat().st_size}))
    with pytest.raises(ModelUnreadable, match="bytes"):
        load(folder)


def test_a_huge_manifest_is_refused_before_it_is_read(folder: Path) -> None:
    os.truncate(folder / "manifest.json", saved.MOST_MANIFEST_BYTES + 1)
    with pytest.raises(ModelUnreadable, match="bytes"):
        load(folder)


def test_a_file_that_unpacks_to_too_much_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "MOST_BYTES", 10 * 2**20)
    encoder = a_file_of(folder, "encoder.npz")
    with zipfile.ZipFile(encoder, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("0/medians.npy", b"\0" * 20 * 2**20)
    replaced(folder, encoder)
    with pytest.raises(ModelUnreadable, match="GiB"):
        load(folder)


def replaced(folder: Path, path: Path) -> None:
    """The manifest as a stranger would write it for the changed file."""
    changed(folder, lambda m: m["files"].update({path.relative_to(folder).as_posix(): path.stat().st_size}))


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch exploded",)


def test_pickles_are_not_executed(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    for path in folder.rglob("encoder.npz"):
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("0/medians.npy", buffer.getvalue())
        replaced(folder, path)
    for path in sorted(folder.rglob("estimator/*")):
        path.write_bytes(pickle.dumps(Bomb()))
        replaced(folder, path)
    model = load(folder)
    with pytest.raises(LearnError):
        model.predict(a_frame(5), warn=False)
    assert not (tmp_path / "exploded").exists()


def test_files_of_noise_are_refused_when_they_are_needed(folder: Path) -> None:
    for path in folder.rglob("estimator/*"):
        path.write_bytes(b"\x13" * path.stat().st_size)
    with pytest.raises(ModelUnreadable):
        load(folder).predict(a_frame(5), warn=False)


def test_a_profile_of_nonsense_is_refused(folder: Path) -> None:
    changed(folder, lambda m: m["profile"].update(columns={"height": {"missing": "much", "edges": "a"}}))
    with pytest.raises(ModelUnreadable):
        load(folder).predict(a_frame(50))


def test_why_columns_were_left_out_is_not_taken_from_a_stranger(folder: Path) -> None:
    said = {"code": "x", "template": "%(x)999999999999s", "params": {"x": 1}}
    changed(folder, lambda m: m["columns"].update(dropped={"a": said}))
    assert load(folder).schema.dropped == {}
