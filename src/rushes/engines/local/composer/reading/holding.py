"""Who holds what, and who rides what: two things of a prompt that make one picture."""

from __future__ import annotations

from typing import Literal

import msgspec

from rushes.engines.local.composer.reading.prose import is_word
from rushes.engines.local.composer.spec import Held, Prop, Subject

_HOLDS = frozenset(("with", "holding", "holds", "carrying", "carries"))
_UNDER = frozenset(("under", "beneath"))
_PLAYS = frozenset(("playing", "plays"))
_KICKS = frozenset(("playing", "plays", "kicking", "kicks", "dribbling", "chasing", "chases"))
_BREATHES = frozenset(("breathing", "breathes", "spitting", "spits", "spewing"))
_READS = frozenset(("reading", "reads"))
_DRIVES = frozenset("driving drives drive steering piloting pilots flying flies sailing sails rowing rows".split())
_RIDES = frozenset(("riding", "rides", "ride", "rode"))
_ON = frozenset(("on",))
_FURTHER = 3
"""Words between the one that says so and the thing itself: "with a large red umbrella"."""
_IN_HAND = frozenset(("guitar", "balloon", "flower", "book", "cup", "ball", "lamp", "box", "fruit"))
_STEEDS = frozenset(
    "horse cow deer bear lion elephant fox dragon dog whale turtle duck bicycle motorcycle canoe".split()
)
_CABINS = frozenset("car bus truck train steam_train plane helicopter rocket sailboat ship canoe".split())
"""Who drives these sits in them and is not seen."""
_MOUNTED = frozenset(("horse", "elephant", "bicycle", "motorcycle", "canoe"))
"""What one sits on without a word for riding: "a monkey on a bicycle"."""


def held(who: Subject, what: Subject, between: list[str], *, alive: bool) -> Held | Literal["inside"] | None:
    """How `who` has `what`, by the words between them; None where it does not."""
    if not alive or not between or not all(is_word(piece) for piece in between):
        return None
    said = frozenset(between[-1 - _FURTHER :])
    if what.silhouette == "umbrella":
        return "over" if said & (_HOLDS | _UNDER) else None
    if what.silhouette == "flame":
        return "mouth" if who.silhouette == "dragon" and said & _BREATHES else None
    if what.silhouette in _CABINS and said & _DRIVES:
        return "inside"
    if what.silhouette == "book" and said & _READS:
        return "hand"
    if what.silhouette in _STEEDS and (said & _RIDES or (what.silhouette in _MOUNTED and said & _ON)):
        return "mount"
    if what.silhouette == "ball" and said & _KICKS:
        return "foot" if who.count == 1 else None  # several have one between them
    small = what.silhouette in _IN_HAND and what.habitat in ("table", "ground", "air") and what.count == 1
    return "hand" if small and said & (_HOLDS | _PLAYS) - {"with"} else None


def joined(who: Subject, what: Subject, how: Held | Literal["inside"]) -> Subject:
    """Both as one subject: who holds it, the mount with its rider, or the car with somebody in it."""
    if how == "inside":
        return msgspec.structs.replace(what, main=who.main)
    if how != "mount":
        return msgspec.structs.replace(who, props=(*who.props, Prop(subject=what, how=how)))
    action = "drive" if what.action == "drive" or what.silhouette in ("bicycle", "motorcycle", "canoe") else "run"
    stays = who.action in ("stand", "sit", "sleep")
    return msgspec.structs.replace(
        what,
        noun=who.noun,
        count=max(who.count, what.count),
        main=who.main,
        action="stand" if stays else action,
        props=(Prop(subject=who, how=how),),
    )
