"""Listening for real, to voices of our own; and what is refused."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from rushes.engines.contract import EngineError, FailureCode, Input, Mode, Request, Role, Transcript
from rushes.engines.local.hearing import hear, listen
from rushes.media.encode import VideoWriter
from rushes.media.probe import probe
from rushes.media.sound import SoundWriter
from tests.hearing.conftest import SAID
from tests.speech.spoken import plain, speak, word_errors


def asked(path: Path | None, prompt: str = "", **extra: Any) -> Request:
    inputs = () if path is None else (Input(role=Role.AUDIO, path=str(path), mime="audio/wav"),)
    return Request(
        job="job_1",
        model="m",
        mode=Mode.SPEECH_TO_TEXT,
        prompt=prompt,
        width=0,
        height=0,
        seconds=0,
        seed=0,
        inputs=inputs,
        extra=extra,
    )


def heard(
    folder: Path, settings: dict[str, Any], path: Path, seen: list[float] | None = None, **extra: Any
) -> Transcript:
    report = (lambda _: None) if seen is None else seen.append
    (output,), warnings = hear.run(asked(path, **extra), folder, report, settings)
    assert (output.kind, output.mime, warnings) == ("text", "application/json", ())
    return msgspec.json.decode(Path(output.location).read_bytes(), type=Transcript)


def sound(path: Path, samples: np.ndarray) -> Path:
    with SoundWriter(path, "wav", rate=listen.RATE) as writer:
        writer.write(samples.astype(np.float32))
    return path


@pytest.mark.models
@pytest.mark.parametrize("voice", SAID)
def test_what_was_said_is_heard(
    tmp_path: Path, settings: dict[str, Any], recordings: dict[str, Path], voice: str
) -> None:
    seen: list[float] = []
    transcript = heard(tmp_path, settings, recordings[voice], seen)
    assert word_errors(SAID[voice], transcript.text) < 0.05
    assert transcript.language == "en"
    assert transcript.duration == pytest.approx(probe(recordings[voice]).duration, abs=0.05)
    words = [word for segment in transcript.segments for word in segment.words]
    assert plain(" ".join(word.word for word in words)) == plain(transcript.text)
    times = [time for word in words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= transcript.duration
    # They are spread over the clip, not heaped.
    assert times[-1] > 0.85 * transcript.duration
    assert all(segment.start == segment.words[0].start for segment in transcript.segments)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1, abs=0.01)


@pytest.mark.models
@pytest.mark.parametrize("kind", ["silence", "noise", "hum", "a hundredth of a second"])
def test_where_nobody_speaks_nothing_is_heard(tmp_path: Path, settings: dict[str, Any], kind: str) -> None:
    time = np.arange(20 * listen.RATE) / listen.RATE
    samples = {
        "silence": 0 * time,
        "noise": np.random.default_rng(1).normal(0, 0.1, len(time)),
        "hum": 0.2 * np.sin(2 * np.pi * 220 * time) * (1 + np.sin(2 * np.pi * 2 * time)) / 2,
        "a hundredth of a second": time[: listen.RATE // 100] + 0.1,
    }[kind]
    transcript = heard(tmp_path, settings, sound(tmp_path / "a.wav", samples))
    assert (transcript.text, transcript.segments, transcript.language) == ("", (), "")
    assert transcript.duration == pytest.approx(len(samples) / listen.RATE)


@pytest.mark.models
def test_blocks_are_joined_in_the_recordings_own_time(
    tmp_path: Path, settings: dict[str, Any], recordings: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hear, "blocks", partial(listen.blocks, block=3.0))
    transcript = heard(tmp_path, settings, recordings["bf_emma"])
    assert word_errors(SAID["bf_emma"], transcript.text) < 0.1
    times = [time for segment in transcript.segments for word in segment.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert times[-1] > 3.5
    assert transcript.duration == pytest.approx(probe(recordings["bf_emma"]).duration, abs=0.05)


@pytest.mark.models
def test_a_film_is_heard_at_the_time_of_its_picture(
    tmp_path: Path, settings: dict[str, Any], recordings: dict[str, Path]
) -> None:
    """Two seconds of silence, then the voice: its words come two seconds later than alone."""
    [voice] = listen.blocks(recordings["am_michael"])
    loud = np.repeat(np.concatenate([np.zeros(2 * listen.RATE, np.float32), voice]), 3)
    film = tmp_path / "film.mp4"
    with VideoWriter(film, width=64, height=48, fps=10, sound=True) as video:
        for _ in range(len(loud) // 4800):
            video.write(np.full((72, 64), 90, np.uint8))
        video.write_audio(np.stack([loud, loud], axis=1))
    alone = heard(tmp_path, settings, recordings["am_michael"])
    transcript = heard(tmp_path, settings, film)
    assert word_errors(SAID["am_michael"], transcript.text) < 0.05
    assert transcript.segments[-1].end - alone.segments[-1].end == pytest.approx(2, abs=0.3)
    assert transcript.segments[0].start > 1.5


@pytest.mark.models
def test_numbers_money_dates_and_titles_come_through(tmp_path: Path, settings: dict[str, Any]) -> None:
    path = speak(tmp_path / "said", settings, "Dr. Smith paid £1,250 on 12/5/2024, at 10:30 a.m.", "bm_george")
    text = heard(tmp_path, settings, path).text
    for sign in ("Smith", "1,250", "12", "May", "2024", "10"):
        assert sign in text, text


@pytest.mark.models
def test_a_hint_a_language_and_a_temperature_are_taken(
    tmp_path: Path, settings: dict[str, Any], recordings: dict[str, Path]
) -> None:
    path = recordings["af_heart"]
    transcript = heard(tmp_path, settings, path, prompt="Bread.", language="en-GB", temperature=0.1, max_seconds=60)
    assert word_errors(SAID["af_heart"], transcript.text) < 0.05
    with pytest.raises(EngineError, match="longer than 2 seconds"):
        heard(tmp_path, settings, path, max_seconds=2)
    with pytest.raises(EngineError, match=r"language: must be one of af, .*zh") as caught:
        heard(tmp_path, settings, path, language="klingon")
    assert caught.value.code is FailureCode.INVALID_INPUT


@pytest.mark.parametrize(
    ("extra", "said"),
    [({"task": "sing"}, "task: must be one of transcribe, translate"), ({"temperature": 3}, "0 to 1")],
)
def test_wrong_wishes_are_refused_before_anything_is_loaded(tmp_path: Path, extra: dict[str, Any], said: str) -> None:
    with pytest.raises(EngineError, match=said) as caught:
        hear.run(asked(tmp_path, **extra), tmp_path, lambda _: None, {})
    assert caught.value.code is FailureCode.INVALID_INPUT
    with pytest.raises(EngineError, match="audio: is required"):
        hear.run(asked(None), tmp_path, lambda _: None, {})


def test_without_weights_and_network_the_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="`rushes models pull hearing`") as caught:
        hear.run(asked(tmp_path), tmp_path, lambda _: None, {"models": str(tmp_path / "none"), "offline": True})
    assert caught.value.code is FailureCode.MODEL_MISSING


@pytest.mark.models
def test_what_cannot_be_heard_is_the_callers_fault(tmp_path: Path, settings: dict[str, Any]) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"not a recording")
    with pytest.raises(EngineError, match="not a recording") as caught:
        heard(tmp_path, settings, path)
    assert caught.value.code is FailureCode.INVALID_INPUT
