"""Upscaling for real: nearer to the truth than Lanczos, without seams; and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw, ImageFont

from rushes.engines.contract import EngineError, FailureCode, Input, Mode, Request, Role
from rushes.engines.local.tiles import Tile, tiles, tiles_with_margins
from rushes.engines.local.upscale import enlarge, span
from rushes.engines.local.upscale.span import Span
from rushes.media.probe import probe
from tests.media.filmed import film, likeness, shown, sound_packets, video_seconds
from tests.speech.spoken import settings_for

NOWHERE: dict[str, Any] = {"models": "/nowhere", "offline": True}


@pytest.fixture(scope="session")
def settings() -> dict[str, Any]:
    return settings_for("span")


def detailed(width: int, height: int) -> np.ndarray:
    """Lines, rings, leaves and letters over a soft ground, drawn four times as large and made smaller."""
    rng = np.random.default_rng(3)
    large = cv2.resize(
        rng.integers(60, 200, (4, 6, 3), np.uint8), (width * 4, height * 4), interpolation=cv2.INTER_CUBIC
    )
    for number in range(60):
        place = (int(rng.integers(width * 4)), int(rng.integers(height * 4)))
        colour = tuple(int(part) for part in rng.integers(0, 255, 3))
        axes = (int(rng.integers(20, 160)), int(rng.integers(10, 60)))
        cv2.ellipse(large, place, axes, float(rng.integers(180)), 0, 360, colour, -1 if number % 3 else 9)
        other = (int(rng.integers(width * 4)), int(rng.integers(height * 4)))
        cv2.line(large, place, other, colour, 7)
    for row in range(6):
        place = (40, (row + 1) * height * 4 // 7)
        cv2.putText(large, "Rushes & daylight 0123", place, cv2.FONT_HERSHEY_DUPLEX, 3, (20, 20, 30), 8)
    return cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)


def resized(picture: np.ndarray, width: int, height: int, how: Image.Resampling) -> np.ndarray:
    return np.asarray(Image.fromarray(picture).resize((width, height), how))


def asked(path: Path | None, mode: Mode = Mode.UPSCALE_IMAGE, **extra: Any) -> Request:
    role = Role.IMAGE if mode is Mode.UPSCALE_IMAGE else Role.VIDEO
    return Request(
        job="job_1", model="m", mode=mode, prompt="", width=0, height=0, seconds=0, seed=0, extra=extra,
        inputs=() if path is None else (Input(role=role, path=str(path), mime="image/png"),),
    )  # fmt: skip


def enlarged(folder: Path, settings: dict[str, Any], path: Path, **extra: Any) -> Image.Image:
    told: list[float] = []
    (output,), warnings = enlarge.run(asked(path, **extra), folder, told.append, settings)
    assert output.kind == "image"
    assert warnings == ()
    assert told == sorted(told)
    assert told[-1] == 1
    return Image.open(output.location)


@pytest.mark.models
@pytest.mark.parametrize(("scale", "gain"), [(2, 3.0), (3, 1.5), (4, 1.0)])
def test_it_is_nearer_to_the_truth_than_lanczos(
    tmp_path: Path, settings: dict[str, Any], scale: int, gain: float
) -> None:
    truth = detailed(384, 240)
    small = resized(truth, 384 // scale, 240 // scale, Image.Resampling.BICUBIC)
    Image.fromarray(small).save(tmp_path / "small.png")
    made = np.asarray(enlarged(tmp_path, settings, tmp_path / "small.png", scale=scale))
    assert made.shape == truth.shape
    plain = resized(small, 384, 240, Image.Resampling.LANCZOS)
    print(f"x{scale}: {likeness(made, truth):.2f} dB, Lanczos {likeness(plain, truth):.2f} dB")
    assert likeness(made, truth) > likeness(plain, truth) + gain


@pytest.mark.models
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_tiles_meet_without_a_seam(settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch, scale: int) -> None:
    picture = detailed(100, 60)
    network = Span(Path(settings["models"]) / "span", scale)
    whole = network.enlarged(picture)
    monkeypatch.setattr(span, "_SIDE", 52)
    assert np.abs(network.enlarged(picture).astype(int) - whole).max() <= 2


@pytest.mark.models
@pytest.mark.parametrize("scale", [2, 4])
def test_hard_pixel_patterns_do_not_overshoot(settings: dict[str, Any], scale: int) -> None:
    """The network alone answers small type with garbage of a hundred times the contrast."""
    page = Image.new("RGB", (180, 40), "white")
    draw = ImageDraw.Draw(page)
    for row in range(2):
        draw.text((6, 2 + 17 * row), "The quick brown 0123", fill="black", font=ImageFont.load_default(10))
    checks = (np.indices((32, 32)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    network = Span(Path(settings["models"]) / "span", scale)
    for picture in (np.asarray(page), checks):
        again = cv2.resize(network.enlarged(picture), picture.shape[1::-1], interpolation=cv2.INTER_AREA)
        # The checks end as a plain enlargement, which is soft; garbage would be off by 160.
        assert np.abs(again.astype(int) - picture).mean() < 25
    paper = network.enlarged(np.asarray(page))[:, 150 * scale :]
    assert paper.min() >= 250


@pytest.mark.models
def test_transparency_profile_and_format_are_kept(tmp_path: Path, settings: dict[str, Any]) -> None:
    pixels = np.zeros((64, 80, 4), np.uint8)
    pixels[..., :3] = (0, 255, 0)  # hidden; it must not show at the edge
    cv2.circle(pixels, (40, 32), 22, (220, 30, 30, 255), -1)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(pixels).save(tmp_path / "a.png", icc_profile=profile)
    made = enlarged(tmp_path, settings, tmp_path / "a.png", scale=2, format="webp", quality=100)
    assert (made.format, made.mode, made.size) == ("WEBP", "RGBA", (160, 128))
    assert made.info["icc_profile"] == profile
    large = np.asarray(made).astype(int)
    assert large[64, 80].tolist()[3] == 255
    assert large[2, 2, 3] == 0
    seen = large[large[..., 3] > 8]
    assert (seen[:, 1] < 110).all()
    opaque, warnings = enlarge.run(
        asked(tmp_path / "a.png", scale=2, format="jpeg"), tmp_path, lambda _: None, settings
    )
    assert "white" in warnings[0]
    assert Image.open(opaque[0].location).getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.models
def test_a_clip_keeps_its_times_colours_and_sound(tmp_path: Path, settings: dict[str, Any]) -> None:
    long = detailed(360, 160)
    views = [np.ascontiguousarray(long[:, 8 * at : 8 * at + 256]) for at in (0, 0, 1, 2)]
    small = [resized(view, 128, 80, Image.Resampling.BICUBIC) for view in views]
    source = film(tmp_path / "a.mp4", small, fps=12, sound="aac", seconds=4 / 12, crf=2)
    told: list[float] = []
    request = asked(source, Mode.UPSCALE_VIDEO, scale=2)
    (output,), warnings = enlarge.run(request, tmp_path, told.append, settings)
    made = Path(output.location)
    info = probe(made)
    assert (warnings, output.mime, info.video_codec) == ((), "video/mp4", "h264")
    assert (info.width, info.height, info.fps, info.frames) == (256, 160, 12, 4)
    assert video_seconds(made) == pytest.approx(video_seconds(source), abs=1e-4)
    assert sound_packets(made) == sound_packets(source)
    assert told == sorted(told)
    for (_, picture), (_, small), view in zip(shown(made), shown(source), views, strict=True):
        plain = resized(small, 256, 160, Image.Resampling.LANCZOS)
        light, truth, flat = (cv2.cvtColor(part, cv2.COLOR_RGB2GRAY) for part in (picture, view, plain))
        assert likeness(light, truth) > likeness(flat, truth) + 1
        assert np.abs(picture.mean(axis=(0, 1)) - view.mean(axis=(0, 1))).max() < 3


@pytest.mark.parametrize("scale", [0, 1, 5, 2.5, "2", True])
def test_other_scales_are_refused(tmp_path: Path, scale: Any) -> None:
    with pytest.raises(EngineError, match="scale: must be one of 2, 3, 4"):
        enlarge.run(asked(tmp_path / "a.png", scale=scale), tmp_path, lambda _: None, NOWHERE)


def test_what_would_be_too_large_or_cannot_be_read_is_refused(tmp_path: Path) -> None:
    Image.new("L", (4000, 3000)).save(tmp_path / "a.png")
    with pytest.raises(EngineError, match=r"4000x3000 pixels, 4 times") as caught:
        enlarge.run(asked(tmp_path / "a.png", scale=4), tmp_path, lambda _: None, NOWHERE)
    assert caught.value.code is FailureCode.INPUT_SIZE
    wide = film(tmp_path / "a.mp4", [np.zeros((1088, 1920, 3), np.uint8)])
    with pytest.raises(EngineError, match="7680x4352"):
        enlarge.run(asked(wide, Mode.UPSCALE_VIDEO, scale=4), tmp_path, lambda _: None, NOWHERE)
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    for request in (asked(tmp_path / "b.png"), asked(None), asked(tmp_path / "b.png", Mode.UPSCALE_VIDEO)):
        with pytest.raises(EngineError) as caught:
            enlarge.run(request, tmp_path, lambda _: None, NOWHERE)
        assert caught.value.code is FailureCode.INVALID_INPUT


def test_without_weights_the_command_is_said(tmp_path: Path) -> None:
    Image.new("RGB", (32, 32)).save(tmp_path / "a.png")
    with pytest.raises(EngineError, match="rushes models pull span") as caught:
        enlarge.run(asked(tmp_path / "a.png"), tmp_path, lambda _: None, {"models": str(tmp_path), "offline": True})
    assert caught.value.code is FailureCode.MODEL_MISSING


def test_tiles_cover_a_picture_once() -> None:
    for height, width in ((1, 1), (320, 641), (777, 1000)):
        seen = np.zeros((height, width), int)
        for tile in tiles(height, width, 320):
            seen[tile.top : tile.bottom, tile.left : tile.right] += 1
            assert max(tile.bottom - tile.top, tile.right - tile.left) <= 320
        assert (seen == 1).all()


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_tiles_with_margins_are_no_larger_and_see_less_twice(height: int, width: int) -> None:
    def seen(tile: Tile) -> int:
        rows = min(height, tile.bottom + 16) - max(0, tile.top - 16)
        return rows * (min(width, tile.right + 16) - max(0, tile.left - 16))

    found = list(tiles_with_margins(height, width, 320, 16))
    covered = np.zeros((height, width), bool)
    for tile in found:
        covered[tile.top : tile.bottom, tile.left : tile.right] = True
        assert seen(tile) <= (320 + 32) ** 2
    assert covered.all()
    assert sum((tile.bottom - tile.top) * (tile.right - tile.left) for tile in found) == height * width
    assert sum(map(seen, found)) <= sum(map(seen, tiles(height, width, 320)))
