"""A clip whose picture is made anew keeps its times, its colours and its sound."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from rushes.media.footage import Footage, Shot
from rushes.media.planes import Colours, colours_of, from_rgb, to_rgb
from rushes.media.probe import UnreadableMedia, probe
from rushes.media.remake import Remake
from tests.media.filmed import film, shown, sound_packets, video_seconds


def pictures(count: int, width: int = 160, height: int = 96) -> list[np.ndarray]:
    made = []
    for number in range(count):
        picture = np.full((height, width, 3), (200, 120, 40), np.uint8)
        cv2.circle(picture, (20 + 4 * number, height // 2), 14, (20, 60, 220), -1, cv2.LINE_AA)
        made.append(picture)
    return made


def remade(source: Path, target: Path) -> tuple[list[Shot], tuple[str, ...]]:
    with Footage(source) as clip:
        with Remake(target, clip, width=clip.width, height=clip.height, rate=clip.rate) as writer:
            shots = []
            for shot in clip.frames():
                writer.write(shot.planes, shot.start, shot.until)
                shots.append(shot)
        return shots, writer.warnings


@pytest.mark.parametrize("fps", [Fraction(24_000, 1001), Fraction(25), Fraction(60)])
def test_times_length_picture_and_sound_are_kept(tmp_path: Path, fps: Fraction) -> None:
    given = pictures(31)
    source = film(tmp_path / "a.mp4", given, fps=fps, sound="aac", seconds=31 / float(fps))
    shots, warnings = remade(source, tmp_path / "b.mp4")
    assert warnings == ()
    assert [shot.start for shot in shots] == [number / fps for number in range(31)]
    assert shots[-1].until == 31 / fps
    assert video_seconds(tmp_path / "b.mp4") == pytest.approx(video_seconds(source), abs=1e-4)
    assert probe(tmp_path / "b.mp4").fps == pytest.approx(float(fps), rel=1e-6)
    assert sound_packets(tmp_path / "b.mp4") == sound_packets(source)
    for (when, picture), (was, before) in zip(shown(tmp_path / "b.mp4"), shown(source), strict=True):
        assert when == pytest.approx(was, abs=1e-4)
        assert np.abs(picture.astype(int) - before).mean() < 2


def test_uneven_times_are_kept(tmp_path: Path) -> None:
    times = [0, 0.04, 0.2, 0.23, 0.5, 0.9]
    source = film(tmp_path / "a.mp4", pictures(6), times=times)
    remade(source, tmp_path / "b.mp4")
    assert [time for time, _ in shown(tmp_path / "b.mp4")] == pytest.approx(times, abs=1e-3)


def test_times_counted_in_milliseconds_come_out_even(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mkv", pictures(24), fps=Fraction(24_000, 1001))
    shots, _ = remade(source, tmp_path / "b.mp4")
    assert [shot.start for shot in shots] == [number * Fraction(1001, 24_000) for number in range(24)]


def test_a_clip_that_begins_late_begins_at_once_with_its_sound(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mkv", pictures(24), sound="libmp3lame", seconds=1.0, begin=3.0)
    remade(source, tmp_path / "b.mp4")
    assert shown(tmp_path / "b.mp4")[0][0] == pytest.approx(0, abs=0.002)
    with av.open(str(tmp_path / "b.mp4")) as container:
        first = next(container.decode(audio=0))
    assert first.time == pytest.approx(0, abs=0.05)
    assert sound_packets(tmp_path / "b.mp4") == sound_packets(source)


def test_sound_that_an_mp4_does_not_hold_is_encoded_again_and_said(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mkv", pictures(24), sound="pcm_s16le", seconds=1.0)
    _, [warning] = remade(source, tmp_path / "b.mp4")
    assert "pcm_s16le" in warning
    info = probe(tmp_path / "b.mp4")
    assert info.audio_codec == "aac"
    assert info.duration == pytest.approx(1.0, abs=0.03)


def test_an_odd_side_loses_a_pixel(tmp_path: Path) -> None:
    odd = tmp_path / "odd.gif"
    frames = [Image.fromarray(picture[:95, :159]) for picture in pictures(4)]
    frames[0].save(odd, save_all=True, append_images=frames[1:], duration=100)
    shots, _ = remade(odd, tmp_path / "b.mp4")
    assert probe(tmp_path / "b.mp4").width == 158
    assert probe(tmp_path / "b.mp4").height == 94
    assert len(shots) == 4
    assert np.abs(shown(tmp_path / "b.mp4")[0][1].astype(int) - pictures(1)[0][:94, :158]).mean() < 3


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("space", [1, 6, 9])
def test_colours_survive_both_ways(full: bool, space: int) -> None:
    colours = colours_of(full=full, space=space, primaries=1, transfer=1, height=100)
    smooth = cv2.resize(np.random.default_rng(1).integers(0, 255, (6, 8, 3), np.uint8), (320, 240))
    again = to_rgb(from_rgb(smooth, colours), colours)
    assert np.abs(again.astype(int) - smooth).max() <= 8
    assert np.abs(again.astype(int) - smooth).mean() < 1.2
    grey = from_rgb(np.full((16, 16, 3), 255, np.uint8), colours)
    assert grey.light.min() == grey.light.max() == (255 if full else 235)


def test_untagged_clips_are_taken_as_players_do() -> None:
    said = {"full": False, "primaries": 2, "transfer": 2}
    assert colours_of(space=2, height=480, **said) == Colours(space=6, primaries=2, transfer=2)
    assert colours_of(space=2, height=1080, **said) == Colours(space=1, primaries=2, transfer=2)


def test_what_is_no_clip_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(500))
    with pytest.raises(UnreadableMedia):
        Footage(tmp_path / "a.mp4")
    source = film(tmp_path / "b.mp4", pictures(3))
    with Footage(source) as clip:
        writer = Remake(tmp_path / "c.mp4", clip, width=clip.width, height=clip.height, rate=clip.rate)
        with pytest.raises(ZeroDivisionError), writer:
            raise ZeroDivisionError
    assert not (tmp_path / "c.mp4").exists()
