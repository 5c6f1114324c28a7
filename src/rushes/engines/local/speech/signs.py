"""Signs of science and measure as they are said: units over others, powers, micro-, Greek letters."""

from __future__ import annotations

import re

_LENGTHS = {"mm": "millimeters", "cm": "centimeters", "m": "meters", "km": "kilometers", "ft": "feet", "mi": "miles"}
_LENGTHS |= {"in": "inches"}
_BELOW = {"s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "d": "day", "mo": "month"}
_BELOW |= {
    "yr": "year",
    "wk": "week",
    "kg": "kilogram",
    "l": "liter",
    "L": "liter",
    "m²": "square meter",
    "s²": "second squared",
}
_BELOW |= {"m³": "cubic meter", "m2": "square meter", "m3": "cubic meter", "dl": "deciliter", "dL": "deciliter"}
_WHOLE = "second|minute|hour|day|night|week|month|year|person|kg|lb|gallon|liter|litre|mile|user|seat"
_MICRO = {"m": "meters", "g": "grams", "s": "seconds", "l": "liters", "L": "liters", "F": "farads", "A": "amperes"}
_MICRO |= {"V": "volts", "mol": "moles"}
_SPOONS = {"tsp": "teaspoons", "tbsp": "tablespoons"}
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξπρστυφχψω",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi "
        "psi omega".split(),
        strict=True,
    )
)
_LETTER = "Ͱ-Ͽἀ-῿"

_PARTS = {"½": "a half", "⅓": "a third", "⅔": "two thirds", "¼": "a quarter", "¾": "three quarters", "⅛": "an eighth"}
_PARTS |= {"⅜": "three eighths", "⅝": "five eighths", "⅞": "seven eighths", "⅕": "a fifth", "⅙": "a sixth"}
_PART = re.compile(rf"(\d ?)?([{''.join(_PARTS)}])")
_POWER = re.compile(rf"(?<=\d) ?({'|'.join(_LENGTHS)})([²³])")
_PER = re.compile(rf"(?<=\d)( ?[A-Za-zµμ%]{{1,5}})/({'|'.join(_BELOW)})(?![\w/])")
_EACH = re.compile(rf"(?<=\d)( ?[A-Za-z%]{{1,8}})?/({_WHOLE})\b")
_SMALL = re.compile(rf"(?<=\d) ?[µμ]({'|'.join(_MICRO)})(?!\w)")
_OHMS = re.compile(r"(?<=\d) ?([kM]?)Ω")
_SPOON = re.compile(r"(?:(?<=\d) ?|(?<=[\da-z]) )(tsp|tbsp)s?(?!\w)\.?")
_ALONE = re.compile(rf"(?<![{_LETTER}])[Α-Ωα-ωµ](?![{_LETTER}])")


def signs_said(text: str) -> str:
    """The text with such signs in words."""
    text = "\n".join(_inches(line) for line in text.split("\n"))
    text = _PART.sub(lambda m: f"{m[1] or ''}{' and ' if m[1] else ' '}{_PARTS[m[2]]}", text)
    text = _SPOON.sub(lambda m: f" {_SPOONS[m[1]]}", text)
    text = _SMALL.sub(lambda m: f" micro{_MICRO[m[1]]}", text)
    text = _OHMS.sub(lambda m: {"": " ohms", "k": " kilohms", "M": " megohms"}[m[1]], text)
    text = _PER.sub(lambda m: f"{_named(m[1])} per {_BELOW[m[2]]}" if m[0].strip() != "km/h" else m[0], text)
    text = _EACH.sub(lambda m: f"{_named(m[1] or '')} per {m[2]}", text)
    text = _POWER.sub(lambda m: f" {'square' if m[2] == '²' else 'cubic'} {_LENGTHS[m[1]]}", text)
    return _ALONE.sub(lambda m: f" {_GREEK[m[0].lower().replace('µ', 'μ')]} ", text)


def _named(unit: str) -> str:
    return f" {_LENGTHS[unit.strip()]}" if unit.strip() in _LENGTHS else unit


def _inches(line: str) -> str:
    """A double quote behind a number is inches, unless it closes what was quoted."""
    said = ""
    for piece in re.split(r"(?<=\d)(?=\"(?!\w))", line):
        inches = piece.startswith('"') and said and said.count('"') % 2 == 0
        said += f" inch{piece[1:]}" if inches else piece
    return said
