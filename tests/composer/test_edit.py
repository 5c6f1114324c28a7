"""Edits of given pictures: masks, places, grounds, looks, and what is said about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from rushes.engines.contract import EngineError, Input, Mode, Request, Role
from rushes.engines.local.composer.compose import compose
from rushes.engines.local.composer.matte import Matte
from rushes.engines.local.composer.scenes import Reader
from rushes.engines.local.composer.stills.grading import graded, vocabulary
from rushes.engines.local.composer.stills.images import make_images
from rushes.engines.local.composer.stills.wishes import read_wish
from rushes.engines.local.composer.weights import Assets
from tests.composer.known import KnownMatte, Picture, green, middle, red, texture

SIDE = 160


def disc(width: int = SIDE, height: int = SIDE, *, x: float = 0.5, y: float = 0.5) -> Picture:
    """A red disc before grey-blue spots that are nowhere red."""
    ground = cv2.convertScaleAbs(texture(width, height), alpha=0.25, beta=70)
    grain = np.random.default_rng(4).integers(-20, 21, (height, width, 1))
    ground = np.clip(ground.astype(int) + grain + (0, 0, 60), 0, 255).astype(np.uint8)
    cv2.circle(ground, (round(x * width), round(y * height)), min(width, height) // 4, (220, 30, 30), -1, cv2.LINE_AA)
    return ground


def file(folder: Path, picture: Picture, role: Role = Role.IMAGE) -> Input:
    path = folder / f"{len(list(folder.iterdir()))}.png"
    Image.fromarray(picture).save(path)
    return Input(role=role, path=str(path), mime="image/png", width=picture.shape[1], height=picture.shape[0])


def mask(folder: Path, height: int, width: int, box: tuple[int, int, int, int]) -> Input:
    """Transparent in the box (left, top, right, bottom)."""
    picture = np.full((height, width, 4), 255, np.uint8)
    picture[box[1] : box[3], box[0] : box[2], 3] = 0
    return file(folder, picture, Role.MASK)


def edit(
    folder: Path, prompt: str, *inputs: Input, size: tuple[int, int] = (SIDE, SIDE), matte: Matte | None = None,
    **more: Any,
) -> tuple[list[Picture], str]:  # fmt: skip
    """The results as arrays, and the warnings as one text."""
    request = Request(
        job="j", model="m", mode=Mode.IMAGE_TO_IMAGE, prompt=prompt, width=size[0], height=size[1], seconds=0, seed=2,
        inputs=inputs, **more,
    )  # fmt: skip
    out = folder / "out"
    out.mkdir(exist_ok=True)
    outputs, warnings = make_images(request, out, lambda _: None, Reader(Assets()), lambda: matte or KnownMatte())
    return [np.asarray(Image.open(output.location)) for output in outputs], " / ".join(warnings)


def differs(one: Picture, other: Picture) -> Any:
    return (one[..., :3] != other[..., :3]).any(axis=2)


BOX = (30, 20, 150, 110)


@pytest.mark.parametrize(
    ("prompt", "said"),
    [("a beach at sunset", "drawn scene"), ("a ball", "ball drawn into it"), ("remove it", "filled from around"),
     ("black and white", "another look"), ("qwxz", "filled from around")],
)  # fmt: skip
def test_what_the_mask_keeps_is_kept_bit_for_bit(tmp_path: Path, prompt: str, said: str) -> None:
    picture = disc()
    [result], warnings = edit(tmp_path, prompt, file(tmp_path, picture), mask(tmp_path, SIDE, SIDE, BOX))
    changed = differs(result, picture)
    inside = np.zeros((SIDE, SIDE), bool)
    inside[BOX[1] : BOX[3], BOX[0] : BOX[2]] = True
    assert not changed[~inside].any()
    assert changed[inside].mean() > 0.3
    assert said in warnings


def test_the_rim_of_a_masked_part_is_soft(tmp_path: Path) -> None:
    picture = np.full((SIDE, SIDE, 3), 128, np.uint8)
    picture[:, 80:] = 20
    [result], _ = edit(tmp_path, "negative", file(tmp_path, picture), mask(tmp_path, SIDE, SIDE, (100, 0, SIDE, 60)))
    # From 20 to 235: the first pixels inside lie between.
    row = result[20, 98:112, 0].astype(int)
    assert row[0] == row[1] == 20
    assert row[-1] == 235
    assert (np.diff(row) >= 0).all()
    assert ((row > 30) & (row < 225)).any()


def test_what_was_masked_away_is_gone(tmp_path: Path) -> None:
    picture = disc()
    [result], _ = edit(
        tmp_path, "remove the disc", file(tmp_path, picture), mask(tmp_path, SIDE, SIDE, (20, 20, 140, 140))
    )
    assert red(picture).sum() > 4000
    assert not red(result).any()


def test_a_masked_edit_is_marked_within_the_part_or_says_that_it_is_not(tmp_path: Path) -> None:
    picture = np.full((400, 400, 3), 90, np.uint8)
    [result], warnings = edit(
        tmp_path, "darker", file(tmp_path, picture), mask(tmp_path, 400, 400, (0, 0, 390, 200)), size=(400, 400)
    )
    assert "draft mark" not in warnings
    assert result[:200].max() > 110  # light letters on what else only became darker
    _, warnings = edit(
        tmp_path, "darker", file(tmp_path, picture), mask(tmp_path, 400, 400, (0, 0, 8, 8)), size=(400, 400)
    )
    assert "draft mark" in warnings


def test_masks_that_cannot_be_used(tmp_path: Path) -> None:
    image = file(tmp_path, disc())
    with pytest.raises(EngineError, match="same size"):
        edit(tmp_path, "a beach", image, mask(tmp_path, 100, 160, (0, 0, 50, 50)))
    with pytest.raises(EngineError, match="nothing in it is transparent"):
        edit(tmp_path, "a beach", image, mask(tmp_path, SIDE, SIDE, (0, 0, 0, 0)))
    wide = file(tmp_path, disc(400, 100))
    with pytest.raises(EngineError, match="outside"):
        edit(tmp_path, "a beach", wide, mask(tmp_path, 100, 400, (0, 0, 40, 100)), size=(100, 100))
    with pytest.raises(EngineError, match="required"):
        edit(tmp_path, "a beach")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(EngineError, match="cannot be read"):
        edit(tmp_path, "a beach", Input(role=Role.IMAGE, path=str(broken), mime="image/png"))


def test_a_subject_is_set_into_the_place_that_is_named(tmp_path: Path) -> None:
    picture = disc()
    [result], warnings = edit(tmp_path, "put it on a beach at noon", file(tmp_path, picture), size=(240, 160))
    assert "the subject was set into a drawn scene" in warnings
    assert result.shape == (160, 240, 3)
    assert 0.02 < red(result).mean() < 0.4
    corner = result[:40, :40].astype(int)
    assert corner[..., 2].mean() > corner[..., 0].mean() + 20  # a blue sky
    night, _ = edit(tmp_path, "put it into a city at night", file(tmp_path, picture), size=(240, 160))
    assert night[0][red(night[0])].mean() < result[red(result)].mean()


def test_a_subject_that_its_picture_cuts_off_stays_at_that_edge(tmp_path: Path) -> None:
    [result], _ = edit(tmp_path, "on a meadow", file(tmp_path, disc(y=0.95)))
    rows = np.nonzero(red(result[:, :70]).any(axis=1))[0]  # beside the mark
    assert rows.max() >= SIDE - 2
    [right], _ = edit(tmp_path, "on a meadow", file(tmp_path, disc(x=0.95, y=0.9)))
    assert red(right)[:, -2:].any()


def test_several_pictures_come_together(tmp_path: Path) -> None:
    second = disc()
    second[red(second)] = (30, 200, 40)

    class Both(KnownMatte):
        def alpha(self, image: Picture) -> Any:
            return (red(image) | green(image)).astype(np.float32)

    inputs = (file(tmp_path, disc()), file(tmp_path, second, Role.REFERENCE_IMAGE))
    [result], warnings = edit(tmp_path, "side by side in space", *inputs, size=(320, 160), matte=Both())
    assert "2 pictures" in warnings
    assert red(result).mean() > 0.01
    assert green(result).mean() > 0.01
    [row], _ = edit(tmp_path, "on a white background", *inputs, size=(320, 160), matte=Both())
    assert middle(red(row))[0] != pytest.approx(middle(green(row))[0], abs=60)


def test_grounds(tmp_path: Path) -> None:
    image = file(tmp_path, disc())
    [white], _ = edit(tmp_path, "product photo on a white background", image)
    assert (white[:4] == 255).all()
    assert red(white).mean() > 0.2
    [pink], _ = edit(tmp_path, "change the background to pink", image)
    assert tuple(pink[2, 2]) == (0xF0, 0x8B, 0xB4)
    [clear], _ = edit(tmp_path, "remove the background", image)
    assert clear.shape == (SIDE, SIDE, 4)
    assert not clear[:4, :, 3].any()
    assert red(clear[..., :3])[clear[..., 3] == 255].mean() > 0.8
    [asked], _ = edit(tmp_path, "a disc", image, extra={"background": "transparent"})
    assert asked.shape[2] == 4
    [flat], warnings = edit(tmp_path, "remove the background", image, extra={"format": "jpeg"})
    assert flat[:4].min() > 245
    assert "JPEG" in warnings


def test_a_picture_that_is_cut_out_already_keeps_its_own_outline(tmp_path: Path) -> None:
    given = np.zeros((SIDE, SIDE, 4), np.uint8)
    given[40:120, 50:110] = (40, 200, 60, 255)  # no red: the matte would find nothing
    [result], warnings = edit(tmp_path, "on a white background", file(tmp_path, given))
    assert green(result).mean() > 0.2
    assert "cut out" in warnings


def test_without_a_clear_subject_a_place_falls_back_to_the_look(tmp_path: Path) -> None:
    plain = np.full((SIDE, SIDE, 3), (90, 120, 160), np.uint8)
    [kept], warnings = edit(tmp_path, "in the desert at night", file(tmp_path, plain))
    assert "no clear subject" in warnings
    assert kept[:100].mean() < plain.mean() - 25
    assert kept[:100].std(axis=(0, 1)).max() < 16
    [card], warnings = edit(tmp_path, "in the desert", file(tmp_path, plain))
    assert "whole picture was set" in warnings
    assert card.std() > 15


def tones(name: str, strength: float = 1.0) -> Picture:
    """A ramp of colours in a look."""
    ramp = np.dstack([np.tile(np.linspace(0, 255, 128), (128, 1))] * 3).astype(np.uint8)
    ramp[64:, :, 2] //= 2
    return graded(ramp, vocabulary().look[name], strength, 1, None)


def test_looks_do_what_they_are_called() -> None:
    assert vocabulary().look.keys() >= {"night", "sunset", "fog", "rain", "snow", "mono", "sepia", "warm", "cold"}
    usual = tones("sharp", 0.0)
    assert tones("night").mean() < usual.mean() - 30
    assert tones("brighter").mean() > usual.mean() + 8
    assert tones("darker").mean() < usual.mean() - 15
    mono = tones("mono").astype(int)
    assert np.ptp(mono, axis=2).max() <= 1
    red_over_blue = {
        name: tones(name)[..., 0].mean() / tones(name)[..., 2].mean() for name in ("warm", "cold", "sepia")
    }
    assert red_over_blue["warm"] > 1.2 * red_over_blue["cold"]
    assert red_over_blue["sepia"] > 1.2
    assert tones("contrast").std() > usual.std() > tones("fog").std()
    assert tones("vignette")[0, 0].mean() <= usual[0, 0].mean()


@pytest.mark.parametrize("name", sorted(vocabulary().look))
def test_every_look_changes_a_picture_and_stronger_changes_it_more(name: str) -> None:
    picture, look = disc(200, 120), vocabulary().look[name]
    if name == "autumn":
        picture[:40] = (60, 130, 50)
    subject = red(picture).astype(np.float32)
    plain, weak, strong = (graded(picture, look, strength, 3, subject) for strength in (1.0, 0.4, 1.4))
    assert plain.shape == picture.shape
    assert np.array_equal(plain, graded(picture, look, 1.0, 3, subject))
    apart = [float(np.abs(other.astype(int) - picture).mean()) for other in (weak, plain, strong)]
    assert apart[1] > 0.5
    if not look.effect:
        assert apart[0] < apart[2]


def test_what_is_behind_the_subject_is_treated_by_itself(tmp_path: Path) -> None:
    picture = disc(320, 320)
    [result], _ = edit(tmp_path, "blur the background", file(tmp_path, picture), size=(320, 320))
    inner = cv2.erode(red(picture).astype(np.uint8), np.ones((9, 9))) > 0
    assert np.abs(result[inner].astype(int) - picture[inner]).max() <= 2
    rough = [float(cv2.Laplacian(one[:60], cv2.CV_64F).std()) for one in (result, picture)]
    assert rough[0] < 0.6 * rough[1]


def test_several_results_of_a_look_differ(tmp_path: Path) -> None:
    results, _ = edit(tmp_path, "sepia", file(tmp_path, disc()), count=3)
    assert not any(np.array_equal(results[0], other) for other in results[1:])


def test_a_thing_is_added_at_the_side_where_the_subject_is_not(tmp_path: Path) -> None:
    picture = disc(320, 160, x=0.2)
    picture[red(picture)] = (200, 30, 30)
    [result], warnings = edit(tmp_path, "add a green ball", file(tmp_path, picture), size=(320, 160))
    assert "ball: drawn onto the picture" in warnings
    assert middle(green(result) & ~green(picture))[0] > 180
    assert not differs(result, picture)[:, :120].any()


def test_what_cannot_be_done_is_said_and_the_picture_stays(tmp_path: Path) -> None:
    picture = disc(320, 320)
    [result], warnings = edit(tmp_path, "let her smile more", file(tmp_path, picture), size=(320, 320))
    assert "nothing of the prompt could be applied" in warnings
    assert not differs(result, picture)[:250].any()
    _, warnings = edit(tmp_path, "remove the tourists", file(tmp_path, picture))
    assert "with a mask" in warnings


def test_the_picture_is_fitted_and_upright(tmp_path: Path) -> None:
    wide = np.zeros((100, 300, 3), np.uint8)
    wide[:, 100:200] = 255
    [result], _ = edit(tmp_path, "warm", file(tmp_path, wide), size=(65, 65))
    assert result.shape == (65, 65, 3)
    assert result[:30].min() > 150
    path = tmp_path / "turned.jpg"
    half = np.zeros((80, 80, 3), np.uint8)
    half[:, 40:] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    Image.fromarray(half).save(path, exif=exif)
    [result], _ = edit(tmp_path, "warm", Input(role=Role.IMAGE, path=str(path), mime="image/jpeg"), size=(80, 80))
    assert result[60:70, :40].mean() > 150 > 60 > result[:20].mean()


@pytest.mark.parametrize(
    ("prompt", "looks", "place", "ground"),
    [
        ("make it night", ["night"], False, None),
        ("turn the day into night", ["night"], False, None),
        ("golden hour, slightly foggy", ["sunset", "fog"], False, None),
        ("remove the fog", [], False, None),
        ("brighten the street", ["brighter"], False, None),
        ("make the background a beach at sunset", ["sunset"], True, None),
        ("put her on a beach", [], True, None),
        ("a portrait in a forest, no rain", [], True, None),
        ("blur the background", ["blurred"], False, None),
        ("remove the background", [], False, ""),
        ("on a light blue background", [], False, "#2f6fd6"),
        ("an oil painting in the style of van gogh", ["painting"], False, None),
        ("", [], False, None),
    ],
)
def test_wishes(prompt: str, looks: list[str], place: bool, ground: str | None) -> None:
    wish = read_wish(prompt)
    assert [name for name, _ in wish.looks] == looks
    assert (wish.place, wish.ground) == (place, ground)


def test_through_the_composer_without_a_matte(tmp_path: Path) -> None:
    request = Request(
        job="j", model="m", mode=Mode.IMAGE_TO_IMAGE, prompt="on a beach", width=96, height=96, seconds=0, seed=2,
        inputs=(file(tmp_path, disc()),), extra={"format": "webp"},
    )  # fmt: skip
    [output], warnings = compose(request, tmp_path, lambda _: None, Assets())
    assert (output.kind, output.mime) == ("image", "image/webp")
    assert any("models pull matte" in warning for warning in warnings)
    assert Image.open(output.location).size == (96, 96)
