"""Merging: nothing is encoded where clips match, and all is made to match where not; sound stays in step."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import pytest

from rushes.media.editing.ffmpeg import EditFailed
from rushes.media.editing.joining import copied_merge
from rushes.media.editing.matching import shape_of
from rushes.media.editing.merge import merge
from rushes.media.editing.nal import NotPlain
from rushes.media.editing.source import Source, look
from rushes.media.editing.trim import trim
from tests.media.editing.pictures import packets
from tests.media.editing.signals import clip, hdr_clip, heard, seen

FLASHES = (0.6, 1.6, 2.6)
IN_STEP = 0.020
UNEVEN = [round(number * 0.04 + number % 3 * 0.009, 3) for number in range(75)]


def nothing(_: float) -> None:
    pass


def made(path: Path, **how: Any) -> Source:
    return look(clip(path, **{"seconds": 3.12, "flashes": FLASHES, **how}))


def judged(target: Path, sources: list[Source], rate: Fraction) -> None:
    """Flashes and beeps of every clip, where the clips before it end, as far apart as they were in the clip."""
    sounding = any(source.audio for source in sources)
    flashes, beeps = seen(target)[2], heard(target)[1] if sounding else []
    offset = Fraction(0)
    known: dict[Path, tuple[list[float], list[float]]] = {}
    for source in sources:
        if source.path not in known:
            known[source.path] = (seen(source.path)[2], heard(source.path)[1] if source.audio else [])
        shown, played = known[source.path]
        for number, wanted in enumerate(shown):
            flash = flashes.pop(0)
            assert abs(flash - float(offset) - wanted) <= IN_STEP, (wanted, float(offset), flash)
            if source.audio:
                assert abs((beeps.pop(0) - flash) - (played[number] - wanted)) <= IN_STEP
        offset += round(Fraction(source.picture.duration) * rate) / rate
    assert not flashes
    assert not beeps


@pytest.mark.parametrize("how", [
    {}, {"rate": 44_100, "channels": 2}, {"sound": ""}, {"options": ("-bf", "0")}, {"fps": Fraction(30000, 1001)},
    {"codec": "libx265", "options": ("-tag:v", "hvc1", "-x265-params", "log-level=error")},
])  # fmt: skip
def test_clips_of_one_make_are_copied(tmp_path: Path, how: dict[str, Any]) -> None:
    sources = [made(tmp_path / f"{number}.mp4", **how, seconds=3.12 + number / 5) for number in range(4)]
    target = tmp_path / "out.mp4"
    assert merge(sources, target, tmp_path, nothing) == ()
    assert packets(target, "video") == [packet for source in sources for packet in packets(source.path, "video")]
    after = look(target).picture
    assert (after.frames, after.fps, after.constant) == (
        sum(source.picture.frames for source in sources), sources[0].picture.fps, True)  # fmt: skip
    judged(target, sources, after.fps)
    said = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-xerror", "-i", target, "-f", "null", "-"],
        capture_output=True, check=True,
    )  # fmt: skip
    assert said.stderr == b""


def test_sound_that_does_not_match_leaves_the_picture_copied(tmp_path: Path) -> None:
    sources = [made(tmp_path / "0.mp4"), made(tmp_path / "1.mp4", sound=""), made(tmp_path / "2.mp4", rate=44_100),
               made(tmp_path / "3.mp4", channels=2), made(tmp_path / "4.mp4", late=0.4)]  # fmt: skip
    target = tmp_path / "out.mp4"
    said = merge(sources, target, tmp_path, nothing)
    assert packets(target, "video") == [packet for source in sources for packet in packets(source.path, "video")]
    judged(target, sources, Fraction(25))
    assert said == ("without sound, and silent in the result: clip 2",)
    assert heard(target)[0] == pytest.approx(5 * 3.12, abs=0.01)


def test_sound_does_not_drift_over_many_clips(tmp_path: Path) -> None:
    sources = [made(tmp_path / "0.mp4", rate=44_100, fps=30, seconds=3.1)] * 20
    target = tmp_path / "out.mp4"
    merge(sources, target, tmp_path, nothing)
    judged(target, sources, Fraction(30))
    with av.open(str(target)) as one, av.open(str(sources[0].path)) as two:
        copied, given = ({bytes(packet) for packet in file.demux(audio=0)} for file in (one, two))
    assert copied <= given, "the sound was copied too"


@pytest.mark.parametrize("rate", [48_000, 44_100])
def test_sound_of_trimmed_clips_is_copied(tmp_path: Path, rate: int) -> None:
    """Each begins with another part of a packet that is not heard."""
    whole = made(tmp_path / "whole.mp4", seconds=8, flashes=range(1, 8), gop=25, rate=rate)
    sources = []
    for number in range(6):
        piece = tmp_path / f"{number}.mp4"
        trim(whole, 0.52 + number * 0.44, 5.2 + number * 0.36, piece, tmp_path, nothing)
        sources.append(look(piece))
    target = tmp_path / "out.mp4"
    merge(sources, target, tmp_path, nothing)
    judged(target, sources, Fraction(25))
    assert set(packets(target, "audio")) <= set(packets(whole.path, "audio"))
    assert len(packets(target, "audio")) == pytest.approx(heard(target)[0] * rate / 1024, abs=3)


def test_turned_pictures_are_copied_turned(tmp_path: Path) -> None:
    plain = made(tmp_path / "plain.mp4")
    turned = tmp_path / "turned.mp4"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-display_rotation:v:0", "-90", "-i", plain.path,
                    "-c", "copy", turned], check=True)  # fmt: skip
    source, target = look(turned), tmp_path / "out.mp4"
    merge([source, source], target, tmp_path, nothing)
    assert look(target).picture.rotation == 90
    merge([source, plain], target, tmp_path, nothing)
    upright = look(target).picture
    assert (upright.rotation, upright.width, upright.height) == (0, 96, 192)


OTHERS: dict[str, dict[str, Any]] = {
    "film": {"fps": Fraction(24000, 1001), "width": 160, "height": 120, "rate": 44_100},
    "fast": {"name": "a.mkv", "fps": Fraction(60000, 1001), "channels": 2},
    "uneven": {"times": UNEVEN},
    "mute": {"sound": "", "width": 160, "height": 90},
    "late": {"late": 0.4, "preset": "slow", "width": 128, "height": 64},
    "webm": {"name": "a.webm", "codec": "libvpx-vp9", "sound": "libopus", "options": ("-deadline", "realtime")},
    "wide pixels": {"options": ("-aspect", "8:3")},
    "5.1": {"channels": 6, "preset": "slow"},
}


@pytest.mark.parametrize("kind", OTHERS)
def test_others_are_made_to_match(tmp_path: Path, kind: str) -> None:
    how = dict(OTHERS[kind])
    plain = made(tmp_path / "plain.mp4")
    other = made(tmp_path / how.pop("name", "a.mp4"), **how)
    target = tmp_path / "out.mp4"
    sources = [plain, other, plain]
    said = merge(sources, target, tmp_path, nothing)
    after = look(target).picture
    shape = shape_of([source.picture for source in sources])
    assert (after.width, after.height, after.sar, after.fps) == (192, 96, 1, shape.rate)
    assert after.constant
    assert after.frames == sum(round(Fraction(source.picture.duration) * shape.rate) for source in sources)
    judged(target, sources, shape.rate)
    assert any("size" in warning for warning in said) == (other.picture.shown_width != 192 or kind == "wide pixels")
    assert any("rates" in warning for warning in said) == (kind in ("film", "fast", "uneven"))
    assert heard(target)[0] == pytest.approx(after.duration, abs=0.002)


def test_many_clips_are_made_to_match_a_few_at_a_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    plain = made(tmp_path / "plain.mp4")
    kinds = {kind: dict(how) for kind, how in OTHERS.items() if kind != "uneven"}
    others = [made(tmp_path / how.pop("name", f"{kind}.mp4"), **how) for kind, how in kinds.items()]
    bright = look(hdr_clip(tmp_path / "hdr.mp4", seconds=3.12))
    colours = made(tmp_path / "colours.mp4", options=("-vf", "setparams=chroma_location=center"))
    sources = [plain, *others, bright, colours, *others[:2]]
    target = tmp_path / "out.mp4"
    shares: list[float] = []
    merge(sources, target, tmp_path, shares.append)
    assert not caplog.records, "the parts were copied together"
    rate = Fraction(60000, 1001)
    after = look(target).picture
    assert (after.fps, after.constant) == (rate, True)
    assert after.frames == sum(round(Fraction(source.picture.duration) * rate) for source in sources)
    judged(target, sources, rate)
    assert shares == sorted(shares)
    assert shares[-1] > 0.9
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_the_shape_is_kept_with_black_edges(tmp_path: Path) -> None:
    plain, tall = made(tmp_path / "plain.mp4", sound=""), made(tmp_path / "tall.mp4", width=64, height=128, sound="")
    target = tmp_path / "out.mp4"
    merge([plain, tall], target, tmp_path, nothing)
    with av.open(str(target)) as container:
        last = list(container.decode(video=0))[-1].to_ndarray(format="gray")
    # 96 lines high, the tall one is 48 wide, in the middle of 192.
    assert last[:, :70].max() < 20
    assert last[:, 122:].max() < 20
    assert last[48, 100:116].max() > 25


def test_hdr_stays_among_its_like_and_becomes_plain_among_others(tmp_path: Path) -> None:
    one, two = look(hdr_clip(tmp_path / "1.mp4", seconds=3)), look(hdr_clip(tmp_path / "2.mp4", seconds=2))
    plain = made(tmp_path / "plain.mp4")
    target = tmp_path / "out.mp4"
    merge([one, two], target, tmp_path, nothing)
    after = look(target).picture
    assert (after.color, after.bit_depth, after.frames) == (one.picture.color, 10, 125)
    said = merge([plain, one], target, tmp_path, nothing)
    after = look(target).picture
    assert (after.color.transfer, after.bit_depth, after.codec) == ("bt709", 8, "h264")
    assert any("HDR" in warning for warning in said)


def test_what_does_not_match_is_not_copied(tmp_path: Path) -> None:
    one, two = made(tmp_path / "1.mp4"), made(tmp_path / "2.mp4", preset="slow")
    with pytest.raises(NotPlain):
        copied_merge([one, two], tmp_path / "out.mp4", nothing)


@pytest.mark.parametrize("count", [0, 1, 21])
def test_how_many(tmp_path: Path, count: int) -> None:
    with pytest.raises(EditFailed, match=f"2 to 20 clips can be merged, got {count}"):
        merge([made(tmp_path / "a.mp4")] * count, tmp_path / "out.mp4", tmp_path, nothing)


def test_nothing_stays_behind_when_the_work_is_stopped(tmp_path: Path) -> None:
    sources = [made(tmp_path / "1.mp4"), made(tmp_path / "2.mp4", width=64)]

    def stopped(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        merge(sources, tmp_path / "out.mp4", tmp_path, stopped)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.mp4", "2.mp4"]
