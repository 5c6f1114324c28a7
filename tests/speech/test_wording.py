"""What is written, as it is said."""

from __future__ import annotations

import pytest

from rushes.engines.local.speech.wording import breathable, british_numbers, in_words, written_as_said


def american(text: str) -> str:
    return " ".join(written_as_said(text, british=False)[0].split())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("$1.2bn and £3.5 mn", "$1.2 billion and £3.5 million"),
        ("£5–£10, $5-10", "5 to £10, 5 to $10"),
        ("-£5 or US$5", "minus £5 or $5"),
        ("Visit https://www.example.com/a?b=c.", "Visit example dot com slash a slash b slash c."),
        ("Write to jo.b@x-y.org!", "Write to jo dot b at x dash y dot org !"),
        ("(555) 123-4567", "5 5 5, 1 2 3, 4 5 6 7"),
        ("+44 20 7946 0958", "plus 4 4, 2 0, 7 9 4 6, 0 9 5 8"),
        ("Agent 007", "Agent 0 0 7"),
        ("Python v3.0 or 3.11.7", "Python version 3 point 0 or 3 point 11 point 7"),
        ("C# and 5'10\"", "C sharp and 5 foot 10"),
        ("# Title\n- **one**\n> [two](http://x.y/z)", "Title one two"),
        ("DO NOT PANIC", "Do not panic"),
        ("NASA and the BBC", "NASA and the BBC"),
        ("x² ①② ٣", "x² 12 3"),
        ("salt &amp; pepper...", "salt & pepper…"),
        ("3/4/2024", "3/4/2024"),
        ("well -- no", "well — no"),
        ("It is 10:30 in room 12.", "It is 10:30 in room 12."),
    ],
)
def test_what_would_be_read_wrongly_is_spelled_out(written: str, said: str) -> None:
    assert american(written) == said


def test_britons_put_the_day_first() -> None:
    assert written_as_said("3/4/2024 13/13/2024", british=True)[0] == "3 April 2024 13/13/2024"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("£150.50", "one hundred and fifty pounds and fifty pence"),
        ("£1.01, £0.05, €2", "one pound and one penny, five pence, two euros"),
        ("1,250,000 people", "one million two hundred and fifty thousand people"),
        ("365 days in 1999", "three hundred and sixty-five days in 1999"),
        ("3.141 or 555-1234 or 250th or 12:345", "3.141 or 555-1234 or 250th or 12:345"),
    ],
)
def test_british_numbers_have_their_and(written: str, said: str) -> None:
    assert british_numbers(written) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "zero"),
        (21, "twenty-one"),
        (100, "one hundred"),
        (1001, "one thousand and one"),
        (2_000_305, "two million three hundred and five"),
        (10**12 + 10**9, "one trillion one billion"),
        (999_999, "nine hundred and ninety-nine thousand nine hundred and ninety-nine"),
    ],
)
def test_numbers_in_words(number: int, said: str) -> None:
    assert in_words(number) == said


def test_letters_of_other_scripts_are_counted_not_read() -> None:
    text, lost = written_as_said("Hello мир, 東京, naïve café!", british=True)
    assert lost == 5
    assert text.split() == ["Hello", ",", ",", "naïve", "café!"]


def test_no_word_is_endless() -> None:
    assert max(map(len, breathable("x" * 1000).split())) == 50
    assert breathable("short words stay") == "short words stay"
    assert len(written_as_said("9" * 5000, british=True)[0].split()) == 5000
