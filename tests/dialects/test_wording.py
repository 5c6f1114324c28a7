"""What is said of a wrong value: no word of it is Python's."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta, Struct

from rushes.dialects.kit.wording import plainly


class Inner(Struct, frozen=True):
    name: str = ""


class Body(Struct):
    count: Annotated[int, Meta(ge=1, le=4)] | None = None
    share: Annotated[float, Meta(gt=0, le=15.5)] = 1
    text: Annotated[str, Meta(min_length=1, max_length=1500)] = "x"
    items: Annotated[list[str], Meta(min_length=1, max_length=3)] = []
    on: bool = False
    inner: Inner = Inner()
    either: str | list[str] | None = None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"count": "2"}, "must be a whole number or null, not a string"),
        ({"count": 1.5}, "must be a whole number or null, not a number"),
        ({"count": 0}, "must be at least 1"),
        ({"count": 5}, "must be at most 4"),
        ({"share": 0}, "must be more than 0"),
        ({"share": 16}, "must be at most 15.5"),
        ({"share": None}, "must be a number, not null"),
        ({"text": ""}, "must not be empty"),
        ({"text": "x" * 1501}, "must have at most 1500 characters"),
        ({"items": []}, "must not be empty"),
        ({"items": ["a"] * 4}, "must have at most 3 items"),
        ({"items": [1]}, "must be a string, not a whole number"),
        ({"on": 1}, "must be true or false, not a whole number"),
        ({"inner": []}, "must be an object, not an array"),
        ({"either": True}, "must be a string or an array or null, not true or false"),
        ([], "must be an object, not an array"),
    ],
)
def test_what_is_wrong_is_said_in_words_of_json(given: Any, said: str) -> None:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.json.decode(msgspec.json.encode(given), type=Body)
    assert plainly(str(error.value).partition(" - at `")[0]) == said


def test_what_is_not_known_stays() -> None:
    assert plainly("Object contains unknown field `x`") == "object contains unknown field `x`"
    assert plainly("") == ""
