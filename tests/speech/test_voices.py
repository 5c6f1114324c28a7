"""The voices that are offered, and the files behind them."""

from __future__ import annotations

import pytest

from rushes.catalog.voices import UnknownVoice, load_voices
from rushes.engines.local.store.store import TABLE
from rushes.engines.local.store.table import load_table

OPENAI = "alloy ash ballad coral echo fable nova onyx sage shimmer verse marin cedar".split()


def test_every_voice_has_its_file_and_every_file_its_voice() -> None:
    files = {file.name for file in load_table(TABLE)["voice"].files if file.name.endswith(".bin")}
    assert files == {f"{voice.id}.bin" for voice in load_voices().all}


def test_names_say_what_the_voice_is() -> None:
    """Kokoro's prefix, the studio's name and our own words agree."""
    for voice in load_voices().all:
        assert voice.id[:2] == {"en-GB": "b", "en-US": "a"}[voice.language] + voice.gender[0]
        if voice.studio:
            assert voice.studio.startswith(f"{voice.language.lower().replace('-', '_')}_{voice.gender}")


@pytest.mark.parametrize("name", ["en_gb_male", "en_gb_female", "en_us_male", "en_us_female"])
def test_each_of_the_studios_voices_has_another_behind_it(name: str) -> None:
    voices = load_voices()
    assert voices.find(name).id != voices.find(f"{name}_2").id


def test_openais_names_are_all_known_and_mean_different_voices() -> None:
    voices = load_voices()
    assert sorted(voices.openai) == sorted(OPENAI)
    assert len({voices.find(name).id for name in OPENAI}) == len(OPENAI)
    assert voices.find("af_heart").id == "af_heart"


def test_no_name_means_two_voices() -> None:
    voices = load_voices()
    names = [name for voice in voices.all for name in (voice.id, voice.studio, *voice.openai) if name]
    assert len(names) == len(set(names))


def test_an_unknown_voice_is_told_the_known_ones() -> None:
    with pytest.raises(UnknownVoice, match=r"unknown voice 'nobody'; one of: .*alloy.*en_gb_male_2.*bm_george"):
        load_voices().find("nobody")
