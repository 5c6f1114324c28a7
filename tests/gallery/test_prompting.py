"""Prompts from simple ideas, by rules; and what is taken of a language model's answer."""

from __future__ import annotations

import pytest

from rushes.gallery.prompting import LONGEST, cleaned, enrich, instructions, rules


def test_what_an_idea_does_not_say_is_added() -> None:
    prompt = enrich("a fox running through snow at night", moving=True)
    assert prompt.startswith("A fox running through snow at night, ")
    assert "fur" in prompt
    assert any(word in prompt for word in ("moonlight", "lamplight"))
    assert any(word in prompt for word in ("tracking", "following"))
    assert "cinematic" in prompt


@pytest.mark.parametrize(
    ("idea", "absent"),
    [
        ("a fox, neon light", ("sunlight", "natural light", "directional light")),
        ("a fox, the camera zooms in", ("push-in", "dolly", "tracking", "orbit", "aerial")),
        ("a fox in the style of watercolour", ("cinematic",)),
        ("a detailed fox", ("fur",)),
    ],
)
def test_what_an_idea_says_is_left_to_it(idea: str, absent: tuple[str, ...]) -> None:
    prompt = enrich(idea, moving=True)
    assert [word for word in absent if word in prompt] == []


def test_pictures_get_a_framing_and_no_camera_move() -> None:
    moving = [aspect for aspect in rules().aspects if aspect.moving]
    phrases = [phrase for aspect in moving for say in (aspect.usual, *(c.say for c in aspect.cases)) for phrase in say]
    for idea in ("a fox", "a city", "a dancer", "a runner running", "a flower"):
        assert not [phrase for phrase in phrases if phrase in enrich(idea, moving=False)]
        assert [phrase for phrase in phrases if phrase in enrich(idea, moving=True)]


def test_the_same_idea_gives_the_same_prompt_and_others_vary() -> None:
    assert enrich("a  teapot. ", moving=True) == enrich("a teapot", moving=True)
    assert len({enrich(f"teapot {number}", moving=True).split(", ", 1)[1] for number in range(20)}) > 1


def test_words_count_as_words() -> None:
    assert "fur" not in enrich("a catalogue of doghouses", moving=True)
    assert "fur" in enrich("two foxes", moving=True)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("A fox runs.", "A fox runs."),
        ('"A fox runs."', "A fox runs."),
        ("**Prompt:** A fox runs.\n\nI hope this helps!", "A fox runs."),
        ("Video prompt: “A fox\nruns.”", "A fox runs."),
        ("A fox runs. It is ni", "A fox runs."),
        ("A fox runs on", "A fox runs on"),
        ("   \n ", ""),
    ],
)
def test_the_paragraph_of_an_answer(answer: str, text: str) -> None:
    assert cleaned(answer) == text


def test_an_endless_answer_is_cut_at_a_sentence() -> None:
    text = cleaned("A fox runs on. " * 500)
    assert LONGEST - 20 < len(text) <= LONGEST
    assert text.endswith("on.")


def test_a_language_model_is_told_the_kind() -> None:
    assert "video" in instructions("a fox", moving=True)[0]["content"]
    assert "image" in instructions("a fox", moving=False)[0]["content"]
    assert instructions("a fox", moving=True)[1] == {"role": "user", "content": "a fox"}
