"""The engine's entry: music by analysis, exactness, formats, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from rushes.engines.contract import EngineError, FailureCode, Mode
from rushes.engines.local.music.loudness import loudness, true_peak
from rushes.engines.local.music.music import run
from rushes.engines.local.music.soundfont import SoundFont
from rushes.engines.local.music.theory import TONICS
from rushes.engines.local.music.voices import Band
from rushes.media.probe import probe
from tests.music import analysis
from tests.music.analysis import RATE, decoded, mono
from tests.music.making import NO_MODELS, asked, made
from tests.speech.spoken import settings_for

PIECES = (
    # prompt, tempo, beats in a bar, tonic, minor
    ("synthwave in A minor, 100 bpm", 100, 4, 9, True),
    ("chiptune in G major, 140 bpm", 140, 4, 7, False),
    ("rock in D major, 120 bpm", 120, 4, 2, False),
    ("sad piano in C minor, 72 bpm", 72, 4, 0, True),
    ("waltz in F major, 150 bpm", 150, 3, 5, False),
    ("house in E minor, 124 bpm", 124, 4, 4, True),
)


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return settings_for("music")


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, Any]) -> dict[str, np.ndarray]:
    folder = tmp_path_factory.mktemp("pieces")
    return {prompt: made(folder, settings, prompt, 15.43)[0] for prompt, *_ in PIECES}


@pytest.mark.models
def test_pieces_have_their_length_loudness_and_tempo(pieces: dict[str, np.ndarray]) -> None:
    for prompt, bpm, beats, *_ in PIECES:
        sound = pieces[prompt]
        assert len(sound) == round(15.43 * RATE)
        assert loudness(sound) == pytest.approx(-16.0, abs=0.5), prompt
        assert true_peak(sound) < -1.0, prompt
        assert analysis.tempo(mono(sound), bpm, beats) == pytest.approx(bpm, rel=0.03), prompt
        assert np.abs(sound[-24:]).max() < 1e-3, prompt


@pytest.mark.models
def test_pieces_are_in_their_key(pieces: dict[str, np.ndarray]) -> None:
    heard = {prompt: analysis.key(mono(pieces[prompt])) for prompt, *_ in PIECES}
    right = [prompt for prompt, _, _, tonic, minor in PIECES if heard[prompt] == (tonic, minor)]
    # The profiles take a key for its relative or its dominant's now and then.
    assert len(right) >= len(PIECES) - 1, {p: TONICS[k[0]] + "m" * k[1] for p, k in heard.items()}


@pytest.mark.models
def test_other_prompts_sound_otherwise(tmp_path: Path, settings: dict[str, Any]) -> None:
    calm, wild = (
        mono(made(tmp_path, settings, prompt, 10.0)[0]) for prompt in ("calm ambient pads", "fast heavy metal")
    )
    assert analysis.centroid(wild) > 1.2 * analysis.centroid(calm)
    density = [int((analysis.onsets(wave) > 0.35 * analysis.onsets(wild).max()).sum()) for wave in (calm, wild)]
    assert density[1] > 2 * density[0]


@pytest.mark.models
def test_what_is_left_out_is_not_heard(tmp_path: Path, settings: dict[str, Any]) -> None:
    with_drums, without = (
        mono(made(tmp_path, settings, f"disco, 120 bpm{more}", 8.0)[0]) for more in ("", ", no drums")
    )
    assert analysis.share(without, 6000, 20_000) < 0.3 * analysis.share(with_drums, 6000, 20_000)


@pytest.mark.models
def test_a_loop_joins_its_ends(tmp_path: Path, settings: dict[str, Any]) -> None:
    sound, warnings = made(tmp_path, settings, "ambient music, 60 bpm", 8.0, loop=True)
    assert warnings == ()
    assert len(sound) == 8 * RATE
    assert loudness(sound) == pytest.approx(-16.0, abs=0.5)
    wave = mono(sound)
    assert abs(wave[0] - wave[-1]) <= np.quantile(np.abs(np.diff(wave)), 0.999)
    assert analysis.levels(wave[-RATE // 4 :]).min() > 0.1 * analysis.levels(wave).mean()


@pytest.mark.models
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, settings: dict[str, Any]) -> None:
    def bytes_of(folder: str, seed: int) -> list[bytes]:
        home = tmp_path / folder
        home.mkdir()
        outputs, _ = run(asked("folk, 3/4", 3.0, seed=seed, count=2), home, lambda _: None, settings)
        return [Path(output.location).read_bytes() for output in outputs]

    first, again, other = bytes_of("a", 1), bytes_of("b", 1), bytes_of("c", 7)
    assert first == again
    assert first[0] != first[1]
    assert first[0] != other[0]


@pytest.mark.models
def test_music_and_effects_together(tmp_path: Path, settings: dict[str, Any]) -> None:
    alone, _ = made(tmp_path, settings, "soft piano", 6.0)
    wet, _ = made(tmp_path, settings, "soft piano with rain", 6.0)
    first, _ = made(tmp_path, settings, "rain with soft piano", 6.0)
    high = [analysis.share(mono(sound), 4000, 20_000) for sound in (alone, wet, first)]
    assert 1.5 * high[0] < high[1]
    assert 1.5 * high[1] < high[2]


@pytest.mark.models
def test_instruments_are_in_tune(settings: dict[str, Any]) -> None:
    band = Band(Path(settings["models"]) / "music")
    for name, pitch in (
        ("piano", 60),
        ("flute", 72),
        ("violin", 69),
        ("harp", 93),
        ("electric_bass", 40),
        ("oboe", 70),
    ):
        wave = mono(band.instrument(name).note(pitch, 1.2, 0.8))[: int(1.2 * RATE)]
        wanted = 440 * 2 ** ((pitch - 69) / 12)
        power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), 1 << 19))
        frequencies = np.fft.rfftfreq(1 << 19, 1 / RATE)
        near = (frequencies > wanted * 0.94) & (frequencies < wanted * 1.06)
        cents = 1200 * np.log2(frequencies[near][power[near].argmax()] / wanted)
        assert abs(cents) < 22, (name, cents)


@pytest.mark.models
def test_loops_of_samples_lie_within_them(settings: dict[str, Any]) -> None:
    font = SoundFont(Path(settings["models"]) / "music" / "FluidR3Mono_GM.sf3")
    for program in (0, 40, 46, 56, 73):
        for region in font.regions(0, program):
            sample = font.sample(region.sample)
            assert not region.looped or 0 <= sample.loop < sample.loop_end <= len(sample.wave)
            assert np.abs(sample.wave).max() < 1.5


@pytest.mark.parametrize(("form", "off"), [("wav", 0.0), ("flac", 0.0), ("mp3", 0.03), ("opus", 0.03), ("aac", 0.06)])
def test_formats(tmp_path: Path, form: str, off: float) -> None:
    (output,), _ = run(asked("rain", 2.34, format=form), tmp_path, lambda _: None, NO_MODELS)
    path = Path(output.location)
    assert output.kind == "audio"
    assert probe(path).duration == pytest.approx(2.34, abs=off + 1e-4)
    assert loudness(decoded(path)[: int(2.34 * RATE)]) == pytest.approx(-16.0, abs=0.5)


def test_effects_and_chips_need_no_weights(tmp_path: Path) -> None:
    for prompt in ("footsteps and wind", "8-bit music"):
        seen: list[float] = []
        run(asked(prompt, 1.5), tmp_path, seen.append, NO_MODELS)
        assert seen == sorted(seen)
        assert seen[-1] == 1.0


def test_other_music_without_its_weights_names_the_command(tmp_path: Path) -> None:
    settings = {"models": str(tmp_path / "none"), "offline": True}
    with pytest.raises(EngineError, match="rushes models pull music") as caught:
        run(asked("piano", 2.0), tmp_path, lambda _: None, settings)
    assert caught.value.code is FailureCode.MODEL_MISSING


def test_a_sound_of_strokes_alone_says_that_it_stays_soft(tmp_path: Path) -> None:
    _, warnings = made(tmp_path, NO_MODELS, "click sound", 2.0)
    assert any("LUFS" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("prompt", "seconds", "extra", "said"),
    [
        ("", 5.0, {}, "prompt"),
        ("piano", 0.0, {}, "seconds"),
        ("piano", 601.0, {}, "seconds"),
        ("piano", float("nan"), {}, "seconds"),
        ("piano", 5.0, {"format": "wma"}, "format"),
        ("piano", 5.0, {"loop": "yes"}, "loop"),
        ("piano", 5.0, {"tags": 7}, "tags"),
        ("purring cat sound", 5.0, {}, "these can"),
        ("techno, no drums, no bass, no chords, no pad", 5.0, {}, "no instrument"),
        ("techno 5000 bpm", 5.0, {}, "tempo"),
    ],
)
def test_bad_requests_are_refused(
    tmp_path: Path, prompt: str, seconds: float, extra: dict[str, Any], said: str
) -> None:
    with pytest.raises(EngineError, match=said) as caught:
        run(asked(prompt, seconds, **extra), tmp_path, lambda _: None, NO_MODELS)
    assert caught.value.code is FailureCode.INVALID_INPUT
    assert not list(tmp_path.iterdir())


def test_another_mode_is_refused(tmp_path: Path) -> None:
    request = msgspec.structs.replace(asked("piano", 1.0), mode=Mode.TEXT_TO_VIDEO)
    with pytest.raises(EngineError, match="makes music"):
        run(request, tmp_path, lambda _: None, NO_MODELS)
