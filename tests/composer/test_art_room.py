"""Our own drawings, tinting, and the clip-art index on pictures made here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from rushes.engines.local.composer.art import ArtIndex, Sprites
from rushes.engines.local.composer.art.embed import spelled_alike
from rushes.engines.local.composer.art.shapes import kinds, shape
from rushes.engines.local.composer.art.tint import tinted
from rushes.engines.local.composer.reading.lexicon import lexicon
from rushes.engines.local.composer.spec import Subject
from tests.composer.known import weights


@pytest.fixture
def index(tmp_path: Path) -> ArtIndex:
    picture = Image.new("RGBA", (100, 100))
    ImageDraw.Draw(picture).ellipse((20, 30, 80, 70), fill=(200, 40, 40, 255))
    picture.save(tmp_path / "1f415.webp", lossless=True)
    picture.save(tmp_path / "1f525.webp", lossless=True)
    picture.save(tmp_path / "1f468-200d-1f680.webp", lossless=True)
    return ArtIndex(tmp_path)


@pytest.mark.parametrize("kind", kinds())
def test_every_drawing_is_there_and_of_the_height_asked_for(kind: str) -> None:
    picture = shape(kind, 60)
    assert picture.shape[0] == 60
    assert picture.shape[2] == 4
    assert picture.dtype == np.uint8
    assert 0.12 < (picture[..., 3] > 128).mean() < 0.95
    assert picture[..., :3][picture[..., 3] > 128].std() > 8, "flat"


def test_drawings_differ() -> None:
    small = {shape(kind, 24).tobytes() for kind in kinds()}
    assert len(small) == len(kinds())


def test_a_tint_is_the_drawings_colour() -> None:
    red, blue = shape("car", 60, (200, 30, 30)), shape("car", 60, (30, 60, 200))
    assert red[..., 0].mean() > blue[..., 0].mean() + 20
    assert (red[..., 3] == blue[..., 3]).all()


def test_an_unknown_kind_is_drawn_all_the_same() -> None:
    assert shape("zorgle", 30).shape[0] == 30


def test_a_sprite_is_cropped_and_scaled(index: ArtIndex) -> None:
    sprite = index.sprite("1f415", 41)
    assert sprite.shape[0] == 41
    assert 58 < sprite.shape[1] < 64
    middle = sprite[20, 30]
    assert tuple(middle) == (200, 40, 40, 255)
    edge = sprite[(sprite[..., 3] > 30) & (sprite[..., 3] < 200)]
    assert (edge[:, 0] > 150).all(), "a dark fringe"


def test_names_are_those_of_single_things(index: ArtIndex) -> None:
    assert index.names() == {"1f415": "dog", "1f525": "fire"}
    assert "1f468-200d-1f680" in index.codes


def test_art_where_there_is_some_else_a_drawing(index: ArtIndex) -> None:
    dog = Subject(noun="dog", art="1f415", silhouette="dog")
    with_art, without = Sprites(index).picture(dog, 40), Sprites(None).picture(dog, 40)
    assert (without == shape("dog", 40)).all()
    assert with_art.shape != without.shape or (with_art != without).any()


def test_tinting_turns_the_main_hue_and_keeps_the_shading() -> None:
    ramp = np.zeros((10, 50, 4), np.uint8)
    ramp[..., 3] = 255
    ramp[..., 0] = np.linspace(80, 250, 50)
    ramp[8:, :, :3] = (20, 20, 22)
    blue = tinted(ramp, (40, 80, 220))
    assert (blue[0, 10:, 2] > blue[0, 10:, 0]).all()
    assert (np.diff(blue[0, :, 2].astype(int)) >= 0).all()
    assert np.abs(blue[9, :, :3].astype(int) - ramp[9, :, :3]).max() < 12, "what is grey stays grey"


@pytest.mark.parametrize(
    "code",
    ["1f98a", "1f600", "1f478", "1f3e7", "1f550", "2764-fe0f", "1f6b7", "1f308", "1f5fa-fe0f", "2699-fe0f"],
)
def test_heads_signs_and_framed_views_are_never_guessed(tmp_path: Path, code: str) -> None:
    Image.new("RGBA", (4, 4), (9, 9, 9, 255)).save(tmp_path / f"{code}.webp", lossless=True)
    assert ArtIndex(tmp_path).names() == {}
    assert ArtIndex(tmp_path).codes == {code}


@pytest.mark.parametrize(
    ("word", "name", "alike"),
    [("dragonfly", "dragon", True), ("starfish", "tropical fish", True), ("anteater", "ant", True),
     ("dragon", "dragon", False), ("pot", "pot of food", False), ("finch", "bird", False)],
)  # fmt: skip
def test_a_name_inside_the_word_is_no_likeness(word: str, name: str, alike: bool) -> None:
    assert spelled_alike(word, name) is alike


@pytest.mark.parametrize("kind", ["person", "woman", "man"])
def test_people_have_art_of_their_own_in_every_pose(kind: str) -> None:
    poses = lexicon().poses[kind]
    assert len({poses[action].art for action in ("stand", "walk", "run", "dance", "sit")}) == 5


@pytest.mark.models
def test_every_picture_in_the_tables_is_in_the_art() -> None:
    codes = ArtIndex(weights("art")).codes
    book = lexicon()
    wanted = {noun.art for noun in book.nouns.values()} | {
        pose.art for row in book.poses.values() for pose in row.values()
    }
    assert wanted - {""} <= codes


@pytest.mark.models
def test_what_only_looks_like_a_word_is_not_picked(tmp_path: Path) -> None:
    from rushes.engines.local.composer.art import Nearest

    index, embed = ArtIndex(weights("art")), weights("embed")
    nearest = Nearest(embed / "model.onnx", embed / "tokenizer.json", index.names(), tmp_path)
    words = ["dragonfly", "anteater", "starfish", "seahorse", "woodpecker", "spotlight", "politician", "toaster"]
    assert {word: near for word, (_, near) in zip(words, nearest(words), strict=True) if near >= 0.7} == {}


@pytest.mark.models
def test_words_find_the_art_that_is_meant(tmp_path: Path) -> None:
    from rushes.engines.local.composer.art import Nearest

    index, embed = ArtIndex(weights("art")), weights("embed")
    nearest = Nearest(embed / "model.onnx", embed / "tokenizer.json", index.names(), tmp_path)
    found = dict(zip(["doughnut", "wombat", "axolotl"], nearest(["doughnut", "quux", "zzzz"]), strict=True))
    assert found["doughnut"][0] == "1f369"
    assert found["doughnut"][1] > 0.62
    assert found["axolotl"][1] < 0.62
    assert list(tmp_path.glob("*.npy")), "the names' vectors are kept"
