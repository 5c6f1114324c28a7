"""The writer's promises: what goes in comes out, and what goes wrong leaves nothing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from rushes.media.encode import VideoWriter

WIDTH, HEIGHT, FPS = 64, 48, 24


def frame(level: int = 100) -> np.ndarray:
    picture = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    picture[:HEIGHT] = level
    return picture


def writer(path: Path, **change: bool) -> VideoWriter:
    return VideoWriter(path, width=WIDTH, height=HEIGHT, fps=FPS, **change)


def test_one_array_may_be_used_for_all_frames(tmp_path: Path) -> None:
    """The encoder looks ahead and keeps frames for later: it must keep copies."""
    path, levels = tmp_path / "a.mp4", [40 + 3 * number for number in range(50)]
    picture = frame()
    with writer(path) as video:
        for level in levels:
            picture[:HEIGHT] = level
            video.write(picture)
            picture[:] = 0
    with av.open(str(path)) as container:
        seen = [float(shown.to_ndarray()[:HEIGHT].mean()) for shown in container.decode(video=0)]
    assert seen == pytest.approx(levels, abs=2)


def test_times_are_exact_and_colours_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with writer(path) as video:
        for number in range(3 * FPS):
            video.write(frame(number))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        times, keys = [], []
        for shown in container.decode(stream):
            assert shown.pts is not None
            assert shown.time_base is not None
            times.append(shown.pts * shown.time_base)
            if shown.key_frame:
                keys.append(times[-1])
        context = stream.codec_context
        # 1 is BT.709 for primaries, transfer and matrix, and limited for the range.
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
    assert times == [Fraction(number, FPS) for number in range(3 * FPS)]
    assert keys[:2] == [0, 2]


def test_sound_in_pieces_is_sound_without_gaps(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    tone = np.sin(np.arange(48_000) * (440 * 2 * np.pi / 48_000)).astype(np.float32) * 0.5
    with writer(path, sound=True) as video:
        for _ in range(FPS):
            video.write(frame())
        for piece in np.array_split(np.stack([tone, tone], axis=1), [1, 1000, 1001, 30_000]):
            video.write_audio(piece)
    with av.open(str(path)) as container:
        heard = np.concatenate([block.to_ndarray()[0] for block in container.decode(audio=0)])[:48_000]
    loudness = np.sqrt((heard[4800:43_200].reshape(-1, 480) ** 2).mean(axis=1))
    assert len(heard) == 48_000
    assert loudness == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((HEIGHT, WIDTH), np.uint8), np.zeros((HEIGHT * 3 // 2, WIDTH), np.float32), np.zeros(1, np.uint8)],
)
def test_a_frame_of_another_shape_is_refused(tmp_path: Path, wrong: np.ndarray) -> None:
    path = tmp_path / "a.mp4"
    with pytest.raises(ValueError, match="must be uint8 of shape"), writer(path) as video:
        video.write(wrong)
    assert not path.exists()


def test_a_video_without_frames_is_an_error_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with pytest.raises(ValueError, match="at least one frame"), writer(path):
        pass
    assert not path.exists()


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with writer(path) as video:
        video.write(frame())
        video.close()
        written = path.read_bytes()
    assert path.read_bytes() == written
    with av.open(str(path)) as container:
        assert len(list(container.decode(video=0))) == 1


def test_an_array_that_is_a_view_is_written_too(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    wide = np.full((HEIGHT * 3 // 2, WIDTH * 2), 128, np.uint8)
    wide[:HEIGHT, ::2] = 200
    with writer(path) as video:
        video.write(wide[:, ::2])
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).to_ndarray()[:HEIGHT].mean() == pytest.approx(200, abs=2)
