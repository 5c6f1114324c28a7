"""What models answer, made fit for use."""

from __future__ import annotations

import pytest

from rushes.writing.answers import found_json, loops, prose, refuses

WANTED = "A red fox trots through the snow. Low sun lights its fur."


@pytest.mark.parametrize(
    "answer",
    [
        WANTED,
        f'"{WANTED}"',
        f"Sure! Here's your prompt:\n\n{WANTED}",
        f"Certainly! Here is an enhanced prompt for your video: {WANTED}",
        f"**Prompt:** {WANTED}",
        f"Enhanced prompt: “{WANTED}”",
        f"```\n{WANTED}\n```",
        f"{WANTED}\n\nLet me know if you want another one!",
        f"1. {WANTED}",
        WANTED.replace(". ", ".\n"),
        f"Of course.\n{WANTED}",
        f"{WANTED} The came",
    ],
)
def test_the_paragraph_is_found_in_what_is_around_it(answer: str) -> None:
    assert prose(answer, 500) == WANTED


def test_words_that_only_look_like_an_opening_stay() -> None:
    for text in ("Great waves break on the shore.", "Here is where the river ends.", '"Home" is painted on the door.'):
        assert prose(text, 500) == text


def test_long_answers_end_with_a_sentence_or_a_word() -> None:
    assert prose(f"{WANTED} More of it follows here.", 60) == WANTED
    assert prose("one word after another without an end", 20) == "one word after"


@pytest.mark.parametrize(
    "answer",
    ["", "   ", "I'm sorry, but I can't help with that.", "As an AI language model I cannot create that.",
     "soft glow, " * 40, "I can’t assist with this request."],
)  # fmt: skip
def test_refusals_and_loops_are_no_paragraph(answer: str) -> None:
    assert prose(answer, 500) == ""


def test_people_in_stories_may_be_sorry() -> None:
    assert not refuses("Tom looks at the broken vase. " * 6 + '"I\'m sorry," he says.')
    assert not refuses("She cannot swim, so the dog helps her.")


def test_repeated_words_are_not_yet_a_loop() -> None:
    assert not loops("The sea, the sky, the sea again: he rows on and on, and on the shore the lamp burns.")
    assert loops("a soft soft glow " * 8)


@pytest.mark.parametrize(
    "answer",
    [
        '{"prompt": "a fox", "shot_type": "wide"}',
        'Here you are:\n```json\n{"prompt": "a fox", "shot_type": "wide"}\n```\nEnjoy!',
        "{'prompt': 'a fox', 'shot_type': 'wide'}",
        '{"prompt": "a fox", "shot_type": "wide",}',
        '{prompt: "a fox", shot_type: "wide"}',
        '{"prompt": "a fox", "shot_type": "wide"',
        '{"prompt": "a fox", "shot_type": "wide',
        '{"prompt": "a fox", "shot_type": "wide", "camera_mo',
        '{"prompt": "a fox", "shot_type": "wide", "camera_move":',
        '{"prompt": "a fox", "shot_type": "wide"} {"prompt": "another"}',
    ],
)
def test_json_is_found_and_mended(answer: str) -> None:
    assert found_json(answer) == {"prompt": "a fox", "shot_type": "wide"}


def test_texts_in_json_keep_what_looks_like_json() -> None:
    assert found_json('{"a": "b}, {c", "d": "say \\"hi\\"", "e": "it\'s"}') == {
        "a": "b}, {c",
        "d": 'say "hi"',
        "e": "it's",
    }
    assert found_json('{"a": "two\nlines", "b": None}') == {"a": "two lines", "b": None}


@pytest.mark.parametrize("answer", ["", "no object", "[1, 2]", "{{{{", '{"a" "b"}', "{]"])
def test_what_is_no_object_is_none(answer: str) -> None:
    assert found_json(answer) is None
