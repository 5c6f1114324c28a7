"""Signs of science and measure, as they are said."""

from __future__ import annotations

import pytest

from rushes.engines.local.speech.wording import written_as_said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("5 m/s, 500 MB/s, 9.8 m/s²", "5 meters per second, 500 MB per second, 9.8 meters per second squared"),
        ("$5/month, 120 mg/dL, 20 km/h", "$5 per month, 120 mg per deciliter, 20 km/h"),
        ("10 m² and 3cm³", "10 square meters and 3 cubic centimeters"),
        ("5 µm, 20 μg, 3 µs", "5 micrometers, 20 micrograms, 3 microseconds"),
        ("4.7 kΩ", "4.7 kilohms"),
        ("π, α and ΔT", "pi , alpha and delta T"),
        ("2 tsp, ¼ tsp, 1½ tbsp. of salt", "2 teaspoons, a quarter teaspoons, 1 and a half tablespoons of salt"),
        ('a 6" pipe and a 27" screen', "a 6 inch pipe and a 27 inch screen"),
        ('He said "I am 25" and left', 'He said "I am 25" and left'),
        ("6 ft 2 in tall, 2 in 10", "6 ft 2 inches tall, 2 in 10"),
        ("and .5, 0.5 or 3.5", "and 0.5, 0.5 or 3.5"),
        ("24/7, 50/50, 3/7, 24/7/2024", "24 7, 50 50, 3/7, 24/7/2024"),
        ("5 - 3 = 2, a score of 3 - 2, 5−3", "5 minus 3 = 2, a score of 3 - 2, 5 minus 3"),
        ("CO2 and H₂O", "C O 2 and H 2 O"),
        ("1-800-555-0199", "1, 8 0 0, 5 5 5, 0 1 9 9"),
        ("020 7946 0958, 555.123.4567", "0 2 0, 7 9 4 6, 0 9 5 8, 5 5 5, 1 2 3, 4 5 6 7"),
        ("+49 30 1234567 or +14155552671", "plus 4 9, 3 0, 1 2 3 4 5 6 7 or plus 1 4 1 5 5 5 5 2 6 7 1"),
    ],
)
def test_measures_and_signs(written: str, said: str) -> None:
    assert " ".join(written_as_said(written, british=False)[0].split()) == said


def test_a_greek_letter_is_no_loss_and_greek_is() -> None:
    assert written_as_said("the angle θ", british=False)[1] == 0
    assert written_as_said("Καλημέρα", british=False)[1] == 8
