"""Shots made of scripts: everything is covered once and in order, whatever the model says."""

from __future__ import annotations

import asyncio
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.text import Chat
from rushes.writing import Shot, Unanswered, Wish, shots
from rushes.writing.asking import Ask
from rushes.writing.shot_questions import LONGEST
from rushes.writing.shot_rules import TRANSITIONS, table
from rushes.writing.shots import shots_chat
from tests.writing.scripted import Answer, asking, line_of, squashed

FILM = """FADE IN:

INT. KITCHEN - DAY

ANNA (30s, red cardigan) stands at the window. Rain on the glass. She turns when the door opens.

BEN
(out of breath)
They found the car. We have to go, Dr. Weiss is waiting.

ANNA
No. Not until 5 p.m. comes.

CUT TO:

EXT. HARBOUR - NIGHT

Ben and Anna run along the quay. A ship's horn sounds.

NARRATOR (V.O.)
The sea has always kept its secrets.

FADE OUT.
"""
STORY = (
    "An old lighthouse keeper climbs the stairs. He lights the great lamp. Mara, a young fisherwoman in a yellow coat,"
    " clings to the wheel. She sees the light at last. The boat slides into the harbour."
)


def told(script: str, ask: Ask | None = None, **wish: object) -> list[Shot]:
    return asyncio.run(shots(script, ask, Wish(**wish)))  # type: ignore[arg-type]


def covers(made: list[Shot], script: str) -> bool:
    return squashed("".join(shot.text for shot in made)) == squashed(script)


def valid(shot: Shot) -> bool:
    known = table()
    return (
        0 < len(shot.prompt) <= 1000
        and bool(shot.notes)
        and shot.shot_type in known.shot_types
        and shot.camera_move in known.camera_moves
        and shot.transition in TRANSITIONS
        and "\n" not in shot.prompt
    )


def answered(chat: Chat) -> str:
    """A good answer to either question."""
    assert chat.response_format is not None
    schema = chat.response_format["json_schema"]["schema"]
    if "prompt" not in schema["properties"]:
        return json.dumps({name: f"tall person with a blue hat, {name}" for name in schema["required"]})
    text = f"In warm light: {line_of(chat)}"[:LONGEST]
    return json.dumps({"shot_type": "aerial", "camera_move": "orbit", "prompt": text})


LINE = st.one_of(
    st.sampled_from(
        ["", "", "INT. KITCHEN - DAY", "EXT. SEA - NIGHT", "ANNA", "(whispers)", "CUT TO:", "# Part",
         "Scene 2: The port",
         "- A dog runs. It barks.", "3. The end.", "ANNA: I know. Do you?", "— Où vas-tu ?", "***", "FADE OUT.",
         "INT. CAR - DAY. He waits. CUT TO: 4. EXT. ROAD A dog.",
         "Dr. Wu waits. He sleeps.", "少女が走る。月。", "Shot 4: The sea.", "Er kommt am 3. Mai. Dann geht er."]
    ),
    st.text(alphabet="abcANNE .!?:-—()\"'#*1\t\u00a0é", max_size=60),
)  # fmt: skip
SCRIPTS = st.lists(LINE, max_size=14).map("\n".join)


@settings(max_examples=150)
@given(script=SCRIPTS, most=st.integers(1, 8), seconds=st.one_of(st.none(), st.floats(4, 90)), asked=st.booleans())
def test_every_script_is_covered_once_in_order(script: str, most: int, seconds: float | None, asked: bool) -> None:
    made = told(script, asking(answered)[0] if asked else None, shots=most, seconds=seconds)
    assert covers(made, script)
    assert len(made) <= most
    assert bool(made) is bool(script.split())
    assert all(valid(shot) and 2 <= shot.duration <= 10 for shot in made)


@settings(max_examples=60)
@given(script=SCRIPTS, answer=st.one_of(st.text(max_size=80), st.text(alphabet='{}[]":,prompt a', max_size=80)))
def test_whatever_is_answered_the_shots_are_valid(script: str, answer: str) -> None:
    made = told(script, asking(lambda _: answer)[0])
    assert covers(made, script)
    assert all(valid(shot) for shot in made)


def test_one_question_for_each_shot_with_a_schema() -> None:
    ask, asked = asking(answered)
    made = told(STORY, ask)
    assert [shot.source for shot in made] == ["model"] * len(made)
    lines = [line_of(chat) for chat in asked if line_of(chat)]
    assert lines == [shot.notes for shot in made]
    for chat in asked:
        assert chat.response_format is not None
        schema = chat.response_format["json_schema"]["schema"]
        assert schema["required"] == list(schema["properties"])
        for rule in schema["properties"].values():
            assert "enum" in rule or rule["maxLength"] <= LONGEST  # small models do not stop by themselves
        assert chat.max_tokens < 400
    assert {(shot.shot_type, shot.camera_move) for shot in made} == {("aerial", "orbit")}


BAD: list[Answer] = [
    "garbage", "", '{"shot_type": "wide"}', '{"prompt": 7}', '{"prompt": ""}', "I'm sorry, I can't do that.",
    '{"prompt": "I\'m sorry, but I cannot create this."}',
    json.dumps({"prompt": "soft glow, soft soft glow, " * 20}),
    json.dumps({"prompt": "The keeper lights the great lamp for Tom, who holds a bag of apples."}),  # of the example
    json.dumps({"prompt": "Completely unrelated bananas dancing elsewhere."}),
    EngineError(FailureCode.INTERNAL, "broken"),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_answer_is_made_good_by_rules(bad: Answer) -> None:
    by_rules = told(STORY)
    made = told(STORY, asking(lambda chat: bad if "great lamp" in line_of(chat) else answered(chat))[0])
    assert covers(made, STORY)
    assert [shot.source for shot in made] == ["model", "rules", "model", "model", "model"]
    assert "He lights the great lamp." in made[1].prompt
    assert made[1].shot_type == by_rules[1].shot_type


def test_nearly_good_answers_are_mended() -> None:
    mended = "```json\n{'prompt': 'The keeper lights the great lamp', 'shot_type': 'Close up', 'camera_move': 'Push in'"
    wrong = json.dumps({"prompt": "The keeper lights the great lamp", "shot_type": "sideways", "camera_move": None})
    for answer, kind, move in ((mended, "close-up", "push-in"), (wrong, None, None)):
        made = told(STORY, asking(lambda chat, a=answer: a if "great lamp" in line_of(chat) else answered(chat))[0])
        usual = told(STORY)[1]
        assert made[1].source == "model"
        assert (made[1].shot_type, made[1].camera_move) == (kind or usual.shot_type, move or usual.camera_move)
        assert "The keeper lights the great lamp." in made[1].prompt


def test_an_engine_that_fails_is_not_asked_for_ever() -> None:
    ask, asked = asking(lambda _: EngineError(FailureCode.UNAVAILABLE, "gone"))
    made = told(STORY, ask)
    assert {shot.source for shot in made} == {"rules"}
    assert len(asked) == 2


def test_who_cannot_pay_is_not_asked_again() -> None:
    asked = []

    async def ask(chat: Chat) -> str:
        asked.append(chat)
        if len(asked) > 2:
            raise Unanswered("nothing left")
        return answered(chat)

    made = told(STORY, ask)
    assert len(asked) == 3
    assert [shot.source for shot in made][:2] == ["model", "rules"]


def test_no_more_time_is_taken_than_given() -> None:
    async def never(_: Chat) -> str:
        await asyncio.Event().wait()
        return ""

    made = told(STORY, never, within=0.05)
    assert covers(made, STORY)
    assert {shot.source for shot in made} == {"rules"}


def test_headings_cues_and_transitions() -> None:
    made = told(FILM)
    assert covers(made, FILM)
    scenes = [shot.notes.split(" — ")[0] for shot in made]
    assert scenes == ["INT. KITCHEN - DAY"] * 6 + ["EXT. HARBOUR - NIGHT"] * 3
    assert made[0].transition == "fade"
    assert made[6].transition == "cut"  # as the script says; else a new scene dissolves
    assert told(FILM.replace("CUT TO:", ""))[6].transition == "dissolve"
    assert "Ben speaks: “They found the car.”" in made[3].prompt
    assert made[5].notes == "INT. KITCHEN - DAY — Anna: “No. Not until 5 p.m. comes.”"
    assert made[8].notes.endswith("Narrator (off): “The sea has always kept its secrets.”")
    assert "Narrator" not in made[8].prompt  # nobody sees the narrator
    assert made[8].shot_type in ("wide", "extreme-wide")  # but the sea
    assert all("kitchen, day" in shot.prompt for shot in made[:6])


@pytest.mark.parametrize(
    "script",
    [
        "INT. ATTIC - NIGHT. A boy lights a lamp. Rain falls on the old roof. CUT TO: 2. EXT. ROAD - DAY A car stops.",
        "INT. ATTIC - NIGHT A boy lights a lamp. Rain falls on the old roof. CUT TO: EXT. ROAD - DAY: A car stops.",
        "Int. Attic - Night. A boy lights a lamp. Rain falls on the old roof.\nCUT TO: EXT. ROAD - DAY. A car stops.",
    ],
)
def test_headings_in_running_text(script: str) -> None:
    made = told(script)
    assert covers(made, script)
    notes = [shot.notes.split(" — ") for shot in made]
    assert [(heading.upper(), what.strip(".")) for heading, what in notes] == [
        ("INT. ATTIC - NIGHT", "A boy lights a lamp"),
        ("INT. ATTIC - NIGHT", "Rain falls on the old roof"),
        ("EXT. ROAD - DAY", "A car stops"),
    ]
    assert made[2].transition == "cut"
    assert "Setting: road, day." in made[2].prompt


def test_capitals_in_a_sentence_are_no_heading() -> None:
    script = "The EXT. HARD DISK fails. He reads the INT. CODE and shouts: STOP. Then NASA calls."
    made = told(script)
    assert covers(made, script)
    assert not any("—" in shot.notes for shot in made)


def test_bullets_are_shots_of_their_own() -> None:
    script = "Shopping list:\n- A hand grinds coffee.\n* Steam rises from a cup.\n2) Logo on black.\n• Fade."
    made = told(script)
    assert covers(made, script)
    assert [shot.notes for shot in made][1:4] == ["A hand grinds coffee.", "Steam rises from a cup.", "Logo on black."]


def test_people_look_the_same_in_later_shots() -> None:
    made = told(FILM)
    for shot in made:
        here = "Anna" in shot.prompt or "ANNA" in shot.prompt
        assert here is ("red cardigan" in shot.prompt)
    assert "red cardigan" in made[2].prompt  # "She turns"
    assert "red cardigan" not in made[3].prompt  # Ben speaks
    story = told(STORY)
    assert "(old lighthouse keeper)" in story[1].prompt  # "He lights"
    assert "Mara: a young fisherwoman in a yellow coat." in story[3].prompt  # "She sees"


def test_looks_are_asked_for_once_and_carried() -> None:
    script = (
        "Kim opens the door. Kim walks to the river. She sits down on the cold stone. Rain falls on the empty town."
    )
    ask, asked = asking(answered)
    made = told(script, ask)
    looks = [chat for chat in asked if not line_of(chat)]
    assert len(looks) == 1
    assert "Kim" in looks[0].messages[-1]["content"]
    with_look = ["tall person with a blue hat, Kim" in shot.prompt for shot in made]
    assert with_look == [True, True, True, False]
    # And the model is told, so that its words do not contradict them.
    assert ["tall person" in str(chat.messages[-1]["content"]) for chat in asked if line_of(chat)] == with_look


def test_names_are_not_places_nor_first_words() -> None:
    ask, asked = asking(answered)
    told("Suddenly rain falls in Paris. Slowly Zoe crosses the bridge to Rome. Nothing moves.", ask)
    looks = next(chat for chat in asked if not line_of(chat))
    assert looks.response_format is not None
    assert looks.response_format["json_schema"]["schema"]["required"] == ["Zoe"]


@pytest.mark.parametrize("wanted", [14.0, 20.0, 31.5, 45.0])
def test_shots_take_the_time_that_is_wanted(wanted: float) -> None:
    made = told(STORY, seconds=wanted)
    assert sum(shot.duration for shot in made) == pytest.approx(wanted, abs=0.5)
    assert all(shot.duration % 0.5 == 0 for shot in made)


def test_what_is_longer_to_say_lasts_longer() -> None:
    made = told(
        "ANNA: No, I do not know.\n\nBEN: I told you that the ship leaves at seven and that it does not wait for us."
    )
    assert made[0].duration < made[1].duration
    # 17 words at two and a half a second.
    assert made[1].duration == pytest.approx(7.6, abs=0.6)


def test_too_many_sentences_for_the_time_share_shots() -> None:
    script = " ".join(f"The keeper number {i} lights one of the lamps." for i in range(20))
    made = told(script, seconds=10)
    assert covers(made, script)
    assert len(made) == 5
    assert sum(shot.duration for shot in made) == pytest.approx(10)


def test_rules_are_the_same_for_the_same_seed() -> None:
    assert told(FILM, seed=4) == told(FILM, seed=4)
    assert any(told(FILM, seed=seed) != told(FILM, seed=4) for seed in range(5))


def test_nothing_is_asked_about_nothing() -> None:
    ask, asked = asking(answered)
    assert told("  \n\n ", ask) == []
    assert asked == []


def test_the_chat_that_stands_for_all_is_as_large_as_all() -> None:
    for script in (FILM, STORY):
        ask, asked = asking(answered)
        told(script, ask)
        whole = shots_chat(script)
        assert whole.max_tokens >= sum(chat.max_tokens for chat in asked)
        size = sum(len(msgspec.json.encode(chat.messages)) for chat in asked)
        assert len(msgspec.json.encode(whole.messages)) >= size
        assert whole.messages[-1]["content"] == script  # which is kept with the job
