"""Which words of a prompt are nouns that no table knows."""

from __future__ import annotations

from rushes.engines.local.composer.reading.lexicon import lexicon, singular
from rushes.engines.local.composer.reading.prose import find, is_word

_MOST = 3
_ARTICLES = ("a", "an", "the")
_NO_NOUN_ENDS = ("ing", "ly", "ed", "ous", "ful", "ish", "est")
_STOP = frozenset(
    "a an the and or of in on at to by for with from into over under above below through across along around near "
    "beside behind before after between while as is are was be its it his her their this that these those there "
    "i you he she they we my your our very so too up down out off then than but not no all each every who which "
    "where when one during against towards toward onto upon like".split()
)


def candidates(pieces: list[str], used: set[int]) -> tuple[list[tuple[int, str]], list[str]]:
    """(index and singular of the words worth a guess, the things known to have no picture).

    Only what follows an article or a number and ends its phrase is taken for a noun.
    """
    book = lexicon()
    undrawn = find(pieces, book.topics["undrawn"], taken=used, longest=book.longest)
    skipped = used | {index for _, start, end in undrawn for index in range(start, end)}
    known = {word for topic in book.topics.values() for phrase in topic for word in phrase}
    found = []
    for index, piece in enumerate(pieces):
        word = singular(piece)
        if index in skipped or not is_word(piece) or len(piece) < 3 or piece in _STOP or {piece, word} & known:
            continue
        if piece.endswith(_NO_NOUN_ENDS) or any(letter.isdigit() for letter in piece):
            continue
        counted = index > 0 and (pieces[index - 1],) in book.topics["count"]
        led = index > 1 and pieces[index - 2] in _ARTICLES and is_word(pieces[index - 1]) and index - 1 not in used
        introduced = index == 0 or pieces[index - 1] in _ARTICLES or counted or led
        following = pieces[index + 1] if index + 1 < len(pieces) else "."
        if introduced and (not is_word(following) or following in _STOP or following.endswith("ing")):
            found.append((index, word))
    names = [" ".join(pieces[start:end]) for _, start, end in undrawn]
    return found[:_MOST], list(dict.fromkeys(names))[:_MOST]
