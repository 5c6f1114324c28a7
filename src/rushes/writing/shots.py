"""From a script to the shots that tell it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from rushes.engines.contract import EngineError
from rushes.engines.text import Chat
from rushes.writing import shot_questions, shot_rules
from rushes.writing.asking import Ask, Unanswered
from rushes.writing.beats import Beat, beats_of
from rushes.writing.cast import looks_of, present
from rushes.writing.script import lines_of
from rushes.writing.timing import durations, natural

_FAILURES = 2
"""Calls in a row that fail, after which the engine is not asked any more."""


class Wish(Struct, frozen=True, kw_only=True):
    """What is wanted: `seconds` in all (None: as long as it takes), each shot's seconds, and how many shots at most.

    The text engine is asked for `within` seconds; the shots left then are made by rules, as are all of the same
    `seed` alike.
    """

    seconds: float | None = None
    least: float = 2.0
    most: float = 10.0
    shots: int = 60
    seed: int = 0
    within: float = 240.0


class Shot(Struct, frozen=True, kw_only=True):
    """One shot. `duration` in seconds; `transition` is how it comes after the one before.

    `text` is the part of the script that it covers: those of all shots put together are the script, but for spaces.
    The words for shot_type and camera_move are in shots.toml, those for transition shot_rules.TRANSITIONS.
    """

    prompt: str
    notes: str
    duration: float
    shot_type: str
    camera_move: str
    transition: str
    text: str
    source: Literal["model", "rules"]


async def shots(script: str, ask: Ask | None, wish: Wish | None = None) -> list[Shot]:
    """The shots of a script, every sentence of it in exactly one of them, in order; none for an empty script.

    Asks once for what people look like, where the script does not say, and once for each shot. Whatever is not
    answered, or not usably, rules make.
    """
    wish = wish or Wish()
    beats = _beats(script, wish)
    looks = looks_of(beats)
    cast = present(beats, looks)
    styles = _styles(beats, wish.seed)
    asked: Sequence[shot_questions.Answer | None] = [None] * len(beats)
    if ask is not None and beats:
        asked, looks = await _Asking(ask, wish.within).about(beats, looks, cast, styles)
    seconds = durations([natural(beat) for beat in beats], wish.seconds, wish.least, wish.most)
    made = []
    for at, (beat, answer, length) in enumerate(zip(beats, asked, seconds, strict=True)):
        kind, move = styles[at]
        if answer is not None:
            kind, move = answer.shot_type or kind, answer.camera_move or move
        here = {name: looks[name] for name in cast[at]}
        prompt = answer.prompt if answer else shot_rules.picture(beat, [name for name in here if not here[name]])
        made.append(
            Shot(
                prompt=shot_rules.dressed(prompt, beat, kind, move, here),
                notes=shot_rules.notes(beat),
                duration=length,
                shot_type=kind,
                camera_move=move,
                transition=shot_rules.transition(beat, beats[at - 1] if at else None),
                text=beat.text,
                source="model" if answer else "rules",
            )
        )
    return made


def shots_chat(script: str, wish: Wish | None = None) -> Chat:
    """One chat that stands for all that `shots` may ask: what a job for it holds, and its limit of tokens."""
    wish = wish or Wish()
    beats = _beats(script, wish)
    looks = looks_of(beats)
    questions = [shot_questions.looks_question(script, tuple(looks))] if looks else []
    for at, (beat, style) in enumerate(zip(beats, _styles(beats, wish.seed), strict=True)):
        questions.append(shot_questions.shot_question(beat, beats[at - 1] if at else None, looks, style))
    room = {"role": "system", "content": " " * 200 * len(looks) * len(beats)}  # for looks that come with an answer
    return Chat(
        model="",
        messages=(
            *(message for one in questions for message in one.messages),
            room,
            {"role": "user", "content": script},
        ),
        max_tokens=max(1, sum(one.max_tokens for one in questions)),
    )


def _beats(script: str, wish: Wish) -> list[Beat]:
    most = wish.shots
    if wish.seconds is not None:
        most = min(most, int(wish.seconds // wish.least))
    lines = lines_of(script)
    return beats_of(lines, max(1, most)) if lines else []


def _styles(beats: Sequence[Beat], seed: int) -> list[tuple[str, str]]:
    """Each shot's type and camera move by rules."""
    scenes = [None, *(beat.scene for beat in beats)]
    firsts = [beat.scene != before for beat, before in zip(beats, scenes, strict=False)]
    return [
        (shot_rules.shot_type(beat, first=first, seed=seed), shot_rules.camera_move(beat, first=first, seed=seed))
        for beat, first in zip(beats, firsts, strict=True)
    ]


class _Asking:
    """Asks about shot after shot, until there is no time left or nobody answers."""

    def __init__(self, ask: Ask, within: float) -> None:
        self._ask = ask
        self._until = asyncio.get_running_loop().time() + within
        self._failures = 0

    async def about(
        self,
        beats: Sequence[Beat],
        looks: dict[str, str],
        cast: Sequence[tuple[str, ...]],
        styles: Sequence[tuple[str, str]],
    ) -> tuple[list[shot_questions.Answer | None], dict[str, str]]:
        unknown = tuple(name for name, look in looks.items() if not look)
        if unknown:
            script = " ".join(beat.text for beat in beats)
            answer = await self._answer(shot_questions.looks_question(script, unknown))
            looks = looks | shot_questions.looks_in(answer, unknown, looks)
        found: list[shot_questions.Answer | None] = []
        for at, beat in enumerate(beats):
            here = {name: looks[name] for name in cast[at]}
            question = shot_questions.shot_question(beat, beats[at - 1] if at else None, here, styles[at])
            found.append(shot_questions.shot_in(await self._answer(question), beat, here))
        return found, looks

    async def _answer(self, question: Chat) -> str:
        left = self._until - asyncio.get_running_loop().time()
        if self._failures >= _FAILURES or left <= 0:
            return ""
        try:
            async with asyncio.timeout(left):
                answer = await self._ask(question)
        except (Unanswered, TimeoutError):
            self._failures = _FAILURES
            return ""
        except EngineError:
            self._failures += 1
            return ""
        self._failures = 0
        return answer
