"""From a prompt to a scene: place, light, weather, subjects and what they do, camera.

Words decide first; what they leave open, sentence embeddings (where there are any) and then the seed decide.
The same prompt and seed always give the same scene.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import Any

import msgspec

from rushes.engines.local.composer.reading.cast import ALIVE, Nearest, Thing, subjects
from rushes.engines.local.composer.reading.lexicon import lexicon
from rushes.engines.local.composer.reading.prose import denied, find, words
from rushes.engines.local.composer.reading.unread import other_language, without_style
from rushes.engines.local.composer.spec import Camera, Move, Place, SceneSpec, Subject

_CALM_MOVES: tuple[Move, ...] = ("dolly_in", "pan_right", "pan_left", "truck_right", "drone", "zoom_in")
_STARRY = ("clear", "cloudy", "wind")
_ENCLOSED: tuple[Place, ...] = ("interior", "cave", "space", "underwater")
_HOMES: dict[str, tuple[Place, ...]] = {
    "underwater": ("underwater", "sea"),
    "water": ("sea", "lake", "river", "beach"),
    "table": ("interior",),
    "ground": ("meadow", "meadow", "forest", "mountains"),
    "sky": ("space",),
    "air": ("meadow", "mountains", "sky", "sea", "forest"),
}
"""Where things are at home, for prompts that say no place; the most particular first."""
_TELLING: dict[str, Place] = {
    "waterfall": "river", "waves": "sea", "fireplace": "interior", "window": "interior", "trees": "forest",
    "falling_leaves": "forest", "fireflies": "meadow", "flowers": "meadow", "petals": "garden", "aurora": "snowfield",
    "bridge": "river", "road": "street", "path": "forest", "snowcaps": "mountains", "bubbles": "underwater",
}  # fmt: skip
"""The place that scenery makes likely."""
_UNDRAWN = ("bridge", "smoke")
"""Scenery that tells the place, but has no picture."""
_BELOW = ("swim", "float", "glow", "sway", "stand")
"""What is done under water; who leaps out of it is seen from above."""


def read_prompt(
    prompt: str, seed: int, *, codes: Collection[str] | None = None, nearest: Nearest | None = None
) -> SceneSpec:
    """Read a prompt. codes: the art there is (None: none). nearest: guesses the art of unknown nouns.

    Any text gives a scene; what could not be drawn is in its notes.
    """
    book = lexicon()
    pieces = words(prompt)
    dice = random.Random(f"{seed}/{prompt}")  # noqa: S311 - a scene, no secret
    taken: set[int] = set()

    gone = denied(pieces)
    directions = find(pieces, book.topics["camera"], taken=taken, longest=book.longest)
    # "no camera movement" is a direction, "no zoom" is none.
    directions = [(move, start, end) for move, start, end in directions if start not in gone or start - 1 not in gone]
    for _, start, end in directions:
        taken.update(range(start, end))  # "drone shot" is no drone in the sky
    pieces = ["," if index in gone - taken else piece for index, piece in enumerate(pieces)]
    pieces, styles = without_style(pieces)
    paces = _paces(pieces, taken)
    for _, start, end in find(pieces, book.topics["other"], taken=taken, longest=book.longest):
        if end - start > 1:  # "depth of field" is no field
            pieces[start:end] = [","] * (end - start)
    taken.update(_scenery(pieces))
    things, notes = subjects(pieces, taken, codes=codes, nearest=nearest)
    free = _without(pieces, things)
    places = _topic(free, "place")
    times, weathers = _topic(free, "time"), _topic(free, "weather")
    seasons, moods, features = _topic(free, "season"), _topic(free, "mood"), _topic(free, "feature")
    place = _place(places, things, features, times, dice)
    time = _first(times, _likely_time(weathers, dice))
    weather = _weather(weathers)
    season = _first(seasons, "winter" if weather == "snow" or place == "snowfield" else "summer")
    framing = _topic(pieces, "framing")
    cast = tuple(_at_home(_framed(thing.subject, framing), place, guessed=thing.guessed) for thing in things)
    if not any((notes, directions, things, places, times, weathers, seasons, moods, features)) and any(
        map(str.isalpha, prompt)
    ):
        notes.append("nothing of the prompt was understood (prompts are read in English); a scene was chosen")
    elif other_language(prompt, words(prompt)):
        notes.append("prompts are read in English: little of this one was understood")
    notes += [f"the style of {name}: could not be drawn, left out" for name in styles]
    notes += [f"{feature}: could not be drawn, left out" for feature in dict.fromkeys(features) if feature in _UNDRAWN]
    return SceneSpec(
        prompt=prompt,
        seed=seed,
        place=place,
        time=time,
        weather=weather,
        season=season,
        mood=_first(moods, "neutral"),
        features=_features(
            features, places, place, season, starry=time == "night" and weather in ("clear", "cloudy", "wind")
        ),
        subjects=cast,
        camera=_camera([move for move, _, _ in directions], paces, dice, still=not cast),
        notes=tuple(notes),
    )


def _topic(pieces: list[str], name: str) -> list[str]:
    book = lexicon()
    return [value for value, _, _ in find(pieces, book.topics[name], taken=set(), longest=book.longest)]


def _scenery(pieces: list[str]) -> set[int]:
    """The words of places and features of several words: "coffee shop" is no coffee, "pine forest" no pine."""
    book = lexicon()
    found = [
        match
        for topic in ("place", "feature")
        for match in find(pieces, book.topics[topic], taken=set(), longest=book.longest)
    ]
    return {index for _, start, end in found if end - start > 1 for index in range(start, end)}


def _without(pieces: list[str], things: list[Any]) -> list[str]:
    """The words that no subject has taken, a mark where one was: no phrase reaches across."""
    spans = [span for thing in things for span in ((thing.start, thing.end), thing.also)]
    gone = {index for start, end in spans for index in range(start, end)}
    return ["," if index in gone else piece for index, piece in enumerate(pieces)]


def _first(values: list[str], otherwise: Any) -> Any:
    return values[0] if values else otherwise


def _place(places: list[str], things: list[Thing], features: list[str], times: list[str], dice: random.Random) -> Place:
    """What is said first; a sea under fish is the deep, a city with a road is still the city."""
    habitats = {"ground" if _landed(thing.subject) else thing.subject.habitat for thing in things}
    if places:
        first = places[0]
        # "mountains" beside water, a wood or a field are its background, not the place.
        if first in ("mountains", "sky") and len(set(places)) > 1:
            first = next(place for place in places if place != first)
        if first == "sea" and "beach" in places:
            return "beach"
        under = all(thing.subject.action in _BELOW for thing in things) and not times
        if first == "sea" and habitats == {"underwater"} and ("underwater" in places or under):
            return "underwater"
        return first  # type: ignore[return-value]
    homes = [thing.home for thing in things if thing.home]
    if homes:
        return homes[0]  # type: ignore[return-value]
    told = [_TELLING[feature] for feature in features if feature in _TELLING]
    if told:
        return told[0]
    if habitats:
        # What flies can be anywhere, what stands needs a ground: the most particular one decides.
        return dice.choice(next(_HOMES[habitat] for habitat in _HOMES if habitat in habitats))
    return dice.choice(("meadow", "mountains", "sea", "lake", "forest", "city"))


def _weather(weathers: list[str]) -> Any:
    """The strongest weather that is said: a misty rain is rain."""
    for strong in ("storm", "snow", "rain", "fog", "wind", "overcast", "cloudy"):
        if strong in weathers:
            return strong
    return "clear"


def _likely_time(weathers: list[str], dice: random.Random) -> Any:
    return "day" if weathers else dice.choice(("day", "day", "day", "sunset", "sunrise"))


def _features(features: list[str], places: list[str], place: Place, season: str, *, starry: bool) -> tuple[str, ...]:
    said = dict.fromkeys(features)
    for other in places:
        if other != place and other in ("mountains", "forest", "city", "village"):
            said["trees" if other == "forest" and place == "garden" else other] = None
    if starry and place not in _ENCLOSED:
        said.setdefault("stars")
        said.setdefault("moon")
    if season == "autumn" and place in ("forest", "meadow", "garden", "street"):
        said.setdefault("falling_leaves")
    if season == "spring" and place in ("meadow", "garden"):
        said.setdefault("flowers")
    return tuple(said)


def _landed(subject: Subject) -> bool:
    """Whether something that flies is on the ground just now."""
    return subject.habitat == "air" and subject.action in ("sit", "sleep", "stand", "walk", "run")


def _framed(subject: Subject, framing: list[str]) -> Subject:
    """A close-up shows the main subject larger, a wide shot smaller."""
    if not framing or not subject.main:
        return subject
    return msgspec.structs.replace(subject, height=min(0.8, subject.height * float(framing[0])))


def _at_home(subject: Subject, place: Place, *, guessed: bool) -> Subject:
    """Where the subject is in this place: what swims below in the sea shows above it, what stands may float."""
    changes: dict[str, Any] = {}
    if subject.habitat == "underwater" and place != "underwater":
        changes["habitat"] = "water"
        if subject.action == "swim" and place not in ("sea", "lake", "river", "beach"):
            changes |= {"habitat": "air", "action": "float"}
    if place == "underwater" and subject.habitat in ("ground", "water", "air"):
        changes |= {"habitat": "underwater", "action": "swim" if subject.habitat != "ground" else subject.action}
    if place == "sea" and subject.habitat == "ground" and subject.silhouette in ALIVE:
        changes |= {"habitat": "water", "action": "swim" if subject.action in ("walk", "run") else subject.action}
    if place == "space" and subject.habitat in ("ground", "water"):
        changes |= {"habitat": "sky", "action": "float"}
    if place == "interior" and (subject.habitat == "water" or subject.silhouette == "flower" or guessed):
        changes["habitat"] = "table"
    if place != "interior" and subject.habitat == "table":
        changes["habitat"] = "sky" if place == "space" else "ground"
    if _landed(subject) and place != "space":
        changes["habitat"] = "ground"
    if subject.action == "fly" and subject.habitat == "ground":
        changes["habitat"] = "air"
    return msgspec.structs.replace(subject, **changes) if changes else subject


def _paces(pieces: list[str], taken: set[int]) -> list[float]:
    """How fast the camera is said to move: a pace within three words of a camera word."""
    book = lexicon()
    found = find(pieces, book.topics["pace"], taken=taken, longest=book.longest)
    paces = []
    for value, start, end in found:
        if any(index in taken for index in range(start - 3, end + 3)):
            paces.append(float(value))
            taken.update(range(start, end))
    return paces


def _camera(moves: list[str], paces: list[float], dice: random.Random, *, still: bool) -> Camera:
    move: Any = moves[0] if moves else dice.choice(_CALM_MOVES if still else _CALM_MOVES[:4])
    return Camera(move=move, speed=paces[0] if paces else 1.0)
