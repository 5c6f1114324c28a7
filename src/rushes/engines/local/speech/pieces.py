"""A text as pieces that the model can say in one breath: strings of phonemes, with the silence behind each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from rushes.engines.local.speech.sentences import paragraphs, sentences

COMFORTABLE = 140
"""Phonemes up to which sentences of a paragraph are said together: alone, short ones sound clipped."""
LONGEST = 260
"""Phonemes in a piece at most. The model takes 510, but hurries near that, and its memory grows with each."""
CLAUSE_PAUSE, SENTENCE_PAUSE, PARAGRAPH_PAUSE = 0.06, 0.22, 0.6
_MARKS = ",;:—.!?…"


class Piece(Struct, frozen=True):
    """Phonemes to say, and the seconds of silence behind them at normal speed."""

    phonemes: str
    pause: float


def pieces(text: str, read: Callable[[str], str]) -> list[Piece]:
    """Cut `text` and `read` it, sentence by sentence, into phonemes. What reads as nothing is left out."""
    found: list[Piece] = []
    for paragraph in paragraphs(text):
        said = [piece for sentence in sentences(paragraph) for piece in _sentence(read(sentence))]
        said = list(_together(said))
        if said:
            found += [*said[:-1], Piece(said[-1].phonemes, PARAGRAPH_PAUSE)]
    return found


def _sentence(phonemes: str) -> Iterator[Piece]:
    rest = phonemes.strip()
    while len(rest) > LONGEST:
        cut = _cut(rest)
        yield Piece(rest[:cut].strip(), CLAUSE_PAUSE)
        rest = rest[cut:].strip()
    if any(letter.isalpha() for letter in rest):
        yield Piece(rest, SENTENCE_PAUSE)


def _cut(phonemes: str) -> int:
    """Where to break a sentence that is too long: behind the last mark in its second half, else between words."""
    for at in range(LONGEST - 1, LONGEST // 3, -1):
        if phonemes[at] in _MARKS and phonemes[at + 1] == " ":
            return at + 1
    space = phonemes.rfind(" ", 1, LONGEST)
    return space if space > 0 else LONGEST


def _together(said: list[Piece]) -> Iterator[Piece]:
    held: Piece | None = None
    for piece in said:
        if held is None:
            held = piece
        elif held.pause == SENTENCE_PAUSE and len(held.phonemes) + 1 + len(piece.phonemes) <= COMFORTABLE:
            held = Piece(f"{held.phonemes} {piece.phonemes}", piece.pause)
        else:
            yield held
            held = piece
    if held is not None:
        yield held
