"""Speaking for real, and what is refused before a model is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rushes.engines.contract import EngineError, FailureCode, Mode
from rushes.engines.local.speech.kokoro import RATE, trimmed
from rushes.engines.local.speech.speak import run
from rushes.media.probe import probe
from rushes.media.sound import FORMATS
from tests.speech.spoken import asked, speak

TEXT = "The boat is home."


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({"speed": 0.2}, "speed: must be from 0.25 to 4"),
        ({"speed": float("nan")}, "speed"),
        ({"speed": "fast"}, "speed"),
        ({"format": "wma"}, "format: must be one of mp3, opus, aac, flac, wav, pcm"),
        ({"format": None}, "format"),
    ],
)
def test_wrong_wishes_are_refused_before_anything_is_loaded(tmp_path: Path, extra: dict[str, Any], said: str) -> None:
    with pytest.raises(EngineError, match=said) as caught:
        run(asked(TEXT, voice="af_heart", **extra), tmp_path, lambda _: None, {})
    assert caught.value.code is FailureCode.INVALID_INPUT


def test_without_weights_and_network_the_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="`rushes models pull voice`") as caught:
        run(
            asked(TEXT, voice="af_heart"), tmp_path, lambda _: None, {"models": str(tmp_path / "none"), "offline": True}
        )
    assert caught.value.code is FailureCode.MODEL_MISSING


def test_only_a_little_silence_is_kept_around_the_sound() -> None:
    sound = np.zeros(3 * RATE, np.float32)
    sound[RATE : 2 * RATE] = 0.4
    assert len(trimmed(sound)) == pytest.approx(1.17 * RATE, abs=2)
    assert trimmed(sound[:RATE]).size == 0


@pytest.mark.models
def test_an_unknown_voice_is_told_the_known_ones(tmp_path: Path, settings: dict[str, Any]) -> None:
    for wrong in ("alloy", "../vocab", "", None):
        with pytest.raises(EngineError, match=r"voice: must be one of af_alloy, .*bm_lewis") as caught:
            run(asked(TEXT, voice=wrong), tmp_path, lambda _: None, settings)
        assert caught.value.code is FailureCode.INVALID_INPUT


@pytest.mark.models
def test_a_text_that_cannot_be_said_is_refused(tmp_path: Path, settings: dict[str, Any]) -> None:
    for text in ("东京", "…", "🙂 — !"):
        with pytest.raises(EngineError, match="nothing in the text") as caught:
            run(asked(text, voice="af_heart"), tmp_path, lambda _: None, settings)
        assert caught.value.code is FailureCode.INVALID_INPUT


@pytest.mark.models
def test_every_format_has_the_same_length(tmp_path: Path, settings: dict[str, Any]) -> None:
    seconds = {}
    for name, form in FORMATS.items():
        (output,), warnings = run(asked(TEXT, voice="am_michael", format=name), tmp_path, lambda _: None, settings)
        path = Path(output.location)
        assert (output.kind, output.mime, warnings) == ("audio", form.mime, ())
        assert path.parent == tmp_path
        seconds[name] = path.stat().st_size / 2 / RATE if name == "pcm" else probe(path).duration
    assert 0.8 < seconds["wav"] < 3
    assert list(seconds.values()) == pytest.approx([seconds["wav"]] * len(seconds), abs=0.1)


@pytest.mark.models
def test_the_speed_is_the_speed(tmp_path: Path, settings: dict[str, Any]) -> None:
    def seconds(speed: float) -> float:
        return probe(speak(tmp_path, settings, TEXT, "bf_emma", speed=speed)).duration

    normal = seconds(1)
    # Within a fifth: the model's own speeds round to its frames.
    assert [seconds(speed) * speed / normal for speed in (0.25, 0.7, 1.5, 4)] == pytest.approx([1] * 4, abs=0.2)


@pytest.mark.models
def test_progress_grows_to_one_and_other_scripts_are_warned_of(tmp_path: Path, settings: dict[str, Any]) -> None:
    seen: list[float] = []
    text = "The boat is home.\n\nThe мир is quiet.\n\nGood night."
    _, warnings = run(asked(text, voice="bm_george"), tmp_path, seen.append, settings)
    assert seen == sorted(seen)
    assert len(seen) == 3
    assert seen[-1] == 1
    assert warnings == ("3 letters of scripts that an English voice cannot read were left out",)


def test_another_mode_is_refused(tmp_path: Path) -> None:
    import msgspec

    request = msgspec.structs.replace(asked(TEXT), mode=Mode.TEXT_TO_VIDEO)
    with pytest.raises(EngineError, match="does not do text-to-video"):
        run(request, tmp_path, lambda _: None, {})
