"""Which sentences of a script become one shot."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from rushes.writing.matching import word_count
from rushes.writing.script import Line

_SHORT = 4
"""Words of a sentence that is no shot by itself ("He stops. Listens.")."""
_FULL = 16
"""Words from which a shot takes no further sentence."""


class Beat(Struct, frozen=True, kw_only=True):
    """One shot to be: its lines, the heading they stand under and the place it names, which scene, how it begins."""

    lines: tuple[Line, ...]
    heading: str = ""
    place: str = ""
    scene: int = 0
    transition: str = ""

    @property
    def text(self) -> str:
        """All of the script that this shot covers."""
        return " ".join(line.text for line in self.lines)

    @property
    def told(self) -> tuple[Line, ...]:
        """Its sentences."""
        return tuple(line for line in self.lines if line.kind in ("action", "speech"))

    @property
    def said(self) -> str:
        """Its sentences as one text; where it has none, its heading."""
        return " ".join(line.said for line in self.told) or self.heading

    @property
    def words(self) -> float:
        return word_count(self.said)


def beats_of(lines: Iterable[Line], most: int) -> list[Beat]:
    """The shots of a script, in order, at most `most`: every line is in exactly one of them.

    What is no sentence goes with the sentence after it; at the end, with the last one.
    """
    beats: list[Beat] = []
    waiting: list[Line] = []
    heading = Line(kind="heading", text="")
    scene, transition = 0, ""

    def beat() -> Beat:
        return Beat(lines=tuple(waiting), heading=heading.said, place=heading.place, scene=scene, transition=transition)

    for line in lines:
        if line.kind == "heading":
            # A heading that nothing was told under is a picture too.
            if any(held.kind == "heading" for held in waiting):
                beats.append(beat())
                waiting, transition = [], ""
            heading, scene = line, scene + 1
        transition = line.transition or transition
        waiting.append(line)
        if line.kind in ("action", "speech"):
            if beats and len(waiting) == 1 and _belong(beats[-1], beat()):
                beats[-1] = _joined(beats[-1], beat())
            else:
                beats.append(beat())
            waiting, transition = [], ""
    if any(held.kind == "heading" for held in waiting) or (waiting and not beats):
        beats.append(beat())
    elif waiting:
        beats[-1] = _joined(beats[-1], beat())
    return _at_most(beats, most)


def _belong(beat: Beat, following: Beat) -> bool:
    last, line = beat.lines[-1], following.lines[0]
    return (
        (last.kind, last.speaker, last.paragraph) == (line.kind, line.speaker, line.paragraph)
        and min(beat.words, following.words) < _SHORT
        and beat.words + following.words <= _FULL
    )


def _at_most(beats: list[Beat], most: int) -> list[Beat]:
    """Joined until there are few enough: the shortest neighbours first, over a scene's end only at last."""
    sizes = [beat.words for beat in beats]
    while len(beats) > max(1, most):
        pairs = range(len(beats) - 1)
        at = min(pairs, key=lambda i: (beats[i].scene != beats[i + 1].scene, sizes[i] + sizes[i + 1]))
        beats[at : at + 2] = [_joined(beats[at], beats[at + 1])]
        sizes[at : at + 2] = [sizes[at] + sizes[at + 1]]
    return beats


def _joined(beat: Beat, following: Beat) -> Beat:
    return msgspec.structs.replace(beat, lines=(*beat.lines, *following.lines))
