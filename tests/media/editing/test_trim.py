"""Cutting: exact frames, sound beside them, joints that hold, and the way back where copying does not do."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.media.editing.cutting import Moment, nearest_span, plan
from rushes.media.editing.ffmpeg import EditFailed
from rushes.media.editing.nal import NotPlain, packed, read_sets, sps_of, started, units
from rushes.media.editing.smart import smart_cut
from rushes.media.editing.source import Source, look
from rushes.media.editing.trim import encoded_cut, trim
from tests.media.editing.pictures import packets
from tests.media.editing.signals import clip, hdr_clip, heard, seen

BEEPS = (1.0, 2.0, 3.0, 4.0, 5.0)
UNEVEN = [round(number * 0.04 + number % 3 * 0.009, 3) for number in range(150)]
IN_STEP = 0.020


def nothing(_: float) -> None:
    pass


def cut(source: Source, start: float, end: float, folder: Path) -> tuple[Path, tuple[str, ...]]:
    target = folder / "cut.mp4"
    return target, trim(source, start, end, target, folder, nothing)


def ffmpeg(*arguments: str | Path) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


def judged(target: Path, frames: Sequence[int], fps: Fraction | None, off: float = 0.0) -> None:
    """Exactly these frames, each at its time, and every beep at its flash, but for what the original was off."""
    times, numbers, flashes = seen(target)
    assert numbers == list(frames)
    if fps is not None:
        assert times == pytest.approx([float(at / fps) for at in range(len(frames))], abs=0.0012)
    length, beeps = heard(target)
    assert len(flashes) == len(beeps) > 2
    assert all(abs(beep - flash) <= IN_STEP + off for flash, beep in zip(flashes, beeps, strict=True)), (flashes, beeps)
    # Sound that ended before its picture is not made longer, by a packet at most.
    assert -0.022 <= length - look(target).picture.duration <= 0.002


COPIED = {
    "plain": {},
    "film rate": {"fps": Fraction(24000, 1001)},
    "59.94": {"fps": Fraction(60000, 1001)},
    "120": {"fps": 120},
    "no B-frames": {"options": ("-bf", "0")},
    "many B-frames": {"options": ("-bf", "8", "-x264-params", "b-pyramid=normal:b-adapt=0:ref=4")},
    "baseline": {"options": ("-profile:v", "baseline")},
    "main": {"options": ("-profile:v", "main")},
    "uneven rate": {"times": UNEVEN},
    "late sound": {"late": 1.5},
    "5.1": {"channels": 6},
    "44.1 kHz stereo": {"channels": 2, "rate": 44_100},
    "quicktime": {"name": "a.mov"},
    "in-band parameter sets": {"options": ("-bsf:v", "dump_extra=freq=keyframe")},
    "colours": {"options": ("-vf", "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv")},
}


@pytest.mark.parametrize("kind", COPIED)
@pytest.mark.parametrize(("start", "end"), [(0.52, 5.48), (1.22, 6.0)])
def test_smart_cuts_are_exact(tmp_path: Path, kind: str, start: float, end: float) -> None:
    how = dict(COPIED[kind])
    flashes = [beep for beep in BEEPS if beep >= float(str(how.get("late", 0)))]
    made = clip(tmp_path / str(how.pop("name", "a.mp4")), seconds=6, flashes=flashes, **how)  # type: ignore[arg-type]
    source = look(made)
    target = tmp_path / "cut.mp4"
    span = smart_cut(source, start, end, target, nothing)
    fps = source.picture.fps if source.picture.constant else None
    if fps:
        assert (span.first, span.last) == (pytest.approx(start * fps, abs=0.51), pytest.approx(end * fps, abs=0.51))
    judged(target, range(span.first, span.last), fps, off=0 if fps else 0.018)
    # A decoder hears and sees it without a complaint.
    said = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-xerror", "-i", target, "-fps_mode", "passthrough",
         "-enc_time_base", "demux", "-f", "null", "-"], capture_output=True, check=True,
    )  # fmt: skip
    assert said.stderr == b""


@pytest.mark.parametrize(("start", "end"), [(0.0, 3.2), (0.0, 6.0), (2.0, 5.52), (1.9, 4.1)])
def test_any_cut_of_a_plain_clip(tmp_path: Path, start: float, end: float) -> None:
    source, target = look(clip(tmp_path / "a.mp4", seconds=6, flashes=BEEPS)), tmp_path / "cut.mp4"
    span = smart_cut(source, start, end, target, nothing)
    assert (span.first / 25, span.last / 25) == (pytest.approx(start, abs=0.021), pytest.approx(end, abs=0.021))
    judged(target, range(span.first, span.last), Fraction(25))


def test_what_is_copied_is_the_same_bytes_and_the_edges_look_the_same(tmp_path: Path) -> None:
    moving = tmp_path / "moving.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=8", "-c:v", "libx264", "-g", "60", moving)
    source, target = look(moving), tmp_path / "cut.mp4"
    span = smart_cut(source, 1.0, 7.0, target, nothing)
    with av.open(str(moving)) as one, av.open(str(target)) as two:
        before, after = list(one.decode(video=0)), list(two.decode(video=0))
    assert len(after) == span.count == 150
    same = 0
    for frame, other in zip(before[span.first : span.last], after, strict=True):
        apart = frame.to_ndarray(format="gray").astype(float) - other.to_ndarray(format="gray")
        error = float(np.mean(apart**2))
        same += error == 0
        assert error < 12, "better than 37 dB"
    assert same >= 110, "from the key frame at 60 on nothing was encoded"


def test_sound_is_copied_where_it_can_be_and_encoded_where_not(tmp_path: Path) -> None:
    for number, (how, kept) in enumerate(
        (({}, True), ({"rate": 44_100, "channels": 2}, True), ({"late": 0.7}, False), ({"sound": "libmp3lame"}, False))
    ):
        made = clip(tmp_path / f"{number}.mp4", seconds=6, flashes=BEEPS, **how)  # type: ignore[arg-type]
        smart_cut(look(made), 0.52, 5.48, tmp_path / "cut.mp4", nothing)
        assert (set(packets(tmp_path / "cut.mp4", "audio")) <= set(packets(made, "audio"))) == kept
        judged(tmp_path / "cut.mp4", range(13, 137), Fraction(25))


def test_sound_whose_packets_overlap_is_put_in_its_place(tmp_path: Path) -> None:
    """Files that a plain copy joined have such joints: from there on they sound 32 ms late."""
    one, joined, named = clip(tmp_path / "one.mp4", seconds=4), tmp_path / "joined.mp4", tmp_path / "list.txt"
    named.write_text(f"file '{one}'\n" * 2)
    ffmpeg("-f", "concat", "-safe", "0", "-i", named, "-c", "copy", joined)
    target = tmp_path / "cut.mp4"
    smart_cut(look(joined), 0.52, 7.48, target, nothing)
    flashes, beeps = seen(target)[2], heard(target)[1]
    assert len(flashes) == len(beeps) == 6
    assert all(abs(beep - flash) <= IN_STEP for flash, beep in zip(flashes, beeps, strict=True))


def test_turned_pictures_and_wide_pixels_stay(tmp_path: Path) -> None:
    plain = clip(tmp_path / "plain.mp4", seconds=6, flashes=BEEPS, options=("-aspect", "8:3"))
    turned = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation:v:0", "-90", "-i", plain, "-c", "copy", turned)
    source, target = look(turned), tmp_path / "cut.mp4"
    smart_cut(source, 0.5, 5.5, target, nothing)
    after = look(target).picture
    assert (after.rotation, after.sar) == (90, source.picture.sar)
    assert source.picture.sar == Fraction(4, 3)
    encoded_cut(source, 0.5, 5.5, target, tmp_path, nothing)
    upright = look(target).picture
    assert upright.rotation == 0
    assert (upright.shown_width, upright.shown_height) == (after.shown_width, after.shown_height)


ENCODED = {
    "webm": {"name": "a.webm", "codec": "libvpx-vp9", "sound": "libopus", "options": ("-deadline", "realtime")},
    "matroska": {"name": "a.mkv", "fps": Fraction(60000, 1001)},
    "avi": {"name": "a.avi", "codec": "mpeg4", "sound": "libmp3lame"},
    "open GOPs": {"options": ("-x264-params", "open-gop=1:keyint=25:bframes=3")},
    "one key frame": {"gop": 600, "options": ("-sc_threshold", "0")},
    "interlaced": {"options": ("-flags", "+ildct+ilme", "-x264-params", "tff=1")},
    "ten sounds": {"name": "a.mkv", "tracks": 10},
    "wide colours": {"pix_fmt": "yuv444p"},
    "uneven rate": {"times": UNEVEN, "name": "a.mkv"},
}


@pytest.mark.parametrize("kind", ENCODED)
@pytest.mark.parametrize(("start", "end"), [(0.52, 5.48), (0.0, 3.2)])
def test_what_cannot_be_copied_is_encoded_as_exactly(tmp_path: Path, kind: str, start: float, end: float) -> None:
    how = dict(ENCODED[kind])
    made = clip(tmp_path / str(how.pop("name", "a.mp4")), seconds=6, flashes=BEEPS, **how)  # type: ignore[arg-type]
    source = look(made)
    target, said = cut(source, start, end, tmp_path)
    numbers = seen(target)[1]
    fps = source.picture.fps
    first = round(start * fps - 0.01) if source.picture.constant else numbers[0]
    judged(target, range(first, first + len(numbers)), fps if source.picture.constant else None)
    assert len(numbers) == pytest.approx((end - start) * fps, abs=1)
    assert look(target).picture.codec == "h264"
    assert any("10 sounds" in warning for warning in said) == (kind == "ten sounds")
    assert any("MP4" in warning for warning in said) == (made.suffix != ".mp4")


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_keeps_ten_bits_and_its_tags(tmp_path: Path, transfer: str) -> None:
    source = look(hdr_clip(tmp_path / "a.mp4", transfer=transfer))
    target, said = cut(source, 0.52, 3.48, tmp_path)
    after = look(target).picture
    assert (after.bit_depth, after.color, after.codec) == (10, source.picture.color, "hevc")
    assert after.color.hdr
    assert not said
    judged(target, range(13, 87), Fraction(25))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (191, 95), (96, 63)])
def test_odd_sizes_become_even(tmp_path: Path, width: int, height: int) -> None:
    made = tmp_path / "a.mkv"
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=s=320x240:d=2,scale={width}:{height}", "-c:v", "ffv1", "-pix_fmt", "bgr0",
           made)  # fmt: skip
    target, said = cut(look(made), 0.4, 1.6, tmp_path)
    after = look(target).picture
    assert (after.width, after.height) == (max(2, width // 2 * 2), max(2, height // 2 * 2))
    assert after.frames == 30
    assert any("even" in warning for warning in said)


def test_no_sound(tmp_path: Path) -> None:
    source = look(clip(tmp_path / "a.mp4", seconds=4, sound=""))
    target, _ = cut(source, 0.52, 3.0, tmp_path)
    assert not look(target).audio
    assert seen(target)[1] == list(range(13, 75))


@pytest.mark.parametrize(("start", "end"), [(-1.0, 2.0), (2.0, 2.0), (3.0, 2.0), (9.0, 12.0), (float("nan"), 2.0)])
def test_times_that_are_no_piece(tmp_path: Path, start: float, end: float) -> None:
    source = look(clip(tmp_path / "a.mp4", seconds=4))
    with pytest.raises(EditFailed, match="does not lie in a clip of 4"):
        cut(source, start, end, tmp_path)
    assert not (tmp_path / "cut.mp4").exists()


def test_less_than_a_frame_is_one_frame(tmp_path: Path) -> None:
    target, _ = cut(look(clip(tmp_path / "a.mp4", seconds=4)), 2.0, 2.001, tmp_path)
    assert seen(target)[1] == [50]


def test_a_file_that_is_damaged_in_the_middle(tmp_path: Path) -> None:
    made = clip(tmp_path / "a.mkv", seconds=6, sound="", options=("-b:v", "500k", "-minrate", "500k"))
    data = bytearray(made.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    made.write_bytes(data)
    target, said = cut(look(made), 0.52, 5.0, tmp_path)
    assert look(target).picture.frames > 30
    assert not said or all("MP4" in warning or "damaged" in warning for warning in said)


def test_nothing_stays_behind_when_the_work_is_stopped(tmp_path: Path) -> None:
    source = look(clip(tmp_path / "a.mp4", seconds=4))

    def stopped(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trim(source, 0.5, 3.5, tmp_path / "cut.mp4", tmp_path, stopped)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


class TestPlanning:
    @given(
        st.lists(st.integers(1, 40), min_size=1, max_size=50), st.floats(-10, 2100), st.floats(-10, 2100)
    )  # fmt: skip
    def test_cuts_lie_between_frames_and_nearest(self, gaps: list[int], one: float, other: float) -> None:
        points = [0]
        for gap in gaps:
            points.append(points[-1] + gap)
        end = points[-1] + 5
        span = nearest_span(points, end, min(one, other), max(one, other))
        edges = [*points, end]
        assert 0 <= span.first < span.last <= len(points)
        assert (span.start, span.end) == (edges[span.first], edges[span.last])
        best = min(abs(edge - max(one, other)) for edge in edges)
        assert span.last == span.first + 1 or abs(span.end - max(one, other)) == best

    def test_frames_still_to_come_are_not_parted(self) -> None:
        """I0 P3 B1 B2 P6 B4 B5 …: between P6 and B4 nothing can be cut."""
        shown = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8]
        moments = [Moment(pts, at - 3, alone=at == 0, spare=False) for at, pts in enumerate(shown)]
        todo = plan(moments, nearest_span(range(10), 10, 0, 6))
        assert (todo.copy, todo.stop, todo.head, todo.tail) == (0, 4, 0, 2)
        whole = plan(moments, nearest_span(range(10), 10, 0, 10))
        assert (whole.stop, whole.tail) == (10, 0)

    def test_without_a_key_frame_inside(self) -> None:
        moments = [Moment(at, at, alone=at == 0, spare=False) for at in range(10)]
        with pytest.raises(NotPlain, match="key frame"):
            plan(moments, nearest_span(range(10), 10, 3, 8))


class TestUnits:
    def test_the_encoders_sets_are_read(self, tmp_path: Path) -> None:
        with av.open(str(clip(tmp_path / "a.mp4", seconds=1))) as container:
            sets = read_sets(container.streams.video[0].codec_context.extradata or b"")
        sps = sps_of(sets.sps[0])
        assert (sps.number, sps.profile, sps.plain) == (0, 100, True)
        assert sets.ids() == {0}

    @given(
        st.lists(st.binary(min_size=1, max_size=30).map(lambda data: b"\x41" + data.replace(b"\0", b"\1")), min_size=1)
    )
    def test_start_codes_become_lengths(self, given: list[bytes]) -> None:
        stream = b"".join(b"\0\0\0\1" + unit for unit in given)
        assert list(started(stream)) == given
        assert [bytes(unit) for unit in units(packed(stream, 4), 4)] == given

    @given(st.binary(max_size=60))
    def test_broken_data_is_refused_and_never_more(self, data: bytes) -> None:
        for read in (read_sets, lambda given: list(units(given, 4)), lambda given: sps_of(b"\x67\x64\0\x1f" + given)):
            try:
                read(data)
            except NotPlain:
                pass
