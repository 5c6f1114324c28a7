"""What of a prompt is not read: other languages, and in whose style the picture should be."""

from __future__ import annotations

from rushes.engines.local.composer.reading.prose import is_word

_ENGLISH = frozenset("a an the of with and at is are through to from over by for his her its while into near".split())
_OTHER = frozenset(
    "der das und mit im auf durch von eine einen einem einer unter bei ein zwei el la los las una uno unos con por del "
    "en mientras bajo sobre que y le les des une dans avec sur sous et du au aux il nel nella della sotto che di un "
    "uma um com na os ao het een met voor van op".split()
)
"""Little words of German, Spanish, French, Italian, Portuguese and Dutch that English has not."""
_STYLE = (("style", "of"), ("styled", "after"), ("inspired", "by"), ("painted", "by"), ("directed", "by"))
_NAME_ENDS = frozenset(("with", "in", "on", "at", "and", "near", "under", "while", "using"))
_LONGEST_NAME = 4


def other_language(prompt: str, pieces: list[str]) -> bool:
    """Whether most of a prompt is not English; names of places may still be understood."""
    letters = [letter for letter in prompt if letter.isalpha()]
    if sum(letter > "ɏ" for letter in letters) * 2 > len(letters):  # beyond the Latin alphabets
        return True
    foreign = sum(piece in _OTHER for piece in pieces)
    return foreign > 1 and foreign > sum(piece in _ENGLISH for piece in pieces)


def without_style(pieces: list[str]) -> tuple[list[str], list[str]]:
    """The pieces without whose style is wanted ("in the style of Van Gogh" shows no van), and the names."""
    left, names = list(pieces), []
    for index in range(len(pieces) - 2):
        if (pieces[index], pieces[index + 1]) not in _STYLE:
            continue
        end = index + 2
        while end < min(len(pieces), index + 2 + _LONGEST_NAME) and is_word(pieces[end]):
            if pieces[end] in _NAME_ENDS:
                break
            end += 1
        name = " ".join(pieces[index + 2 : end])
        left[index:end] = [","] * (end - index)
        if name:
            names.append(name)
    return left, names
