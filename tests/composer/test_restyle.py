"""Video to video, sound to video and motion transfer: what becomes of given clips, and what is said about it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import msgspec
import numpy as np
import pytest

from rushes.engines.contract import EngineError, Input, Mode, Request, Role
from rushes.engines.local.composer.compose import compose
from rushes.engines.local.composer.plane import to_i420, to_yuv
from rushes.engines.local.composer.restyle import Restyler
from rushes.engines.local.composer.weights import Assets
from rushes.media.encode import VideoWriter
from rushes.media.probe import probe
from tests.composer.known import Picture, middle, red, texture
from tests.composer.test_edit import disc, file

WIDTH, HEIGHT, FPS, SECONDS = 192, 128, 12, 1.5


def scene(number: int, noise: int = 0) -> Picture:
    """A still, textured ground with a red disc that goes to the right; noise is new in every frame."""
    picture = texture(WIDTH, HEIGHT)
    if noise:
        grain = np.random.default_rng(number).integers(-noise, noise + 1, picture.shape)
        picture = np.clip(picture.astype(int) + grain, 0, 255).astype(np.uint8)
    cv2.circle(picture, (30 + 6 * number, HEIGHT // 2), 16, (220, 30, 30), -1, cv2.LINE_AA)
    return picture


def clip(folder: Path, *, sound: bool = False, seconds: float = SECONDS) -> Input:
    path = folder / "clip.mp4"
    with VideoWriter(path, width=WIDTH, height=HEIGHT, fps=FPS, sound=sound, crf=12) as writer:
        if sound:
            tone = np.sin(np.arange(round(48_000 * seconds)) * 2 * np.pi * 440 / 48_000).astype(np.float32) * 0.4
            writer.write_audio(np.column_stack([tone, tone]))
        for number in range(round(FPS * seconds)):
            writer.write(to_i420(*to_yuv(scene(number))))
    return Input(role=Role.REFERENCE_VIDEO, path=str(path), mime="video/mp4", width=WIDTH, height=HEIGHT)


def request(mode: Mode, *inputs: Input, prompt: str = "make it an oil painting", **more: Any) -> Request:
    whole = {"width": WIDTH, "height": HEIGHT, "seconds": SECONDS, "fps": FPS, **more}
    return Request(job="j", model="m", mode=mode, prompt=prompt, seed=5, inputs=inputs, **whole)


def made(folder: Path, wanted: Request) -> tuple[list[Picture], str, Path]:
    out = folder / "out"
    out.mkdir(exist_ok=True)
    outputs, warnings = compose(wanted, out, lambda _: None, Assets())
    path = Path(outputs[0].location)
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return frames, " / ".join(warnings), path


def apart(a: Picture, b: Picture) -> float:
    """Mean difference away from the corner that carries the draft mark."""
    return float(cv2.absdiff(a, b)[: HEIGHT * 3 // 4].mean())


def restyle(folder: Path, prompt: str, strength: float, **more: Any) -> tuple[list[Picture], str]:
    wanted = request(Mode.VIDEO_TO_VIDEO, clip(folder), prompt=prompt, extra={"strength": strength}, **more)
    return made(folder, wanted)[:2]


def test_strength_goes_from_nothing_to_everything(tmp_path: Path) -> None:
    changes = []
    for strength in (0.0, 0.3, 0.6, 1.0):
        frames, said = restyle(tmp_path, "turn it into a pencil sketch", strength)
        assert len(frames) == round(FPS * SECONDS)
        changes.append(np.mean([apart(frame, scene(number)) for number, frame in enumerate(frames)]))
        assert ("strength 0: the clip was only" in said) == (strength == 0)
        assert ("(sketch)" in said) == (strength > 0)
    assert changes[0] < 7, "only encoded again"
    assert changes == sorted(changes)
    assert changes[1] > changes[0] + 5
    assert changes[3] > changes[1] * 2


@pytest.mark.parametrize(
    ("prompt", "look"),
    [("at night", "night"), ("make it a cartoon", "cartoon"), ("pixel art style", "pixels"),
     ("black and white", "mono"), ("a foggy autumn morning", "autumn, sunrise, fog")],
)  # fmt: skip
def test_the_prompt_names_the_look(tmp_path: Path, prompt: str, look: str) -> None:
    frames, said = restyle(tmp_path, prompt, 1.0)
    assert f"({look})" in said
    assert apart(frames[0], scene(0)) > 5
    if look == "mono":
        assert np.ptp(frames[3][: HEIGHT // 2].astype(int), axis=2).mean() < 4


def test_a_prompt_without_a_look_gets_one_and_is_told(tmp_path: Path) -> None:
    frames, said = restyle(tmp_path, "Zorblatt", 1.0)
    assert "names no look" in said
    assert apart(frames[0], scene(0)) > 2
    _, said = restyle(tmp_path, "remove the car and blur the background", 1.0)
    assert "its background was not treated" in said
    assert "nothing was added, removed" in said


def test_what_moves_in_the_clip_moves_in_the_result() -> None:
    restyler = Restyler("an oil painting", 1.0, 5)
    for number in range(17):
        ground = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
        cv2.circle(ground, (30 + 6 * number, HEIGHT // 2), 16, (220, 30, 30), -1, cv2.LINE_AA)
        shown = red(restyler.frame(ground, number / FPS))
        assert middle(shown) == pytest.approx((30 + 6 * number, HEIGHT // 2), abs=1.5)
        assert shown.sum() == pytest.approx(red(ground).sum(), rel=0.25), "without a trail"


@pytest.mark.parametrize("prompt", ["an oil painting", "a cartoon", "a pencil sketch"])
def test_strokes_tremble_less_than_the_clip_s_noise(prompt: str) -> None:
    """Each frame by itself would be stroked anew; held, what does not move stays."""
    restyler, still = Restyler(prompt, 1.0, 1), (slice(90, HEIGHT), slice(0, WIDTH))
    held = [restyler.frame(scene(number, noise=9), number / FPS)[still] for number in range(10)]
    alone = [Restyler(prompt, 1.0, 1).frame(scene(number, noise=9), number / FPS)[still] for number in range(10)]

    def trembling(frames: list[Picture]) -> float:
        return float(np.mean([cv2.absdiff(a, b).mean() for a, b in pairwise(frames)]))

    assert trembling(held[3:]) < 0.5 * trembling(alone[3:])


def test_haze_and_sun_do_not_flicker_and_rain_falls() -> None:
    """The brighter side changes from frame to frame: the sun must not jump, nor the haze change its grey."""
    dark, bright = (np.full((HEIGHT, WIDTH, 3), level, np.uint8) for level in (60, 66))
    dark[:, : WIDTH // 2] += 20
    bright[:, WIDTH // 2 :] += 20
    restyler = Restyler("at sunset in the fog", 1.0, 3)
    first, second = (restyler.frame(picture, 0.1 * number) for number, picture in enumerate((dark, bright)))
    lit = [float(frame[:40, :30].mean()) - float(frame[:40, -30:].mean()) for frame in (first, second)]
    assert lit[0] > 20
    assert lit[1] > 0, "the sun stays where it was"
    rain = Restyler("heavy rain", 1.0, 3)
    drops = [rain.frame(dark, time) for time in (0.0, 0.1, 0.0)]
    assert cv2.absdiff(drops[0], drops[1]).max() > 10, "rain falls"
    assert np.array_equal(drops[0], drops[2]), "and is the same at the same moment"


def test_another_size_and_rate_and_an_early_end(tmp_path: Path) -> None:
    frames, said = restyle(tmp_path, "sepia", 0.5, width=96, height=96, fps=24, seconds=4.0)
    assert len(frames) == pytest.approx(24 * SECONDS, abs=1)
    assert frames[0].shape == (96, 96, 3)
    assert "the clip ends after 1.5 seconds" in said
    frames, said = restyle(tmp_path, "sepia", 0.5, seconds=0.5)
    assert len(frames) == 6
    assert "ends" not in said


@pytest.mark.parametrize("kept", [True, False])
def test_its_own_sound_is_kept_when_asked_for(tmp_path: Path, kept: bool) -> None:
    wanted = request(Mode.VIDEO_TO_VIDEO, clip(tmp_path, sound=True), sound=kept)
    _, _, path = made(tmp_path, wanted)
    assert bool(probe(path).audio_codec) == kept
    if kept:
        assert loudest_tone(path) == pytest.approx(440, abs=3)
    silent = request(Mode.VIDEO_TO_VIDEO, clip(tmp_path), sound=kept)
    assert not probe(made(tmp_path, silent)[2]).audio_codec


def loudest_tone(path: Path) -> float:
    with av.open(str(path)) as container:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * 48_000 / len(samples))


def test_a_portrait_with_a_recording(tmp_path: Path) -> None:
    recording = Input(role=Role.AUDIO, path=clip(tmp_path, sound=True).path, mime="video/mp4")
    portrait = file(tmp_path, disc())
    frames, said, path = made(tmp_path, request(Mode.SOUND_TO_VIDEO, portrait, recording, prompt=""))
    assert len(frames) == round(FPS * SECONDS)
    assert loudest_tone(path) == pytest.approx(440, abs=3)
    assert "its lips do not move" in said
    assert "was cut after" not in said
    long = msgspec.structs.replace(recording, duration=9.0)
    assert "cut after 1.5 seconds" in made(tmp_path, request(Mode.SOUND_TO_VIDEO, portrait, long))[1]
    assert apart(frames[0], frames[-1]) > 0.3, "it moves"
    with pytest.raises(EngineError, match="no sound"):
        made(tmp_path, request(Mode.SOUND_TO_VIDEO, portrait, Input(
            role=Role.AUDIO, path=clip(tmp_path).path, mime="video/mp4")))  # fmt: skip


def test_motion_transfer_is_a_draft_and_says_so(tmp_path: Path) -> None:
    frames, said, _ = made(tmp_path, request(Mode.MOTION_TRANSFER, file(tmp_path, disc()), clip(tmp_path), prompt=""))
    assert len(frames) == round(FPS * SECONDS)
    assert "is not transferred" in said
    with pytest.raises(EngineError, match="reference_video: is required"):
        made(tmp_path, request(Mode.MOTION_TRANSFER, file(tmp_path, disc())))


def test_a_clip_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\0\0\0\x18ftypisom" + b"junk" * 100)
    broken = Input(role=Role.REFERENCE_VIDEO, path=str(path), mime="video/mp4")
    with pytest.raises(EngineError, match="reference_video"):
        made(tmp_path, request(Mode.VIDEO_TO_VIDEO, broken))
