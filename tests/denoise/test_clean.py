"""Noise taken out of speech by the real network: how much goes, what stays, and the files around it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from rushes.engines.contract import EngineError, Input, Mode, Output, Request, Role
from rushes.engines.local.denoise.clean import run
from rushes.engines.local.denoise.network import Cleaner
from rushes.media.probe import probe
from tests.speech.spoken import settings_for, speak

Samples = NDArray[np.float32]
SAID = "The boats come home when the storm is over, and all the lamps are lit."


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return settings_for("denoise", "voice")


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, Any]) -> Samples:
    """A spoken sentence at 48 kHz, half a second after its beginning."""
    said = heard(speak(tmp_path_factory.mktemp("said"), settings, SAID, "bm_george"), 48_000)[0]
    return np.concatenate([np.zeros(24_000, np.float32), said])


def heard(path: Path | str, rate: int | None = None) -> Samples:
    """The samples of a file (channels, n), at its own rate or at another."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="fltp", rate=rate or stream.codec_context.sample_rate)
        frames = [piece for frame in container.decode(stream) for piece in resampler.resample(frame)]
        return np.concatenate([frame.to_ndarray() for frame in frames + resampler.resample(None)], axis=1)


def resampled(sound: Samples, rate: int) -> Samples:
    """Samples (n,) of 48 kHz at another rate."""
    frame: Any = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
    frame.sample_rate = 48_000
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
    return np.concatenate([piece.to_ndarray()[0] for piece in resampler.resample(frame) + resampler.resample(None)])


def written(path: Path, codec: str, rate: int, sound: Samples, *, picture: str = "", sound_later: float = 0) -> Input:
    """A file with this sound (channels, n) at `rate`, and a moving picture where its codec is named."""
    layout = "mono" if len(sound) == 1 else "stereo"
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream(picture, rate=25) if picture else None
        if video is not None:
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio: Any = container.add_stream(codec, rate=rate, layout=layout)
        for number in range(round(sound.shape[1] / rate * 25) if picture else 0):
            grey: Any = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number % 250, np.uint8), format="rgb24")
            grey.pts, grey.time_base = number, Fraction(1, 25)
            container.mux(video.encode(grey))
        frame: Any = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound, np.float32), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, round(sound_later * rate), Fraction(1, rate)
        into = av.AudioResampler(format=audio.codec_context.format, layout=layout, rate=rate)
        for piece in into.resample(frame) + into.resample(None):
            container.mux(audio.encode(piece))
        for stream in (video, audio):
            container.mux(stream.encode(None) if stream is not None else [])
    return Input(role=Role.VIDEO if picture else Role.AUDIO, path=str(path), mime="")


def noise_for(speech: Samples, decibels: float, colour: str) -> Samples:
    """Noise that much below the speech: white, or like that of a fan or a street, stronger where it is deep."""
    white = np.random.default_rng(4).normal(0, 1, len(speech))
    bent = np.fft.rfft(white) / (1 if colour == "white" else np.sqrt(np.arange(len(speech) // 2 + 1) + 20))
    noise = np.fft.irfft(bent, len(speech))
    return (noise / noise.std() * speech.std() / 10 ** (decibels / 20)).astype(np.float32)


def snr(sound: Samples, speech: Samples) -> float:
    return float(10 * np.log10(np.mean(speech**2) / np.mean((sound - speech) ** 2)))


def cleaned(settings: dict[str, Any], sound: Samples, strength: float = 1.0, block: int = 100_000) -> Samples:
    cleaner = Cleaner(Path(settings["models"]) / "denoise", strength)
    pieces = [cleaner.clean(sound[at : at + block]) for at in range(0, len(sound), block)]
    return np.concatenate([*pieces, cleaner.finish()])


def asked(given: Input, **extra: Any) -> Request:
    return Request(
        job="j", model="m", mode=Mode.DENOISE_AUDIO, prompt="", width=0, height=0, seconds=0, seed=0, inputs=(given,),
        extra=extra,
    )  # fmt: skip


def result(folder: Path, settings: dict[str, Any], given: Input, **extra: Any) -> tuple[Output, tuple[str, ...]]:
    (output,), notes = run(asked(given, **extra), folder, lambda _: None, settings)
    return output, notes


@pytest.mark.parametrize("colour", ["white", "street"])
def test_the_noise_goes_and_the_speech_stays(settings: dict[str, Any], speech: Samples, colour: str) -> None:
    noisy = speech + noise_for(speech, 5, colour)
    clean = cleaned(settings, noisy)
    assert len(clean) == len(noisy)
    assert snr(noisy, speech) == pytest.approx(5, abs=0.1)
    assert snr(clean, speech) > 5 + 7
    pause = slice(4800, 20_000)
    assert np.abs(clean[pause]).mean() < 0.2 * np.abs(noisy[pause]).mean(), "before anybody speaks it is quiet"


def test_clean_speech_is_not_damaged(settings: dict[str, Any], speech: Samples) -> None:
    assert snr(cleaned(settings, speech), speech) > 25


def test_strength_goes_from_nothing_to_everything(settings: dict[str, Any], speech: Samples) -> None:
    noisy = speech + noise_for(speech, 5, "white")
    left = [cleaned(settings, noisy, strength) for strength in (0.0, 0.5, 1.0)]
    assert np.abs(left[0] - noisy).max() < 1e-5
    loud = [float(np.abs(sound[4800:20_000]).mean()) for sound in left]
    assert loud[1] == pytest.approx(loud[0] / 4, rel=0.3), "12 dB at a half"
    assert loud[2] < 0.5 * loud[1]


@pytest.mark.parametrize("block", [48_000, 12_000, 7_777])
def test_pieces_come_out_as_the_whole_does(settings: dict[str, Any], speech: Samples, block: int) -> None:
    noisy = speech + noise_for(speech, 5, "street")
    whole, pieces = (cleaned(settings, noisy, block=each) for each in (len(noisy), block))
    assert len(pieces) == len(noisy)
    assert np.abs(pieces - whole).max() < 1e-5, "neither at the joints nor between them"


def test_next_to_nothing(settings: dict[str, Any], speech: Samples) -> None:
    assert len(cleaned(settings, speech[:100])) == 100
    assert len(cleaned(settings, speech[:0])) == 0


@pytest.mark.parametrize(
    ("name", "codec", "rate", "channels", "mime"),
    [
        ("a.wav", "pcm_s16le", 44_100, 2, "audio/wav"),
        ("a.wav", "pcm_s16le", 8_000, 1, "audio/wav"),
        ("a.flac", "flac", 48_000, 1, "audio/flac"),
        ("a.mp3", "libmp3lame", 24_000, 1, "audio/mpeg"),
        ("a.ogg", "libopus", 48_000, 1, "audio/ogg"),
        ("a.m4a", "aac", 44_100, 1, "audio/mp4"),
    ],
)
def test_a_recording_keeps_its_kind_its_rate_and_its_length(
    tmp_path: Path,
    settings: dict[str, Any],
    speech: Samples,
    name: str,
    codec: str,
    rate: int,
    channels: int,
    mime: str,
) -> None:
    seconds = 1.234
    plain = resampled(speech[24_000 - 4_800 :], rate)[: round(seconds * rate)]
    noisy = np.stack([plain + noise_for(plain, 5, "white")] * channels)
    given = written(tmp_path / name, codec, rate, noisy)
    output, notes = result(tmp_path, settings, given)
    assert (output.kind, output.mime, notes) == ("audio", mime, ())
    before, after = heard(given.path), heard(output.location)
    # What a decoder of AAC makes of the last packet is padding; the file itself says where it ends.
    if codec == "aac":
        assert probe(Path(output.location)).duration == pytest.approx(probe(Path(given.path)).duration, abs=1e-3)
    else:
        assert after.shape == before.shape
    same = min(after.shape[1], len(plain))
    assert snr(after[0, :same], plain[:same]) > snr(before[0, :same], plain[:same]) + 3, "cleaner, and not moved"


@pytest.mark.parametrize(
    ("name", "picture", "codec", "mime"),
    [
        ("v.mp4", "libx264", "aac", "video/mp4"),
        ("v.mov", "libx264", "aac", "video/quicktime"),
        ("v.mkv", "libx264", "flac", "video/x-matroska"),
        ("v.webm", "libvpx-vp9", "libopus", "video/webm"),
        ("v.avi", "mpeg4", "mp3", "video/x-matroska"),
    ],
)
def test_a_clip_keeps_its_picture_to_the_byte_and_its_sound_in_its_place(
    tmp_path: Path, settings: dict[str, Any], speech: Samples, name: str, picture: str, codec: str, mime: str
) -> None:
    plain = speech[19_200:][:96_000]
    later = 0.25 if name in ("v.mp4", "v.mkv") else 0.0
    noisy = (plain + noise_for(plain, 5, "white"))[None]
    given = written(tmp_path / name, codec, 48_000, noisy, picture=picture, sound_later=later)
    output, notes = result(tmp_path, settings, given)
    assert (output.kind, output.mime, notes) == ("video", mime, ())

    def packets(path: str) -> tuple[list[bytes], list[float]]:
        with av.open(path) as container:
            found = [packet for packet in container.demux(video=0) if packet.size]
            return [bytes(packet) for packet in found], [float(packet.pts * packet.time_base) for packet in found]

    before, after = packets(given.path), packets(output.location)
    assert after[0] == before[0]
    assert after[1] == pytest.approx(before[1], abs=0.005)
    with av.open(output.location) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(before[0])
    assert probe(Path(output.location)).duration == pytest.approx(probe(Path(given.path)).duration, abs=0.03)
    (then, noisy_then), (now, clean_now) = (placed(path, plain) for path in (given.path, output.location))
    assert now == pytest.approx(then, abs=0.002), "what is said is said at the same moment"
    assert then == pytest.approx(later, abs=0.06)
    assert clean_now > noisy_then + 2


def placed(path: str, plain: Samples) -> tuple[float, float]:
    """When the plain speech begins in a clip, in seconds of its time, and how much of it there is above the noise."""
    line = np.zeros(4 * 48_000, np.float32)
    with av.open(path) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=48_000)
        for frame in container.decode(audio=0):
            at = round(float(frame.time) * 48_000)
            sound = np.concatenate([piece.to_ndarray()[0] for piece in resampler.resample(frame)])
            line[at : at + len(sound)] = sound
    alike = np.fft.irfft(np.fft.rfft(line) * np.conj(np.fft.rfft(plain, len(line))), len(line))
    start = int(np.argmax(alike[: 2 * 48_000]))
    return start / 48_000, snr(line[start : start + 90_000], plain[:90_000])


def test_formats_and_what_is_said(tmp_path: Path, settings: dict[str, Any], speech: Samples) -> None:
    given = written(tmp_path / "a.wav", "pcm_s16le", 48_000, speech[None, :30_000])
    told: list[float] = []
    (output,), _ = run(asked(given, format="flac", strength=0.7), tmp_path, told.append, settings)
    assert output.mime == "audio/flac"
    assert told[-1] == pytest.approx(1, abs=0.01)
    for extra, words in (
        ({"strength": 1.5}, "strength"),
        ({"strength": "much"}, "strength"),
        ({"format": "8-track"}, "format"),
    ):
        with pytest.raises(EngineError, match=words):
            result(tmp_path, settings, given, **extra)
    (tmp_path / "bad.wav").write_bytes(b"RIFF\0\0\0\0WAVEjunk")
    (tmp_path / "text.wav").write_text("nothing")
    for name in ("bad.wav", "text.wav"):
        with pytest.raises(EngineError, match="audio: "):
            result(tmp_path, settings, Input(role=Role.AUDIO, path=str(tmp_path / name), mime=""))


def test_a_clip_without_sound(tmp_path: Path, settings: dict[str, Any]) -> None:
    path = tmp_path / "v.mp4"
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for number in range(5):
            frame: Any = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    with pytest.raises(EngineError, match="the clip has no sound"):
        result(tmp_path, settings, Input(role=Role.VIDEO, path=str(path), mime="video/mp4"))
