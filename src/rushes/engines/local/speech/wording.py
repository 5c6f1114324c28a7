"""Text as it is written → text as it is said, where the reader of phonemes would get it wrong.

hibari's own normaliser already says times, ISO and American dates, units, titles, abbreviations and Roman numerals.
"""

from __future__ import annotations

import html
import re
import unicodedata

from rushes.engines.local.speech.signs import signs_said

_LONGEST_NUMBER = 15
_LONGEST_WORD = 50
_LONGEST_ADDRESS = 300
_MAGNITUDES = {"bn": "billion", "mn": "million", "tn": "trillion", "mln": "million", "bln": "billion"}
_MONTHS = (
    "January February March April May June July August September October November December"
).split()  # fmt: skip
_MONEY = {"£": ("pound", "pence", "penny"), "$": ("dollar", "cents", "cent"), "€": ("euro", "cents", "cent")}
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
_TOP = "com|org|net|edu|gov|io|ai|app|dev|tv|info|uk|de|fr|eu|ca|au|us|nz|ie"

_MARKUP = (
    (re.compile(r"^[ \t]*#{1,6}[ \t]+", re.M), ""),  # headings
    (re.compile(r"^[ \t]*[-*+•][ \t]+", re.M), ""),  # bullets
    (re.compile(r"^[ \t]*>[ \t]?", re.M), ""),  # quotations
    (re.compile(r"\*\*|__|`"), ""),
    (re.compile(r"([^\w\s.])\1{3,}"), r" \1 "),  # rules and rows of stars
    (re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)"), r"\1"),  # links: their text
)
_SAID = (
    (re.compile(r"\.{3,}"), "…"),
    (re.compile(r"(?<=\s)--+(?=\s)"), "—"),
    (re.compile(r"№\s?"), "number "),
    (re.compile(r"\b(?:US|U\.S\.)\$(?=\s?\d)"), "$"),
    (re.compile(r"(?<![\w.])-([$£€])(?=\d)"), r"minus \1"),
    (re.compile(r"([$£€])(\d[\d,.]*)\s?[-–—]\s?[$£€]?(?=\d)"), r"\2 to \1"),  # £5–£10: five to ten pounds
    (re.compile(r"(?<=\d)″"), " inch"),
    (re.compile(r"\b(ft|feet|foot) (\d+) ?in\b"), r"\1 \2 inches"),
    (re.compile(r"(?<![\w.,])\.(?=\d)"), "0."),  # .5: else its point is a full stop
    (re.compile(r"(?<![\d/])(24(?=/7(?![\d/]))|50(?=/50(?![\d/])))/"), r"\1 "),
    (re.compile(r"(?<=\d) [-–−] (?=\d[\d.,]* ?=)|(?<=\d)\s?−\s?(?=\d)"), " minus "),
    (re.compile(r"\bCO(?:2|₂)(?!\w)"), "C O 2"),
    (re.compile(r"\bH(?:2|₂)O\b"), "H 2 O"),
    (re.compile(r"\b([CF])#"), r"\1 sharp"),
    (re.compile(r"\bv(?=\d+\.\d)"), "version "),
)  # fmt: skip
_FEET = re.compile(r"(\d)(?:'|’|′)(\d{1,2})(?:\"|”|″)")
_WEB = re.compile(rf"\b(?:https?://)?(?:www\.)?((?:[\w-]+\.)+(?:{_TOP}))\b(/[^\s,;!)\]]*)?|\bhttps?://(\S+)", re.I)
_MAIL = re.compile(r"\b([\w.+-]+)@((?:[\w-]+\.)+[a-z]{2,})\b", re.I)
_MAGNITUDE = re.compile(rf"(?<=\d)\s?({'|'.join(_MAGNITUDES)})\b", re.I)
_POINTS = re.compile(r"(?<![\w.])\d+(?:\.\d+){2,}(?![\w.]*\w)")
_VERSION = re.compile(r"(?<=version )(\d+)\.(\d+)", re.I)
_PHONE = re.compile(
    r"(?<![\w.])(?:\+\d{1,3}[ -]?(?:\(?\d{1,4}\)?[ -]){1,3}\d{3,8}(?:[ -]\d{3,4})?|\+\d{7,15}"
    r"|\(\d{2,5}\) ?\d{3,4}[ -]\d{3,4}|0\d{2,4} \d{3,4} \d{3,4}"
    r"|(?:1-)?\d{3}-\d{3}-\d{4}|\d{3}\.\d{3}\.\d{4})(?!\w)"
)
_CODE = re.compile(rf"(?<![\w.,:/+-])(?:0\d+|\d{{{_LONGEST_NUMBER + 1},}})(?![\w:/-]|[.,]\d)")
_DATE = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{4})(?![\d/])")
_LONG_DIGITS = re.compile(rf"(?:\d,?){{{_LONGEST_NUMBER + 6},}}")
_PAID = re.compile(r"([£$€])(\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.(\d\d))?(?![\d,.]*\d)(?! (?:[mbtr]+illion|thousand))")
_WHOLE = re.compile(r"(?<![\w.,:/+$£€-])(\d{1,3}(?:,\d{3})+|\d{3})(?![\w:/-]|[.,]\d)")


def written_as_said(text: str, *, british: bool) -> tuple[str, int]:
    """The text with what is not plain reading spelled out, and how many letters of other scripts were left out."""
    text, lost = _latin(signs_said(_FEET.sub(r"\1 foot \2", breathable(html.unescape(text), _LONGEST_ADDRESS))))
    for pattern, said in _MARKUP:
        text = pattern.sub(said, text)
    text = "\n".join(_quiet(line) for line in text.split("\n"))
    text = _MAIL.sub(lambda m: f" {_dotted(m[1])} at {_dotted(m[2])} ", text)
    text = _WEB.sub(_address, text)
    text = _MAGNITUDE.sub(lambda m: " " + _MAGNITUDES[m[1].lower()], text)
    for pattern, said in _SAID:
        text = pattern.sub(said, text)
    text = _PHONE.sub(_phone, text)
    text = _VERSION.sub(r"\1 point \2", text)
    text = _POINTS.sub(lambda m: m[0].replace(".", " point "), text)
    text = _CODE.sub(lambda m: " ".join(m[0]), text)
    text = _LONG_DIGITS.sub(lambda m: " ".join(m[0].replace(",", "")) + " ", text)
    if british:
        text = _DATE.sub(_day_first, text)
    return text, lost


def british_numbers(text: str) -> str:
    """Numbers and sums of money in words, with the "and" that Britons say and Americans do not."""
    return _WHOLE.sub(lambda m: in_words(_number(m[1])), _PAID.sub(_money, text))


def breathable(text: str, longest: int = _LONGEST_WORD) -> str:
    """The text with a space behind every `longest` characters that have none: the reader's time grows with a word's
    length cubed."""
    return re.sub(rf"\S{{{longest}}}(?=\S)", r"\g<0> ", text)


def in_words(number: int) -> str:
    """A whole number from 0 to 10^15 - 1 as Britons say it: two hundred and five."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_ONES[ones]}" if ones else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_ONES[hundreds]} hundred" + (f" and {in_words(rest)}" if rest else "")
    scale, name = next(entry for entry in _SCALES if number >= entry[0])
    count, rest = divmod(number, scale)
    joint = " and " if rest < 100 else " "
    return f"{in_words(count)} {name}" + (joint + in_words(rest) if rest else "")


def _latin(text: str) -> tuple[str, int]:
    kept = []
    lost = 0
    for letter in unicodedata.normalize("NFC", text):
        category = unicodedata.category(letter)
        if letter.isdigit() and not letter.isascii() and letter not in "²³":
            kept.append(str(unicodedata.digit(letter)))
        elif category in ("Cf", "Mn"):  # joiners, marks that combine with nothing, variation selectors
            continue
        elif category.startswith("L") and not unicodedata.name(letter, "").startswith(("LATIN", "FULLWIDTH LATIN")):
            kept.append(" ")
            lost += category != "Lm"
        else:
            kept.append(letter)
    return "".join(kept), lost


def _quiet(line: str) -> str:
    """A line in capitals in small letters: its words would be spelled out like abbreviations."""
    words = re.findall(r"[^\W\d_]{2,}", line)
    if len(words) < 2 or any(letter.islower() for letter in line) or max(map(len, words)) < 4:
        return line
    return line[0] + line[1:].lower()


def _dotted(name: str) -> str:
    for sign, said in ((".", " dot "), ("-", " dash "), ("_", " underscore "), ("+", " plus ")):
        name = name.replace(sign, said)
    return name


def _address(match: re.Match[str]) -> str:
    whole = (match[1] or "") + (match[2] or "") or match[3]
    bare = whole.rstrip("./?:")
    ending = whole[len(bare) :].strip("/")
    parts = [part for part in re.split(r"[/?&=#]+", bare) if part]
    return " " + " slash ".join(_dotted(part) for part in parts) + ending + " "


def _phone(match: re.Match[str]) -> str:
    groups = re.findall(r"\d+", match[0])
    plus = "plus " if match[0].startswith("+") else ""
    return plus + ", ".join(" ".join(group) for group in groups)


def _day_first(match: re.Match[str]) -> str:
    day, month = int(match[1]), int(match[2])
    return f"{day} {_MONTHS[month - 1]} {match[3]}" if 1 <= month <= 12 and 1 <= day <= 31 else match[0]


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _money(match: re.Match[str]) -> str:
    unit, small, single = _MONEY[match[1]]
    whole, part = _number(match[2]), int(match[3] or 0)
    said = [f"{in_words(whole)} {unit}{'' if whole == 1 else 's'}"] if whole or not part else []
    if part:
        said.append(f"{in_words(part)} {single if part == 1 else small}")
    return " and ".join(said)
