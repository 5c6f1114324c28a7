"""What a language model is asked about a script, and what its answers come to. Small models need small questions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import msgspec
from msgspec import Struct

from rushes.engines.text import Chat
from rushes.writing.answers import found_json, loops, refuses, shortened
from rushes.writing.beats import Beat
from rushes.writing.cast import LONGEST_LOOK
from rushes.writing.shot_rules import table

LONGEST = 360
"""Characters of a shot's prompt, and of the story that is shown with a question."""
_SHORTEST = 15
_STORY = 1500
_STEM = 4
_TOKENS = 150
_LOOK_TOKENS = 45

_SYSTEM = (
    "You turn one line of a script into one shot of a film. Answer with JSON: shot_type, camera_move, prompt. Take the"
    " suggested type and move unless others fit the line better. The prompt describes only what is visible in this"
    " line: who, what they do, where, the light. One or two sentences, at most 45 words, in the language of the line."
    " Keep the names and things of the line, add nothing that changes the story, do not tell what comes next."
)
_SHOWN = "Tom"
"""Who is in the examples."""
_EXAMPLE = (
    "Place: farm, dawn\nPeople: Tom: boy of ten, straw hat\nBefore: The farm lies still.\n"
    "Suggested: wide, tracking\nLine: Tom runs to the barn.",
    '{"shot_type": "wide", "camera_move": "tracking", "prompt": "Tom, a boy of ten in a straw hat, runs across the wet'
    ' grass towards a red wooden barn, low golden dawn light behind him and mist over the fields."}',
)


_LOOKS_EXAMPLE = (
    "Script: Tom feeds the hens. A postman brings a letter for his aunt Vera.\nNames: Tom, postman, Vera",
    '{"Tom": "boy of ten, straw hat, patched blue overalls", "postman": "stout man in his fifties, grey moustache, navy'
    ' uniform", "Vera": "slim woman of forty, long auburn hair, green apron"}',
)


class Answer(Struct, frozen=True, kw_only=True):
    """What is usable of an answer; "" for a type or movement that is not."""

    prompt: str
    shot_type: str
    camera_move: str


def looks_question(script: str, names: tuple[str, ...]) -> Chat:
    """Asks what people look like of whom the script does not say it."""
    system = (
        "You invent how the people of a film look, so that they look the same in every shot. For each name answer with"
        " a few words, like nobody else's: age, hair, clothes with their colour. What the script says of them stays"
        " true. Answer with JSON."
    )
    text = {"type": "string", "minLength": 8, "maxLength": LONGEST_LOOK}
    return Chat(
        model="",
        messages=(
            {"role": "system", "content": system},
            {"role": "user", "content": _LOOKS_EXAMPLE[0]},
            {"role": "assistant", "content": _LOOKS_EXAMPLE[1]},
            {"role": "user", "content": f"Script: {script[:_STORY]}\nNames: {', '.join(names)}"},
        ),
        max_tokens=20 + _LOOK_TOKENS * len(names),
        temperature=0.5,
        top_p=0.9,
        response_format=_form("looks", dict.fromkeys(names, text)),
    )


def looks_in(answer: str, names: tuple[str, ...], known: Mapping[str, str]) -> dict[str, str]:
    """The looks in an answer, of the people asked about; not those that somebody `known` or asked about has already."""
    found = found_json(answer) or {}
    looks: dict[str, str] = {}
    taken = {*known.values(), *msgspec.json.decode(_LOOKS_EXAMPLE[1], type=dict[str, str]).values()}
    for name in names:
        text = found.get(name)
        if not isinstance(text, str) or len(text.strip()) < 8 or loops(text) or refuses(text):
            continue
        look = shortened(" ".join(text.split()), LONGEST_LOOK).rstrip(".,; ")
        if look not in taken:
            looks[name] = look
            taken.add(look)
    return looks


def shot_question(beat: Beat, before: Beat | None, looks: Mapping[str, str], style: tuple[str, str]) -> Chat:
    """Asks for the shot of one beat, with a suggested `style` (type, move): of themselves small models choose the same.

    What is the same for all comes first, where it is computed once.
    """
    known = table()
    parts = [f"Place: {beat.place}"] if beat.place else []
    people = "; ".join(f"{name}: {look}" if look else name for name, look in looks.items())
    if people:
        parts.append(f"People: {people}")
    # Of what is told elsewhere, small models draw the things into this picture.
    if before is not None and before.lines[-1].paragraph == beat.lines[0].paragraph:
        parts.append(f"Before: {before.said[-200:]}")
    parts.append(f"Suggested: {style[0]}, {style[1]}")
    parts.append(f"Line: {_line(beat)[:1200]}")
    return Chat(
        model="",
        messages=(
            {"role": "system", "content": _SYSTEM},
            {"role": "user", "content": _EXAMPLE[0]},
            {"role": "assistant", "content": _EXAMPLE[1]},
            {"role": "user", "content": "\n".join(parts)},
        ),
        max_tokens=_TOKENS,
        temperature=0.4,
        top_p=0.9,
        response_format=_form(
            "shot",
            {
                "shot_type": {"type": "string", "enum": list(known.shot_types)},
                "camera_move": {"type": "string", "enum": list(known.camera_moves)},
                "prompt": {"type": "string", "minLength": _SHORTEST, "maxLength": LONGEST},
            },
        ),
    )


def shot_in(answer: str, beat: Beat, looks: Mapping[str, str]) -> Answer | None:
    """The shot in an answer, mended where it can be; None for what is no prompt for this beat."""
    found = found_json(answer)
    if found is None or refuses(answer):
        return None
    prompt = found.get("prompt")
    if not isinstance(prompt, str):
        return None
    prompt = shortened(" ".join(prompt.split()), LONGEST)
    if len(prompt) < _SHORTEST or loops(prompt) or refuses(prompt):
        return None
    # It may be told in other words, but not be about something else altogether.
    about = _stems(beat.said) | _stems(" ".join(looks))
    if about and not about & _stems(prompt):
        return None
    if re.search(rf"\b{_SHOWN}\b", prompt) and _SHOWN not in beat.text and _SHOWN not in looks:
        return None  # told from the example
    known = table()
    return Answer(
        prompt=prompt,
        shot_type=_among(found.get("shot_type"), known.shot_types),
        camera_move=_among(found.get("camera_move"), known.camera_moves),
    )


def _line(beat: Beat) -> str:
    """The beat's sentences, with who says them."""
    return (
        " ".join(
            f"{line.speaker or 'somebody'} says: {line.said}" if line.kind == "speech" and line.seen else line.said
            for line in beat.told
        )
        or beat.said
        or beat.text
    )


def _form(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": name, "schema": schema}}


def _among(said: Any, known: Mapping[str, str]) -> str:
    """The known word that was meant; "" for none."""
    if not isinstance(said, str):
        return ""
    word = re.sub(r"[^a-z]+", "-", said.lower()).strip("-")
    word = re.sub(r"-shot$", "", word) if word not in known else word
    phrases = {re.sub(r"[^a-z]+", "-", phrase.lower()): name for name, phrase in known.items()}
    near = get_close_matches(word, [*known, *phrases], n=1, cutoff=0.75)
    return phrases.get(near[0], near[0]) if near else ""


def _stems(text: str) -> set[str]:
    """What the longer words of a text begin with; where words are not parted, the letters themselves."""
    wide = set(re.findall(r"[぀-ヿ㐀-鿿가-힯]", text))
    return wide | {word[:_STEM] for word in re.findall(r"[^\W\d_]+", text.lower()) if len(word) >= _STEM}
