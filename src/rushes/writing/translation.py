"""Short texts and subtitles in another language: by the translator that ships, or by a text engine that is up to it.

The embedded language model is not: what it makes of French or Spanish is not the text any more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rushes.engines.contract import EngineError, FailureCode
from rushes.engines.text import Chat
from rushes.engines.translation import Translator
from rushes.writing import translation_questions as questions
from rushes.writing.asking import Ask
from rushes.writing.cues import Part, parts_of
from rushes.writing.languages import code_of, guessed, name_of
from rushes.writing.sentences import sentences

_LONGEST = 40
"""Words of a sentence that the translator gets whole; it loses the end of much longer ones."""


class UnsupportedPair(Exception):
    """Nothing here translates between these languages."""

    def __init__(self, source: str, target: str, pairs: Sequence[tuple[str, str]]) -> None:
        known = (
            ", ".join(f"{name_of(one)} to {name_of(other)}" for one, other in sorted(pairs)) or "no pair of languages"
        )
        what = f"from {name_of(source)} to {name_of(target)}" if source else f"to {name_of(target)}"
        super().__init__(f"this server does not translate {what}: it knows {known}")
        self.source = source
        self.target = target


async def translate(
    texts: Sequence[str], source: str, target: str, *, by: Translator | None = None, ask: Ask | None = None
) -> list[str]:
    """The texts in the language `target`: as many, in the same order, their markup kept.

    `source` "" is found out. `by` is the translator that ships, for its pairs; for others `ask` is asked, which must
    be an engine that knows languages (an upstream). Raises UnsupportedPair; EngineError where a text could not be
    translated, for a text in the wrong language is worse than none; Unanswered.
    """
    target = code_of(target)
    source = code_of(source) if source else guessed(texts)
    if source == target:
        return list(texts)
    if by is not None and (source, target) in by.pairs and (await by.health()).ready:
        return await _by_translator(texts, source, target, by)
    if ask is None:
        pairs = by.pairs if by is not None and (await by.health()).ready else frozenset()
        raise UnsupportedPair(source, target, tuple(pairs))
    return await _by_asking(texts, source, target, ask)


async def _by_translator(texts: Sequence[str], source: str, target: str, by: Translator) -> list[str]:
    """Each sentence by itself: only those are translated whole."""
    cues = [parts_of(text) for text in texts]
    pieces = [_pieces(part.text) if part.words else [] for cue in cues for part in cue]
    wanted = [_calm(piece) for group in pieces for piece in group]
    made = iter(await by.translate(wanted, source, target) if wanted else [])
    groups = iter([[_alike(piece, next(made)) for piece in group] for group in pieces])
    return ["".join(_put(part, next(groups)) for part in cue) for cue in cues]


async def _by_asking(texts: Sequence[str], source: str, target: str, ask: Ask) -> list[str]:
    done: list[str | None] = [None if re.search(r"[^\W\d_]", text) else text for text in texts]
    for batch in questions.batches(texts, [at for at, text in enumerate(done) if text is None]):
        found = questions.found([texts[at] for at in batch], await ask(_question(texts, batch, source, target)))
        for at, text in zip(batch, found, strict=True):
            done[at] = text
    for at, text in enumerate(done):
        if text is None:  # once more by itself
            [done[at]] = questions.found([texts[at]], await ask(_question(texts, [at], source, target)))
    missing = [at + 1 for at, text in enumerate(done) if text is None]
    if missing:
        numbers = ", ".join(map(str, missing[:5]))
        raise EngineError(FailureCode.INTERNAL, f"text {numbers} of {len(texts)} could not be translated")
    return [text for text in done if text is not None]


def _question(texts: Sequence[str], batch: Sequence[int], source: str, target: str) -> Chat:
    return questions.question([texts[at] for at in batch], name_of(source) if source else "", name_of(target))


def _pieces(text: str) -> list[str]:
    """The sentences of a text, and of long ones their clauses."""
    found = []
    for sentence in sentences(" ".join(text.split())):
        while len(words := sentence.split(" ")) > _LONGEST:
            ends = [at for at, word in enumerate(words[: _LONGEST - 1], 1) if word[-1] in ",;:—–"]
            at = ends[-1] if ends and ends[-1] >= _LONGEST // 4 else _LONGEST
            found.append(" ".join(words[:at]))
            sentence = " ".join(words[at:])
        found.append(sentence)
    return found


def _put(part: Part, made: list[str]) -> str:
    """A part's translation with the spaces around it."""
    if not part.words:
        return part.text
    lead = part.text[: len(part.text) - len(part.text.lstrip())]
    trail = part.text[len(part.text.rstrip()) :]
    return lead + " ".join(text for text in made if text) + trail


def _calm(text: str) -> str:
    """Shouted text in small letters: the translator does not know it in capitals."""
    return text.capitalize() if _is_shouted(text) else text


def _is_shouted(text: str) -> bool:
    return text.isupper() and sum(char.isalpha() for char in text) > 3


def _alike(text: str, made: str) -> str:
    """The translation, beginning and ending as the text does: a part of a sentence stays one."""
    made = " ".join(made.split())
    if not made:
        return text
    if text[-1] not in ".!?…" and made[-1] == ".":
        made = made[:-1]
    if text[:1].islower():
        made = made[:1].lower() + made[1:]
    return made.upper() if _is_shouted(text) else made
