"""Stills drawn from words: sizes, formats, seeds, colours, and subjects on nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rushes.engines.contract import EngineError, Mode, Request
from rushes.engines.local.composer.compose import compose
from rushes.engines.local.composer.spec import SceneSpec, Subject
from rushes.engines.local.composer.stage.sheet import Frame, Sheet
from rushes.engines.local.composer.stills.cutouts import subjects_only
from rushes.engines.local.composer.stills.drawing import _rgb, still, within_reason
from rushes.engines.local.composer.stills.marking import stamp, stamp_within
from rushes.engines.local.composer.weights import Assets
from tests.composer.known import Picture, red
from tests.composer.test_stage import picture as egg

EGG = Subject(noun="egg", main=True, height=0.4, faces="front")


def make(folder: Path, prompt: str = "a red ball on a meadow", **more: Any) -> tuple[list[Image.Image], list[str]]:
    """The stills of a request, opened, and the warnings. Without any weights: our own drawings."""
    extra = more.pop("extra", {})
    request = Request(
        job="j", model="m", mode=Mode.TEXT_TO_IMAGE, prompt=prompt, seconds=0,
        **{"width": 96, "height": 64, "seed": 3, **more}, extra=extra,
    )  # fmt: skip
    progress: list[float] = []
    outputs, warnings = compose(request, folder, progress.append, Assets())
    assert all(output.kind == "image" for output in outputs)
    assert progress == sorted(progress)
    assert len(progress) == len(outputs) == request.count
    images = [Image.open(output.location) for output in outputs]
    for image, output in zip(images, outputs, strict=True):
        image.load()
        assert output.mime == f"image/{(image.format or '').lower()}"
    return images, list(warnings)


def pixels(image: Image.Image) -> Picture:
    return np.asarray(image)


@pytest.mark.parametrize("size", [(64, 64), (65, 97), (240, 64), (64, 301), (255, 255)])
def test_any_size_is_drawn_to_the_pixel(tmp_path: Path, size: tuple[int, int]) -> None:
    [image], _ = make(tmp_path, width=size[0], height=size[1])
    assert (image.size, image.mode, image.format) == (size, "RGB", "PNG")
    assert pixels(image).std() > 8


def test_results_differ_and_each_is_the_one_of_its_own_seed(tmp_path: Path) -> None:
    four, _ = make(tmp_path, count=4, width=128, height=128)
    for one, image in enumerate(four):
        for other in four[one + 1 :]:
            apart = np.abs(pixels(image).astype(int) - pixels(other).astype(int))
            assert apart.mean() > 4
    (tmp_path / "again").mkdir()
    [again], _ = make(tmp_path / "again", seed=5, width=128, height=128)
    assert np.array_equal(pixels(again), pixels(four[2]))


@pytest.mark.parametrize(("name", "kind"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
def test_the_format_asked_for(tmp_path: Path, name: str, kind: str) -> None:
    [image], _ = make(tmp_path, extra={"format": name})
    assert image.format == kind


@pytest.mark.parametrize("name", ["jpeg", "webp"])
def test_less_quality_is_fewer_bytes(tmp_path: Path, name: str) -> None:
    sizes = []
    for quality in (10, 95):
        [image], _ = make(tmp_path, width=256, height=256, extra={"format": name, "quality": quality})
        sizes.append(Path(str(image.filename)).stat().st_size)  # type: ignore[attr-defined]
    assert 2 * sizes[0] < sizes[1]


@pytest.mark.parametrize(
    "extra",
    [{"format": "gif"}, {"quality": 0}, {"quality": 101}, {"quality": "high"}, {"background": "green"},
     {"background": "transparent", "format": "jpeg"}],
)  # fmt: skip
def test_what_cannot_be_written_is_refused(tmp_path: Path, extra: dict[str, Any]) -> None:
    with pytest.raises(EngineError):
        make(tmp_path, extra=extra)


def test_nulls_and_other_keys_are_left_alone(tmp_path: Path) -> None:
    [image], _ = make(tmp_path, extra={"format": None, "quality": None, "style": "vivid"})
    assert image.format == "PNG"


def test_a_transparent_ground_shows_only_the_subjects(tmp_path: Path) -> None:
    [image], _ = make(tmp_path, "a red ball", width=200, height=160, extra={"background": "transparent"})
    assert image.mode == "RGBA"
    rgba = pixels(image)
    above = rgba[:130]  # the mark is below
    assert (above[..., 3] == 0).mean() > 0.25
    assert (above[..., 3] == 255).mean() > 0.2
    assert red(rgba[..., :3])[rgba[..., 3] == 255].mean() > 0.4
    # The mark is there as well, on nothing.
    assert rgba[130:, 100:, 3].max() > 60


def test_a_plain_ground_is_plain(tmp_path: Path) -> None:
    [image], _ = make(tmp_path, "a red ball on a white background", width=200, height=160)
    assert (pixels(image)[:5] == 255).all()
    assert red(pixels(image)).mean() > 0.2


def test_a_jpeg_of_something_on_nothing_is_on_white_and_says_so(tmp_path: Path) -> None:
    [image], warnings = make(tmp_path, "a ball, transparent background", extra={"format": "jpeg"})
    assert pixels(image)[:3].min() > 245
    assert any("JPEG" in warning for warning in warnings)


def test_a_scene_without_subjects_cannot_stand_on_nothing(tmp_path: Path) -> None:
    [image], warnings = make(tmp_path, "mountains at dawn", extra={"background": "transparent"})
    assert image.mode == "RGB"
    assert any("no subject" in warning for warning in warnings)


def test_the_art_that_is_missing_is_named_once(tmp_path: Path) -> None:
    _, warnings = make(tmp_path, "a zqrx on a meadow", count=3)
    assert len(warnings) == len(set(warnings))
    assert any("models pull art" in warning for warning in warnings)


def test_every_still_carries_the_mark_in_its_corner() -> None:
    plain = np.full((240, 320, 3), 128, np.uint8)
    marked = plain.copy()
    stamp(marked)
    rows, columns = np.nonzero((marked != plain).any(axis=2))
    assert rows.min() > 200
    assert columns.min() > 160
    assert marked.max() > 150


def test_the_mark_keeps_inside_what_changed() -> None:
    plain = np.full((400, 400, 3), 128, np.uint8)
    changed = np.zeros((400, 400), bool)
    changed[40:200, 30:260] = True
    marked = plain.copy()
    assert stamp_within(marked, changed)
    touched = (marked != plain).any(axis=2)
    assert touched.sum() > 300
    assert not touched[~changed].any()
    tiny = np.zeros((400, 400), bool)
    tiny[10:14, 10:14] = True
    untouched = plain.copy()
    assert not stamp_within(untouched, tiny)
    assert np.array_equal(untouched, plain)


def test_colours_of_a_frame_come_back_and_do_not_bleed() -> None:
    """Drawn at twice the size, a red square on green has its edge within one pixel."""
    art = np.zeros((128, 128, 3), np.uint8)
    art[:] = (30, 160, 40)
    art[32:96, 32:96] = (200, 40, 30)
    frame = Frame(128, 128)
    Sheet(art).paint(frame, np.eye(3)[:2])
    back = _rgb(frame, (0, 0, 128, 128), 64, 64).astype(int)
    wanted = art[::2, ::2].astype(int)
    assert np.abs(back - wanted)[2:-2, 2:-2].max() <= 4


def test_drawn_larger_an_edge_is_smooth() -> None:
    made = still(SceneSpec(prompt="", seed=4, place="meadow", subjects=(EGG,)), 160, 120, egg)
    assert made.shape == (120, 160, 3)
    assert red(made).any()


def test_high_art_is_enlarged_and_not_drawn() -> None:
    asked = []

    def art(subject: Subject, height: int) -> Picture:
        asked.append(height)
        return egg(subject, height)

    drawn = within_reason(art)(EGG, 3000)
    assert drawn.shape == (3000, 2250, 4)
    assert max(asked) < 1500
    moving = within_reason(lambda subject, height: np.stack([egg(subject, height)] * 2))(EGG, 1600)
    assert moving.shape[:2] == (2, 1600)


@pytest.mark.parametrize("size", [(300, 100), (100, 300), (200, 200)])
@pytest.mark.parametrize("count", [1, 5, 12])
def test_cut_out_subjects_fill_the_sheet_and_stay_apart(size: tuple[int, int], count: int) -> None:
    subject = Subject(noun="egg", count=count, height=0.4, faces="front")
    sheet = subjects_only([subject], *size, egg, seed=1)
    assert sheet.shape == (size[1], size[0], 4)
    import cv2

    islands = cv2.connectedComponents((sheet[..., 3] > 128).astype(np.uint8))[0] - 1
    assert islands == count
    assert not sheet[0, :, 3].any()
    assert not sheet[:, -1, 3].any()


def test_nothing_to_cut_out() -> None:
    with pytest.raises(ValueError, match="no subject"):
        subjects_only([], 64, 64, egg, seed=1)
