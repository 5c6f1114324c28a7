"""Transcripts of what services answer: words put to their segments, and segments made of words."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from rushes.engines.contract import Segment, Word

_END = re.compile(r"[.!?…。！？][\"'”’)\]]*$")
_PAUSE = 0.8
"""Seconds of silence that end a stretch of speech."""
_LONGEST = 30.0


def spread(segments: Sequence[Segment], words: Sequence[Word]) -> tuple[Segment, ...]:
    """The segments with their words: a word belongs where its middle is, or to the nearest before it.

    Words are given a space before them, as the embedded engine's have: joined, they are the text.
    """
    if not segments:
        return ()
    found: list[list[Word]] = [[] for _ in segments]
    place = 0
    for word in words:
        middle = (word.start + word.end) / 2
        while place + 1 < len(segments) and middle >= segments[place + 1].start:
            place += 1
        found[place].append(msgspec.structs.replace(word, word=f" {word.word.strip()}"))
    return tuple(
        msgspec.structs.replace(segment, words=tuple(own)) for segment, own in zip(segments, found, strict=True)
    )


def sentences(words: Sequence[Word]) -> tuple[Segment, ...]:
    """Segments of words that come without any: to the end of a sentence, or a pause."""
    made: list[Segment] = []
    own: list[Word] = []
    for number, word in enumerate(words):
        own.append(word)
        following = words[number + 1] if number + 1 < len(words) else None
        long = word.end - own[0].start > _LONGEST
        if following is None or long or _END.search(word.word) or following.start - word.end > _PAUSE:
            text = "".join(each.word for each in own)
            made.append(Segment(start=own[0].start, end=own[-1].end, text=text, words=tuple(own)))
            own = []
    return tuple(made)
