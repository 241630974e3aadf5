"""A folder of pictures."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from seodang.learn.data.images import (
    ImageEncoder,
    is_image_folder,
    pictures_for,
    prepare_images,
    read_images,
    shrunk,
)
from seodang.learn.errors import TableUnusable
from seodang.learn.task import Task, View


def draw(path, level, size=(20, 30), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(level)
    noise = rng.integers(0, 20, (size[1], size[0], 3)) + level
    Image.fromarray(noise.clip(0, 255).astype(np.uint8)).convert(mode).save(path)


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "signs"
    for label, level in (("dark", 20), ("light", 200)):
        for i in range(6):
            draw(root / label / f"{i}.png", level + i)
    return root


def test_class_folders_are_classes(folder):
    prepared = prepare_images(folder)
    assert prepared.task is Task.BINARY
    assert prepared.schema.labels == ("dark", "light")
    assert prepared.X.pictures.shape == (12, 30, 20, 3)
    assert prepared.X.pictures.dtype == np.uint8
    assert prepared.facts.image_shape == prepared.schema.picture_shape == (30, 20, 3)
    assert prepared.X.names[0] == "dark/0.png"
    assert prepared.take(np.array([0, 7])).X.names == ("dark/0.png", "light/1.png")


def test_large_pictures_are_shrunk_and_grey_ones_have_one_channel(tmp_path):
    for label in "ab":
        for i in range(3):
            draw(tmp_path / label / f"{i}.png", 40 * i, size=(200, 100), mode="L")
    assert read_images(tmp_path).pictures.shape == (6, 32, 64, 1)
    assert read_images(tmp_path, size=20).pictures.shape == (6, 10, 20, 1)


def test_pictures_are_shrunk_further_to_keep_within_memory(folder):
    found = read_images(folder, most_bytes=12 * 10 * 15 * 3)
    assert found.pictures.pictures.nbytes <= 12 * 10 * 15 * 3 * 1.1
    assert "pictures_shrunk" in {said.code for said in found.notes}


def test_unreadable_pictures_are_named_and_left_out(folder):
    (folder / "dark" / "cut.png").write_bytes((folder / "dark" / "0.png").read_bytes()[:60])
    found = read_images(folder)
    assert len(found.pictures) == 12
    assert any("dark/cut.png" in str(said) for said in found.notes)


def test_too_many_unreadable_pictures_are_refused(folder):
    for i in range(4):
        (folder / "light" / f"bad{i}.jpg").write_bytes(b"no picture")
    with pytest.raises(TableUnusable, match=r"4 of 16 pictures cannot be read.*light/bad0.jpg"):
        read_images(folder)


def test_a_folder_of_one_class_or_none_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(TableUnusable, match="no pictures"):
        read_images(tmp_path)
    draw(tmp_path / "only" / "1.png", 9)
    with pytest.raises(TableUnusable, match="one class only"):
        read_images(tmp_path)


def test_a_table_beside_the_pictures_tells_their_values(tmp_path):
    for i in range(20):
        draw(tmp_path / f"p{i}.png", 10 * i)
    pd.DataFrame({"file": [f"p{i}.png" for i in range(20)], "age": np.arange(20) * 1.5}).to_csv(
        tmp_path / "labels.csv", index=False
    )
    prepared = prepare_images(tmp_path)
    assert prepared.task is Task.REGRESSION
    assert prepared.schema.target == "age"
    assert prepared.y.tolist() == (np.arange(20) * 1.5).tolist()


def test_pictures_without_classes_or_table_are_refused(tmp_path):
    draw(tmp_path / "p.png", 10)
    with pytest.raises(TableUnusable, match="without class folders"):
        read_images(tmp_path)


def test_later_pictures_take_the_size_of_the_first(folder, tmp_path):
    schema = prepare_images(folder).schema
    draw(tmp_path / "new" / "x.jpg", 90, size=(60, 60), mode="L")
    found = pictures_for(schema, tmp_path / "new")
    assert found.pictures.shape == (1, 30, 20, 3)
    assert found.names == ("x.jpg",)
    assert pictures_for(schema, np.zeros((2, 30, 20, 3), np.uint8)).pictures.shape == (2, 30, 20, 3)
    (tmp_path / "new" / "y.png").write_bytes(b"no")
    with pytest.raises(TableUnusable, match=r"y\.png"):
        pictures_for(schema, tmp_path / "new")


def test_transparent_and_deep_pictures_are_read(tmp_path):
    for label in "ab":
        (tmp_path / label).mkdir()
        for i in range(3):
            Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / label / f"{i}.png")
    Image.fromarray(np.full((8, 8), 65_535, dtype=np.uint16)).save(tmp_path / "a" / "deep.png")
    assert (read_images(tmp_path).pictures.pictures == 255).all()


def test_shrinking_takes_the_mean_of_areas():
    picture = np.zeros((1, 4, 4, 1), np.uint8)
    picture[0, :2, :2] = 255
    assert shrunk(picture, 2).tolist() == [[1, 0, 0, 0]]
    odd = np.arange(25, dtype=np.uint8).reshape(1, 5, 5, 1)
    assert shrunk(odd, 3).mean() == pytest.approx(12 / 255)


def test_estimators_see_pixels_or_pictures(folder, tmp_path):
    prepared = prepare_images(folder)
    pictures = ImageEncoder(prepared.schema, View.PICTURES).fit_transform(prepared.X, prepared.y)
    encoder = ImageEncoder(prepared.schema, View.MATRIX)
    matrix = encoder.fit_transform(prepared.X, prepared.y)
    assert pictures.dtype == np.uint8
    assert matrix.dtype == np.float32
    assert matrix.shape == (12, len(encoder.features_))
    encoder.save(tmp_path / "stored")
    assert np.array_equal(ImageEncoder.load(tmp_path / "stored").transform(prepared.X), matrix)


def test_a_folder_of_pictures_is_known_by_what_it_holds(folder, tmp_path):
    assert is_image_folder(folder)
    assert not is_image_folder(tmp_path / "nothing")
