"""What was said and what was written down, brought to one spelling so that only wrong words count as wrong.

The idea is that of Whisper's own normaliser ("Robust Speech Recognition via Large-Scale Weak Supervision", appendix C):
case, punctuation, British spelling, and whether a number is written in digits or in words are no errors.
"""

from __future__ import annotations

import re

_SMALL = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
} | {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth".split(),
        1,
    )
}
_TENS = {
    word: 10 * number
    for number, words in enumerate(
        "twenty/twentieth thirty/thirtieth forty/fortieth fifty/fiftieth sixty seventy eighty ninety".split(), 2
    )
    for word in words.split("/")
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_SAME = {
    "harbour": "harbor",
    "colour": "color",
    "grey": "gray",
    "jewellery": "jewelry",
    "dr": "doctor",
    "mr": "mister",
    "mrs": "missus",
    "kg": "kilograms",
    "g": "grams",
    "kilogrammes": "kilograms",
    "okay": "ok",
}
_MONEY = {"£": ("pounds", "pence"), "$": ("dollars", "cents"), "€": ("euros", "cents")}
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_UNITS = "pounds|dollars|euros"
_PRICE = re.compile(r"([£$€])(\d[\d,]*)(?:\.(\d\d))?")


def words(text: str) -> list[str]:
    """The words of a text in one spelling; every number is one word of digits."""
    text = text.lower().replace("’", "'").replace("'", "")
    text = _PRICE.sub(_price, text)
    text = re.sub(r"(?<=\d) ?lbs\b", " pounds", text)
    # Britons write 6.45pm.
    text = re.sub(r"\b(\d{1,2})[.:](\d\d)(?!\d)", r"\1 \2", text)
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"(?<![\w.])[-−](?=\d)", "minus ", text)
    text = re.sub(r"(\d+)\.(\d+) (million|billion)\b", _written_out, text)
    text = re.sub(r"(?<=\d)\.(?=\d)", " point ", text)
    text = re.sub(r"(\d)\s*%", r"\1 percent", text).replace("per cent", "percent")
    text = re.sub(r"\b([ap])\.?\s?m\b\.?", r"\1m", text)
    text = re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", text)
    text = re.sub(r"(?<=\d)(?=[a-z])", " ", text)
    spoken = [_SAME.get(word, word) for word in re.findall(r"\w+", text.replace("&", " and "))]
    plain = " ".join(_in_digits(spoken))
    plain = re.sub(rf"\b({_UNITS}) and (?=\d)", r"\1 ", plain)
    return re.sub(rf"\bthe (\d+) of (?={_MONTHS})", r"\1 ", plain).split()


def errors(said: str, heard: str) -> tuple[int, int]:
    """The words put in, left out and changed; and the words that were said."""
    wanted, got = words(said), words(heard)
    row = list(range(len(got) + 1))
    for number, word in enumerate(wanted, 1):
        diagonal, row[0] = row[0], number
        for at, other in enumerate(got, 1):
            diagonal, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, diagonal + (word != other))
    return row[-1], len(wanted)


def _price(match: re.Match[str]) -> str:
    unit, small = _MONEY[match[1]]
    return f"{match[2]} {unit}" + (f" {match[3]} {small}" if match[3] else "")


def _written_out(match: re.Match[str]) -> str:
    """1.2 million with all its noughts."""
    return str(round(float(f"{match[1]}.{match[2]}") * _SCALES[match[3]]))


def _in_digits(spoken: list[str]) -> list[str]:
    """Words with each run of number words, or of digits, as one word: twenty twenty-four and 2024 are the same."""
    found: list[str] = []
    run: list[str] = []
    for at, word in enumerate([*spoken, ""]):
        if word.isdecimal() or word in _SMALL or word in _TENS or (run and word in _SCALES):
            run.append(word)
        elif word == "and" and run and _goes_on(run[-1], spoken[at + 1 : at + 2]):
            continue
        else:
            if run:
                found.append(_joined(run))
                run = []
            if word:
                found.append(word)
    return found


def _goes_on(last: str, following: list[str]) -> bool:
    """Whether "and" is part of a number: two hundred and four, 200 and 4."""
    number = bool(following) and (following[0] in _SMALL or following[0] in _TENS or following[0].isdecimal())
    return number and (last in _SCALES or last.endswith("00"))


def _joined(run: list[str]) -> str:
    """Number words as digits; numbers that only stand beside each other are written one behind the other."""
    parts: list[str] = []
    total, group, last = 0, 0, 0
    open_ = False
    for word in run:
        value = int(word) if word.isdecimal() else _SMALL.get(word, _TENS.get(word, _SCALES.get(word, 0)))
        if word in _SCALES:
            if value == 100:
                group *= 100
            else:
                total, group = total + group * value, 0
            last = value
        elif open_ and not _fits(last, value):
            parts.append(str(total + group))
            total, group, last = 0, value, value
        else:
            group += value
            last = value
        open_ = True
    return "".join([*parts, str(total + group)])


def _fits(last: int, value: int) -> bool:
    """Whether a number goes on in a value: twenty-four and one hundred four do, twenty twenty and 10 30 do not."""
    if last >= 100 and last % 100 == 0:
        return value < 100 or (last % 1000 == 0 and value < last)
    return 20 <= last < 100 and last % 10 == 0 and 0 < value < 10
