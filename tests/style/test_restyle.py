"""Style transfer with the real networks: pictures and clips."""

from __future__ import annotations

import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from rushes.engines.contract import EngineError, Input, Mode, Request, Role
from rushes.engines.local.composer.plane import to_i420, to_yuv
from rushes.engines.local.style.restyle import run
from rushes.engines.local.style.styles import styles
from rushes.media.encode import VideoWriter
from rushes.media.probe import probe
from tests.speech.spoken import settings_for
from tests.style.test_steady import Picture, apart, grainy, ground

FPS, FRAMES = 12, 10


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return settings_for("style")


def png(path: Path, picture: Picture, role: Role = Role.IMAGE) -> Input:
    Image.fromarray(picture).save(path)
    return Input(role=role, path=str(path), mime="image/png", width=picture.shape[1], height=picture.shape[0])


def asked(
    mode: Mode, *inputs: Input, prompt: str = "", count: int = 1, size: tuple[int, int] = (0, 0), **more: Any
) -> Request:
    return Request(
        job="j", model="m", mode=mode, prompt=prompt, width=size[0], height=size[1], seconds=0, seed=3, fps=FPS,
        count=count, inputs=inputs, sound=more.pop("sound", False), extra=more,
    )  # fmt: skip


def pictures(folder: Path, request: Request, settings: dict[str, Any]) -> tuple[list[Picture], str]:
    outputs, notes = run(request, folder, lambda _: None, settings)
    return [np.asarray(Image.open(output.location).convert("RGB")) for output in outputs], " / ".join(notes)


def one(folder: Path, settings: dict[str, Any], *inputs: Input, **more: Any) -> Picture:
    return pictures(folder, asked(Mode.IMAGE_TO_IMAGE, *inputs, **more), settings)[0][0]


def test_every_style_paints_and_each_unlike_the_others(tmp_path: Path, settings: dict[str, Any]) -> None:
    given = png(tmp_path / "in.png", ground()[:128, :128])
    made = [one(tmp_path, settings, given, style=name) for name in styles()]
    assert all(picture.shape == (128, 128, 3) for picture in made)
    closest = min(apart(a, b) for number, a in enumerate(made) for b in made[:number])
    assert closest > 5


def test_strength_goes_from_nothing_to_everything(tmp_path: Path, settings: dict[str, Any]) -> None:
    picture = ground()[:160, :240]
    given, style = (
        png(tmp_path / "in.png", picture),
        png(tmp_path / "s.png", ground(9)[..., ::-1], Role.REFERENCE_IMAGE),
    )
    for inputs in ((given,), (given, style)):
        made = [one(tmp_path, settings, *inputs, strength=strength) for strength in (0.0, 0.3, 0.6, 1.0)]
        changes = [apart(result, picture) for result in made]
        assert changes[0] == 0
        assert changes == sorted(changes)
        assert changes[1] < 0.8 * changes[3]
        assert changes[1] > 2


def test_a_picture_s_style_is_that_picture_s(tmp_path: Path, settings: dict[str, Any]) -> None:
    """The colours of the result go where those of the style are."""
    given = png(tmp_path / "in.png", ground()[:160, :240])
    means = []
    for number, colour in enumerate(((200, 60, 40), (40, 80, 200))):
        look = np.clip(ground(9) // 3 + np.array(colour) // 1.5, 0, 255).astype(np.uint8)
        style = png(tmp_path / f"s{number}.png", look, Role.REFERENCE_IMAGE)
        means.append(one(tmp_path, settings, given, style).mean(axis=(0, 1)))
    assert means[0][0] > means[1][0] + 25
    assert means[1][2] > means[0][2] + 25


def test_the_prompt_the_name_and_what_is_said(tmp_path: Path, settings: dict[str, Any]) -> None:
    given = png(tmp_path / "in.png", ground()[:160, :240])
    by_prompt, said = pictures(tmp_path, asked(Mode.IMAGE_TO_IMAGE, given, prompt="like Van Gogh"), settings)
    assert "names the style starry-night" in said
    assert np.array_equal(by_prompt[0], one(tmp_path, settings, given, style="starry-night"))
    assert "no known style: oil" in pictures(tmp_path, asked(Mode.IMAGE_TO_IMAGE, given), settings)[1]


def test_size_mask_colours_and_several_results(tmp_path: Path, settings: dict[str, Any]) -> None:
    picture = ground()[:160, :240]
    given = png(tmp_path / "in.png", picture)
    assert one(tmp_path, settings, given, size=(1300, 750)).shape == (750, 1300, 3)
    assert one(tmp_path, settings, png(tmp_path / "t.png", picture[:18, :51])).shape == (18, 51, 3)
    hole = np.full((*picture.shape[:2], 4), 255, np.uint8)
    hole[:, 120:, 3] = 0
    masked = one(tmp_path, settings, given, png(tmp_path / "m.png", hole, Role.MASK))
    assert apart(masked[:, :120], picture[:, :120]) == 0
    assert apart(masked[:, 120:], picture[:, 120:]) > 5
    kept = one(tmp_path, settings, given, style="crimson", keep_colors=True)
    plain = one(tmp_path, settings, given, style="crimson")
    hue = [cv2.cvtColor(result, cv2.COLOR_RGB2YCrCb)[..., 1:] for result in (kept, plain, picture)]
    assert apart(hue[0], hue[2]) < 0.3 * apart(hue[1], hue[2])
    several, _ = pictures(tmp_path, asked(Mode.IMAGE_TO_IMAGE, given, count=3, style="oil"), settings)
    assert min(apart(several[0], several[1]), apart(several[1], several[2]), apart(several[0], several[2])) > 2


def test_a_turned_clip_is_painted_as_it_is_shown(tmp_path: Path, settings: dict[str, Any]) -> None:
    clip, turned = tmp_path / "clip.mp4", tmp_path / "turned.mp4"
    with VideoWriter(clip, width=96, height=64, fps=FPS, sound=False) as writer:
        for _ in range(3):
            writer.write(to_i420(*to_yuv(ground()[:64, :96])))
    command = [get_ffmpeg_exe(), "-v", "error", "-display_rotation", "90", "-i", clip, "-c", "copy", turned]
    subprocess.run(command, check=True)
    given = Input(role=Role.REFERENCE_VIDEO, path=str(turned), mime="video/mp4")
    (output,), _ = run(asked(Mode.VIDEO_TO_VIDEO, given, strength=0.0), tmp_path, lambda _: None, settings)
    info = probe(Path(output.location))
    assert (info.width, info.height) == (64, 96)


def test_what_cannot_be_done_is_said(tmp_path: Path, settings: dict[str, Any]) -> None:
    given = png(tmp_path / "in.png", ground()[:160, :240])
    for extra, words in (
        ({"style": "starry"}, "style: must be one of pastel, "),
        ({"strength": 2}, "strength: must be from 0 to 1"),
        ({"strength": True}, "strength"),
        ({"keep_colors": "yes"}, "keep_colors"),
    ):
        with pytest.raises(EngineError, match=words):
            one(tmp_path, settings, given, **extra)
    with pytest.raises(EngineError, match="image: is required"):
        one(tmp_path, settings)
    with pytest.raises(EngineError, match="does not do text-to-video"):
        run(asked(Mode.TEXT_TO_VIDEO), tmp_path, lambda _: None, settings)
    (tmp_path / "bad.mp4").write_bytes(b"\0\0\0\x18ftypisom" + b"junk" * 100)
    bad = Input(role=Role.REFERENCE_VIDEO, path=str(tmp_path / "bad.mp4"), mime="video/mp4")
    with pytest.raises(EngineError, match="reference_video"):
        run(asked(Mode.VIDEO_TO_VIDEO, bad), tmp_path, lambda _: None, settings)


def test_a_noisy_still_clip_hardly_trembles_and_keeps_its_sound(tmp_path: Path, settings: dict[str, Any]) -> None:
    frames = [grainy(ground()[:160, :240], number) for number in range(FRAMES)]
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, width=240, height=160, fps=FPS, sound=True, crf=8) as writer:
        tone = np.sin(np.arange(48_000 * FRAMES // FPS) * 2 * np.pi * 440 / 48_000).astype(np.float32) * 0.4
        writer.write_audio(np.column_stack([tone, tone]))
        for frame in frames:
            writer.write(to_i420(*to_yuv(frame)))
    given = Input(role=Role.REFERENCE_VIDEO, path=str(path), mime="video/mp4")
    told: list[float] = []
    (output,), said = run(
        asked(Mode.VIDEO_TO_VIDEO, given, prompt="starry night", sound=True), tmp_path, told.append, settings
    )
    info = probe(Path(output.location))
    assert (info.width, info.height, info.fps, bool(info.audio_codec)) == (240, 160, FPS, True)
    assert info.duration == pytest.approx(FRAMES / FPS, abs=0.05)
    assert said == ("the prompt names the style starry-night",)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1, abs=0.01)
    with av.open(output.location) as container:
        made = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(made) == FRAMES
    alone = [one(tmp_path, settings, png(tmp_path / "f.png", frame), style="starry-night") for frame in frames]
    trembling = [float(np.mean([apart(*pair) for pair in pairwise(all_of[3:])])) for all_of in (alone, made)]
    assert trembling[0] > 8
    assert trembling[1] < 3
    assert trembling[1] < 0.3 * trembling[0]
