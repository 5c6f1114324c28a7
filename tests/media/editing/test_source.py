"""What is read from a file before an edit, and files that are refused."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import pytest

from rushes.media.editing.source import Limits, check, look, look_at
from rushes.media.editing.timing import Scan, rate_of
from rushes.media.probe import UnreadableMedia
from tests.media.editing.signals import clip, hdr_clip


def ffmpeg(*arguments: str | Path) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


def test_tracks_are_measured(tmp_path: Path) -> None:
    source = look(clip(tmp_path / "a.mp4", seconds=2, fps=Fraction(24000, 1001), channels=2))
    video, sound = source.picture, source.audio[0]
    assert (video.codec, video.width, video.height, video.frames) == ("h264", 192, 96, 48)
    assert (video.fps, video.constant, video.start) == (Fraction(24000, 1001), True, 0)
    assert video.duration == pytest.approx(48 * 1001 / 24000)
    assert (sound.codec, sound.rate, sound.channels, sound.layout) == ("aac", 48_000, 2, "stereo")
    assert sound.start == 0
    assert sound.duration == pytest.approx(2.0, abs=0.03)


@pytest.mark.parametrize("fps", [Fraction(60000, 1001), Fraction(24), Fraction(30000, 1001), Fraction(120)])
def test_rates_are_found_where_times_are_whole_milliseconds(tmp_path: Path, fps: Fraction) -> None:
    video = look(clip(tmp_path / "a.mkv", seconds=3, fps=fps, flashes=())).picture
    assert (video.fps, video.constant) == (fps, True)


def test_a_rate_that_varies_is_told(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.1, 0.14, 0.3, 0.31, 0.5]
    video = look(clip(tmp_path / "a.mp4", times=times, seconds=0.6, flashes=())).picture
    assert not video.constant
    assert video.frames == len(times)


def test_one_frame_has_a_rate() -> None:
    assert rate_of(Scan(tick=Fraction(1, 1000), points=[0], end=40), None) == (Fraction(25), True)


def test_a_turned_picture_with_wide_pixels(tmp_path: Path) -> None:
    plain = clip(tmp_path / "plain.mp4", seconds=1, options=("-aspect", "8:3"), width=128, height=64, sound="")
    turned = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation:v:0", "-90", "-i", plain, "-c", "copy", turned)
    video = look(turned).picture
    assert (video.rotation, video.sar) == (90, Fraction(4, 3))
    assert (video.width, video.height) == (128, 64)
    assert (video.shown_width, video.shown_height) == (64, 171)


def test_hdr_is_recognised(tmp_path: Path) -> None:
    video = look(hdr_clip(tmp_path / "a.mp4", seconds=1)).picture
    assert video.color.hdr
    assert (video.color.primaries, video.color.transfer, video.color.matrix) == ("bt2020", "smpte2084", "bt2020nc")
    assert video.bit_depth == 10


def test_the_default_of_ten_sounds_comes_first(tmp_path: Path) -> None:
    source = look(clip(tmp_path / "a.mkv", seconds=1, tracks=10))
    assert len(source.audio) == 10
    assert source.audio[0].index == 10


def test_cover_art_is_no_picture(tmp_path: Path) -> None:
    cover, song = tmp_path / "cover.png", tmp_path / "song.m4a"
    ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", cover)
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-i", cover, "-map", "0", "-map", "1", "-c:v", "png", "-c:a", "aac",
           "-disposition:v", "attached_pic", song)  # fmt: skip
    source = look(song)
    assert source.video is None
    assert source.audio
    with pytest.raises(UnreadableMedia, match="no picture, only sound"):
        _ = source.picture


@pytest.mark.parametrize(("width", "height"), [(1, 1), (191, 95), (2, 2)])
def test_odd_and_tiny_sizes(tmp_path: Path, width: int, height: int) -> None:
    target = tmp_path / "a.mkv"
    ffmpeg("-f", "lavfi", "-i", f"color=red:s={width}x{height}:d=0.2", "-c:v", "ffv1", "-pix_fmt", "bgr0", target)
    video = look(target).picture
    assert (video.width, video.height) == (width, height)


def test_several_files_are_measured_in_their_order(tmp_path: Path) -> None:
    made = [clip(tmp_path / f"{number}.mp4", seconds=number) for number in (2, 1, 3)]
    assert [look(one) for one in made] == look_at(made)
    (tmp_path / "4.mp4").touch()
    bad = tmp_path / "5.mp4"
    bad.write_text("text")
    with pytest.raises(UnreadableMedia, match="empty"):
        look_at([made[0], tmp_path / "4.mp4", bad])


def test_fragments_longer_than_what_is_looked_through_first(tmp_path: Path) -> None:
    """The sound begins at 0, but behind two megabytes of picture that begins later."""
    made = tmp_path / "a.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=d=1:r=30:s=400x224,noise=alls=60:allf=t", "-f", "lavfi", "-i", "sine=d=1",
           "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-qp", "10", "-c:a", "aac",
           "-movflags", "+frag_keyframe+empty_moov", made)  # fmt: skip
    assert 2_000_000 < made.stat().st_size < 4_500_000
    source = look(made)
    assert not source.early
    assert source.begin == 0
    assert source.audio[0].start == 0
    assert source.picture.start == pytest.approx(2 / 30, abs=0.001)


class TestBad:
    def test_empty(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp4").touch()
        with pytest.raises(UnreadableMedia, match="empty"):
            look(tmp_path / "a.mp4")

    @pytest.mark.parametrize(
        "text",
        ["#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nother.mp4\n#EXT-X-ENDLIST\n",
         "ffconcat version 1.0\nfile 'other.mp4'\n", '<?xml version="1.0"?><MPD></MPD>', "RIFF", "\0" * 64],
    )  # fmt: skip
    def test_what_only_names_other_files(self, tmp_path: Path, text: str) -> None:
        clip(tmp_path / "other.mp4", seconds=1)
        (tmp_path / "a.mp4").write_text(text)
        with pytest.raises(UnreadableMedia, match="not a video or sound"):
            look(tmp_path / "a.mp4")

    def test_a_wrong_extension_is_not_believed(self, tmp_path: Path) -> None:
        made = clip(tmp_path / "a.mp4", seconds=1)
        named = made.rename(tmp_path / "a.gif")
        assert look(named).mime == "video/mp4"

    @pytest.mark.parametrize(("name", "options"), [("a.mp4", ()), ("a.mp4", ("-movflags", "+faststart")),
                                                   ("a.mkv", ()), ("a.avi", ())])  # fmt: skip
    @pytest.mark.parametrize("share", [0.02, 0.5, 0.8])
    def test_cut_off(self, tmp_path: Path, name: str, options: tuple[str, ...], share: float) -> None:
        made = clip(tmp_path / name, seconds=8, options=(*options, "-b:v", "400k", "-minrate", "400k"), sound="mp3")
        made.write_bytes(made.read_bytes()[: round(made.stat().st_size * share)])
        with pytest.raises(UnreadableMedia, match="truncated"):
            look(made)

    def test_no_frames(self, tmp_path: Path) -> None:
        target = tmp_path / "a.mkv"
        ffmpeg("-f", "lavfi", "-i", "color=red:d=1", "-frames:v", "0", "-c:v", "ffv1", target)
        with pytest.raises(UnreadableMedia, match=r"no frames|neither|damaged"):
            look(target)

    def test_noise_where_frames_should_be(self, tmp_path: Path) -> None:
        made = clip(tmp_path / "a.mp4", seconds=2, sound="")
        data = bytearray(made.read_bytes())
        begin = data.index(b"mdat") + 4
        end = data.index(b"moov") - 4
        data[begin:end] = bytes(end - begin)
        made.write_bytes(data)
        with pytest.raises(UnreadableMedia, match=r"no frame can be decoded|damaged"):
            look(made)

    def test_a_picture_that_is_too_large(self, tmp_path: Path) -> None:
        """Refused by the header, before any frame is decoded."""
        wide = tmp_path / "wide.mp4"
        ffmpeg("-f", "lavfi", "-i", "color=red:s=8704x64:d=0.04", "-c:v", "libx264", "-frames:v", "1", wide)
        with pytest.raises(UnreadableMedia, match="8704x64 pixels"):
            look(wide)

    def test_limits_are_named(self, tmp_path: Path) -> None:
        source = look(clip(tmp_path / "a.mp4", seconds=2))
        check(source, Limits())
        for limits, said in (
            (Limits(max_bytes=100), "at most 100 are accepted"),
            (Limits(max_seconds=1.5), "at most 1.5 are accepted"),
            (Limits(max_pixels=100), "192x96 pixels, at most 100"),
            (Limits(max_frames=49), "50 frames, at most 49"),
        ):
            with pytest.raises(UnreadableMedia, match=said):
                check(source, limits)

    def test_a_small_file_of_very_many_frames(self, tmp_path: Path) -> None:
        """Frames that say nothing are a few bytes each: they are counted before any is decoded."""
        target = tmp_path / "a.mp4"
        ffmpeg("-f", "lavfi", "-i", "color=red:s=16x16:r=1000:d=20", "-c:v", "libx264", "-preset", "ultrafast", target)
        with pytest.raises(UnreadableMedia, match="20000 frames, at most 10000"):
            check(look(target), Limits(max_frames=10_000))
