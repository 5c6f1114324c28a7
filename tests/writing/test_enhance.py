"""Prompts made of ideas."""

from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.text import Chat
from rushes.writing import Enhanced, Unanswered, enhance
from rushes.writing.enhance import LONGEST, by_rules, negative, rules
from tests.writing.scripted import Answer, asking

GOOD = "A red fox trots through deep snow at the edge of a forest, low sun behind it. The camera tracks beside it."


def made(idea: str, answer: Answer, *, moving: bool = True) -> tuple[Enhanced, list[Chat]]:
    ask, asked = asking(lambda _: answer)
    return asyncio.run(enhance(idea, ask, moving=moving)), asked


def test_the_models_prompt_is_taken_and_cleaned() -> None:
    result, asked = made("a fox in snow", f'Sure! Here is your prompt:\n\n"{GOOD}"')
    assert result == Enhanced(prompt=GOOD, negative_prompt=negative("a fox in snow", moving=True), source="model")
    [chat] = asked
    assert chat.messages[-1] == {"role": "user", "content": "a fox in snow"}
    roles = [message["role"] for message in chat.messages]
    assert roles[:3] == ["system", "user", "assistant"]  # shown how, not only told


def test_pictures_are_asked_for_without_a_moving_camera() -> None:
    for moving in (True, False):
        _, [chat] = made("a fox", GOOD, moving=moving)
        told = " ".join(str(message["content"]) for message in chat.messages)
        assert ("camera tracks" in told) is moving
        assert ("text-to-video" in told) is moving


@pytest.mark.parametrize(
    "answer",
    [
        "", "I'm sorry, I can't help with that.", "ok", "soft glow, soft glow, " * 30,
        "The fo of the snowy den sleeps all winter, and the light comes from far away.",  # the snow without the fox
        "A sailing boat crosses a calm bay at noon while gulls circle over its mast.",  # something else altogether
        "Un perro corre por la playa con el sol y las olas, y el fox no está en la arena.",  # not in English
        EngineError(FailureCode.UNAVAILABLE, "gone"),
    ],
)  # fmt: skip
def test_rules_write_where_the_model_does_not(answer: Answer) -> None:
    result, asked = made("a fox in snow", answer)
    assert result.source == "rules"
    assert result.prompt == by_rules("a fox in snow", moving=True)
    assert len(asked) == 1  # one job, one question


@pytest.mark.parametrize(
    ("idea", "kept"),
    [
        ("the word HELLO on a wall", "HELLO"),
        ('a sign says "open late"', "open late"),
        ("3 cats in snowy Oslo", "3 Oslo"),
    ],
)
def test_numbers_names_and_quoted_words_must_be_there(idea: str, kept: str) -> None:
    about = "A wall with a word, a sign that says something, cats in the snow of a city, all of it in warm light."
    assert made(idea, about)[0].source == "rules"
    assert made(idea, f"{about} {kept}.")[0].source == "model"


def test_rules_write_where_nobody_is_asked_or_answers() -> None:
    async def refuse(_: Chat) -> str:
        raise Unanswered("no credits")

    for ask in (None, refuse):
        assert asyncio.run(enhance("a fox", ask)).source == "rules"


def test_an_idea_in_another_language_may_be_told_in_english() -> None:
    result, _ = made("un zorro corre en la nieve con su madre", GOOD)
    assert (result.source, result.prompt) == ("model", GOOD)


def test_a_long_answer_is_bounded() -> None:
    sentence = "A fox number {} runs through snow of another kind, past tree {}. "
    result, _ = made("a fox", "".join(sentence.format(i, i * 7) for i in range(100)))
    assert result.source == "model"
    assert len(result.prompt) <= LONGEST
    assert result.prompt.endswith(".")


IDEAS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=80)


@given(idea=IDEAS.filter(lambda idea: idea.strip(".,;: \u00a0") != ""), moving=st.booleans(), seed=st.integers(0, 99))
def test_rules_keep_the_idea_word_for_word(idea: str, moving: bool, seed: int) -> None:
    prompt = by_rules(idea, moving=moving, seed=seed)
    given = " ".join(idea.split()).rstrip(".,;: ")
    assert prompt.startswith((given, given[0].upper() + given[1:]))
    assert "\n" not in prompt
    assert prompt == by_rules(idea, moving=moving, seed=seed)


def test_rules_add_every_aspect_once_and_none_that_is_there() -> None:
    plain = by_rules("a cup", moving=True)
    assert plain.count(", ") >= 5
    full = "A detailed cup, soft light, calm, static shot, anime style"
    assert by_rules(full, moving=True) == full
    phrases = [phrase for aspect in rules().aspects if aspect.name == "camera" for phrase in aspect.usual]
    assert not any(phrase in by_rules("a cup", moving=False) for phrase in phrases)


def test_rules_fit_the_idea_and_vary_by_the_seed() -> None:
    assert "fur" in by_rules("a puppy", moving=True)
    assert "moonlight" in by_rules("a house at midnight", moving=True, seed=1) or "lamplight" in by_rules(
        "a house at midnight", moving=True, seed=1
    )
    assert len({by_rules("a cup", moving=True, seed=seed) for seed in range(12)}) > 3


@pytest.mark.parametrize(
    ("idea", "absent"),
    [
        ("a fox, neon light", ("sunlight", "natural light", "directional light")),
        ("a fox, the camera zooms in", ("push-in", "dolly", "tracking", "orbit", "aerial")),
        ("a fox in the style of watercolour", ("cinematic",)),
        ("a detailed fox", ("fur",)),
        ("a catalogue of doghouses", ("fur",)),  # words count as words
    ],
)
def test_what_an_idea_says_is_left_to_it(idea: str, absent: tuple[str, ...]) -> None:
    assert [word for word in absent if word in by_rules(idea, moving=True)] == []
    assert "fur" in by_rules("two foxes", moving=True)


def test_pictures_get_a_framing_and_no_camera_move() -> None:
    moving = [aspect for aspect in rules().aspects if aspect.moving]
    phrases = [phrase for aspect in moving for say in (aspect.usual, *(c.say for c in aspect.cases)) for phrase in say]
    for idea in ("a fox", "a city", "a dancer", "a runner running", "a flower"):
        assert not [phrase for phrase in phrases if phrase in by_rules(idea, moving=False)]
        assert [phrase for phrase in phrases if phrase in by_rules(idea, moving=True)]


def test_capitals_are_as_they_were_but_for_the_first() -> None:
    assert by_rules("iPhone on a desk", moving=True).startswith("iPhone on a desk, ")
    assert by_rules("a  teapot. ", moving=True) == by_rules("a teapot", moving=True)
    assert by_rules("a teapot", moving=True).startswith("A teapot, ")
    assert re.match(r"Run, Tom! [A-Z]", by_rules("run, Tom!", moving=True))


def test_what_the_idea_asks_for_is_not_unwanted() -> None:
    assert "watermark" in negative("a cat", moving=True)
    assert "blurry" not in negative("a blurry memory", moving=True)
    assert "text" not in negative("neon text in the rain", moving=True).split(", ")
    assert "flicker" in negative("a cat", moving=True)
    assert "flicker" not in negative("a cat", moving=False)
