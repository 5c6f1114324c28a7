"""The tasks on engines that really run: the smallest language model, whose words make no sense, and the translator."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from rushes.engines.local.llm.engine import LocalText
from rushes.engines.text import End
from rushes.writing import Task, Wish, enhance, shots, translate
from rushes.writing.cues import tags
from rushes.writing.shot_rules import TRANSITIONS, table
from rushes.writing.shots import shots_chat
from tests.text.translating import needs_translator, translator
from tests.writing.scripted import squashed

STORY = "A dog runs to the sea. Mara calls it back. The sun sets over the wide bay."


@pytest.mark.models
def test_the_smallest_model_makes_valid_shots_and_prompts(models: Path) -> None:
    async def run() -> None:
        engine = LocalText(models, group="llm_tiny", offline=True, context_tokens=2048)
        task = Task(lambda ask: shots(STORY, ask, Wish(seconds=12)))
        items = [item async for item in task.write(engine, shots_chat(STORY))]
        end = items[-1]
        assert isinstance(end, End)
        # It was asked four times (looks, three shots) and each time answered something.
        assert end.completion_tokens > 60
        assert end.prompt_tokens > 600
        made = task.result
        assert squashed("".join(shot.text for shot in made)) == squashed(STORY)
        assert sum(shot.duration for shot in made) == 12
        for shot in made:
            assert shot.shot_type in table().shot_types
            assert shot.camera_move in table().camera_moves
            assert shot.transition in TRANSITIONS
        whole = Task(lambda ask: enhance("a dog at the sea", ask))
        _ = [item async for item in whole.write(engine, shots_chat(STORY))]
        assert "dog" in whole.result.prompt.lower()
        assert len(whole.result.prompt.splitlines()) == 1
        await engine.close()

    asyncio.run(run())


CUES = [
    "Where were you last night?",
    "<i>I don't know.</i>\nMaybe tomorrow.",
    "- Are you alone?\n- Yes!",
    "♪ I love you ♪",
    "{\\an8}DO NOT OPEN THE DOOR!",
    "See example.com, Dr. Smith.",
    "12:30",
]


@needs_translator
def test_english_becomes_portuguese_and_back(tmp_path: Path) -> None:
    async def run() -> None:
        async with translator(tmp_path) as by:
            made = await translate(CUES, "en", "pt-BR", by=by)
            back = await translate(["Onde você estava ontem à noite?"], "", "en", by=by)
        assert [tags(text) for text in made] == [tags(text) for text in CUES]
        assert made[0] == "Onde você estava na noite passada?"
        assert made[1].startswith(("<i>Eu não sei.</i>", "<i>Não sei.</i>"))
        assert made[2].splitlines()[1] == "- Sim!"
        assert made[3].startswith("♪ ")
        assert "amo" in made[3]
        assert "PORTA" in made[4]
        assert "example.com" in made[5]
        assert "Dr. Smith" in made[5]
        assert made[6] == "12:30"
        assert back == ["Where were you last night?"]

    asyncio.run(run())


@needs_translator
def test_long_texts_keep_their_end(tmp_path: Path) -> None:
    text = " ".join(f"The lighthouse keeper climbs {number} stairs and lights the lamp." for number in range(2, 30))

    async def run() -> str:
        async with translator(tmp_path) as by:
            [made] = await translate([text], "en", "pt", by=by)
            return made

    made = asyncio.run(run())
    assert all(str(number) in made for number in range(13, 30))
    assert len(made) > 0.7 * len(text)
