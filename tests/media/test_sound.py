"""Sound written, stretched and judged: what goes in comes out, and what is no sound is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from rushes.media.checks import BadMedia, check_audio
from rushes.media.encode import VideoWriter
from rushes.media.probe import probe
from rushes.media.sniff import sniff
from rushes.media.sound import FORMATS, Samples, SoundWriter, stretch

RATE, SECONDS, TONE = 24_000, 3, 440
CODED = [name for name in FORMATS if name != "pcm"]


def tone(seconds: float = SECONDS, rate: int = RATE) -> Samples:
    return (0.5 * np.sin(np.arange(round(seconds * rate)) * (2 * np.pi * TONE / rate))).astype(np.float32)


def written(path: Path, name: str, samples: Samples, channels: int = 1) -> Path:
    with SoundWriter(path, name, rate=RATE, channels=channels) as sound:
        # Pieces as they come, of no particular size.
        for piece in np.array_split(samples, [1, 1000, 1001, 30_000]):
            sound.write(piece)
        assert sound.seconds == pytest.approx(len(samples) / RATE)
    return path


def heard(path: Path) -> tuple[Samples, int]:
    resampler = av.AudioResampler(format="fltp")
    with av.open(str(path)) as container:
        frames = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
        return np.concatenate([frame.to_ndarray() for frame in frames], axis=1), frames[0].sample_rate


def pitch(samples: Samples, rate: int) -> float:
    middle = samples[rate // 2 : -rate // 2]
    return float(np.abs(np.fft.rfft(middle * np.hanning(len(middle)))).argmax() * rate / len(middle))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("name", CODED)
def test_every_format_gives_back_the_sound(tmp_path: Path, name: str, channels: int) -> None:
    samples = tone() if channels == 1 else np.stack([tone(), 0.2 * tone()], axis=1)
    path = written(tmp_path / "a", name, samples, channels)
    back, rate = heard(path)
    assert rate == (FORMATS[name].rate or RATE)
    assert back.shape[0] == channels
    assert back.shape[1] / rate == pytest.approx(SECONDS, abs=0.08)
    assert pitch(back[0], rate) == pytest.approx(TONE, abs=2)
    loudness = [float(np.sqrt((channel[rate:-rate] ** 2).mean())) for channel in back]
    assert loudness == pytest.approx([0.5 / np.sqrt(2), 0.2 * 0.5 / np.sqrt(2)][:channels], rel=0.1)
    info = probe(path)
    assert info.mime == FORMATS[name].mime
    assert info.duration == pytest.approx(SECONDS, abs=0.08)


def test_pcm_is_the_samples_and_nothing_else(tmp_path: Path) -> None:
    samples = np.array([0, 0.5, -0.5, 1, -1, 7], np.float32)
    with SoundWriter(tmp_path / "a.pcm", "pcm", rate=RATE) as sound:
        sound.write(samples)
    back = np.frombuffer((tmp_path / "a.pcm").read_bytes(), "<i2")
    assert back.tolist() == pytest.approx([0, 16384, -16384, 32767, -32768, 32767], abs=1)


@pytest.mark.parametrize("name", ["wav", "flac", "pcm"])
def test_lossless_is_lossless(tmp_path: Path, name: str) -> None:
    samples = np.round(tone(0.5) * 32768).astype(np.float32) / 32768
    path = written(tmp_path / "a", name, samples)
    back = np.frombuffer(path.read_bytes(), "<i2") / 32768 if name == "pcm" else heard(path)[0][0]
    assert np.abs(back - samples).max() < 2 / 32768


def test_what_goes_wrong_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"

    def breaks() -> None:
        with SoundWriter(path, "mp3", rate=RATE) as sound:
            sound.write(tone(1))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="middle"):
        breaks()
    assert not path.exists()
    with pytest.raises(ValueError, match="at least one sample"), SoundWriter(path, "mp3", rate=RATE):
        pass
    assert not path.exists()
    with pytest.raises(ValueError, match="must be one of mp3, opus"):
        SoundWriter(path, "wma", rate=RATE)


@pytest.mark.parametrize("tempo", [0.25, 0.5, 0.8, 1.3, 2, 4])
def test_another_tempo_keeps_the_pitch(tempo: float) -> None:
    slower = stretch(tone(6), RATE, tempo)
    assert len(slower) / RATE == pytest.approx(6 / tempo, rel=0.02)
    assert pitch(slower[: 2 * RATE] if tempo < 1 else slower[: RATE * 6 // 5], RATE) == pytest.approx(TONE, abs=4)
    assert stretch(slower[:0], RATE, tempo).size == 0


def test_no_tempo_is_an_error() -> None:
    for wrong in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="above 0"):
            stretch(tone(1), RATE, wrong)


def judge(path: Path, max_seconds: float = 60) -> str:
    return check_audio(path, max_bytes=10**7, max_seconds=max_seconds).mime


@pytest.mark.parametrize("name", CODED)
def test_every_format_is_a_recording(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "named-wrongly.txt", name, tone())
    assert judge(path) == FORMATS[name].mime
    with pytest.raises(BadMedia, match="seconds long, at most 2"):
        judge(path, max_seconds=2)
    with pytest.raises(BadMedia, match="bytes, at most 10 "):
        check_audio(path, max_bytes=10, max_seconds=60)


@pytest.mark.parametrize(
    ("container", "codec", "mime"),
    [
        ("ipod", "aac", "audio/mp4"),
        ("mp4", "aac", "audio/mp4"),
        ("webm", "libopus", "audio/webm"),
        ("matroska", "libopus", "audio/x-matroska"),
    ],
)
def test_a_video_container_with_sound_alone_is_audio(tmp_path: Path, container: str, codec: str, mime: str) -> None:
    path = tmp_path / "a"
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone(1, 48_000)[None], format="fltp", layout="mono")
        frame.sample_rate = 48_000
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    assert judge(path) == mime


def clip(path: Path, *, sound: bool) -> Path:
    with VideoWriter(path, width=64, height=48, fps=10, sound=sound) as video:
        for _ in range(10):
            video.write(np.full((72, 64), 90, np.uint8))
        if sound:
            video.write_audio(np.stack([tone(1, 48_000)] * 2, axis=1))
    return path


def test_a_film_is_a_recording_if_it_has_sound(tmp_path: Path) -> None:
    assert judge(clip(tmp_path / "a.mp4", sound=True)) == "video/mp4"
    with pytest.raises(BadMedia, match="no sound") as caught:
        judge(clip(tmp_path / "b.mp4", sound=False))
    assert not caught.value.other_kind


def test_what_is_no_recording_is_told_apart_from_a_damaged_one(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for other in (
        b"",
        b"plain text",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"#EXTM3U\n/etc/passwd\n",
        b"\xff\xfea\0b\0c\0",
    ):
        path.write_bytes(other)
        with pytest.raises(BadMedia, match="not a recording") as caught:
            judge(path)
        assert caught.value.other_kind
    for damaged in (b"ID3" + b"x" * 500, b"OggS" + b"x" * 500, b"RIFF\0\0\0\0WAVEfmt " + b"x" * 500):
        path.write_bytes(damaged)
        with pytest.raises(BadMedia, match=r"damaged|cannot be read") as caught:
            judge(path)
        assert not caught.value.other_kind


def test_the_first_sound_must_decode(tmp_path: Path) -> None:
    path = written(tmp_path / "a", "flac", tone())
    # The header is sound; what follows is not.
    path.write_bytes(path.read_bytes()[:90] + b"\0" * 20_000)
    with pytest.raises(BadMedia, match=r"damaged|cannot be read"):
        judge(path)


@pytest.mark.parametrize("second", [0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xFD])
def test_mpeg_audio_needs_no_tag(second: int) -> None:
    found = sniff(bytes([0xFF, second, 0x50, 0xC4]) + b"\0" * 60)
    assert found is not None
    assert (found.family, found.demuxer) == ("audio", "mp3")


@pytest.mark.parametrize("second", [0xF1, 0xF0, 0xF9, 0xF8])
def test_bare_aac_is_known(second: int) -> None:
    found = sniff(bytes([0xFF, second, 0x50, 0x80]) + b"\0" * 60)
    assert found is not None
    assert (found.mime, found.demuxer) == ("audio/aac", "aac")


@pytest.mark.parametrize(
    "head",
    [b"\xff\xfe\x50\0", b"\xff\xff\x50\xc4", b"\xff\xfb\xf0\xc4", b"\xff\xfb\x5c\xc4", b"\xff\xeb\x50\xc4", b"\xff"],
)
def test_set_bits_alone_are_no_sound(head: bytes) -> None:
    assert sniff(head + b"\0" * 60 * (len(head) > 1)) is None


@pytest.fixture
def varying(tmp_path: Path) -> Callable[[bool], Path]:
    """MP3 whose first second is loud noise and whose rest is silence, at a variable rate."""

    def make(header: bool) -> Path:
        path = tmp_path / "v.mp3"
        noise = np.random.default_rng(1).uniform(-0.9, 0.9, RATE).astype(np.float32)
        with av.open(str(path), "w", format="mp3", options={"write_xing": str(int(header))}) as output:
            stream = output.add_stream("libmp3lame", rate=RATE, layout="mono")
            stream.codec_context.flags |= 2  # quality instead of a bit rate
            resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE, frame_size=576)
            frame = av.AudioFrame.from_ndarray(np.r_[noise, np.zeros(60 * RATE, np.float32)][None], "fltp", "mono")
            frame.sample_rate = RATE
            for piece in [*resampler.resample(frame), *resampler.resample(None)]:
                output.mux(stream.encode(piece))
            output.mux(stream.encode(None))
        return path

    return make


@pytest.mark.parametrize("header", [True, False])
def test_the_length_of_a_varying_rate_is_measured(varying: Callable[[bool], Path], header: bool) -> None:
    """Without a header its length is a guess from the first frames; callers pay and are limited by it."""
    path = varying(header)
    assert probe(path).duration == pytest.approx(61, abs=0.15)
    with pytest.raises(BadMedia, match="seconds long"):
        judge(path, max_seconds=60)
