"""What msgspec says of a wrong value, in the words of JSON instead of Python's."""

from __future__ import annotations

import re

_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a string",
    "bool": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than", "==": "exactly"}
_GOT = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`")
_RANGE = re.compile(
    r"Expected `(?P<kind>[^`]+)`(?P<length> of length)? (?P<bound>>=|<=|==|>|<) (?P<limit>-?[\d.]+(?:e[-+]?\d+)?)"
)


def plainly(text: str) -> str:
    """ "Expected `float` <= 15.0" is "must be at most 15"; what is not known is only begun with a small letter."""
    if match := _GOT.fullmatch(text):
        return f"must be {_kinds(match['wanted'])}, not {_kinds(match['got'])}"
    if match := _RANGE.fullmatch(text):
        amount = f"{_BOUNDS[match['bound']]} {float(match['limit']):.15g}"
        if not match["length"]:
            return f"must be {amount}"
        if amount == "at least 1":
            return "must not be empty"
        return f"must have {amount} {'characters' if match['kind'].startswith('str') else 'items'}"
    return text[:1].lower() + text[1:]


def _kinds(names: str) -> str:
    """`int | null`: "a whole number or null"."""
    return " or ".join(_KINDS.get(name, name) for name in names.split(" | "))
