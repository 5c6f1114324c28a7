"""Twenty sentences that every voice must say so that they are understood: numbers, dates, prices, times, names,
questions.

Names and words are such as are spelled in one way only: what is tested is the voice, not the listener's taste.
"""

from __future__ import annotations

SENTENCES = (
    "The parcel weighs 12.5 kilograms and costs £48.90 to send.",
    "On 14 March 2023, Margaret Collins opened her second bakery in Bristol.",
    "Could you tell me where the nearest railway station is, please?",
    "Flight 372 to Madrid leaves from gate 18 at 6:45 p.m.",
    "Mix 250 grams of flour with two eggs and a pinch of salt.",
    "In 1969, two astronauts walked on the moon for the first time.",
    "Nearly 1,200,000 people watched the final on television.",
    "She paid $1,499 for the camera and $35 for the case.",
    "Why did nobody answer the telephone on Tuesday morning?",
    "Dr. Henry Wallace will see you in room 204 on the third floor.",
    "The temperature fell to -7 degrees during the night.",
    "About 35% of the voters were younger than thirty.",
    "Chapter 9 describes how the old harbour was rebuilt after the fire.",
    "Please send your answer to the office before Friday, the 21st of June.",
    "What a wonderful surprise! I never expected to see you here.",
    "The meeting was moved from 9:30 to 11:15, so there is time for coffee.",
    "Mr. and Mrs. Patel drove 480 miles from London to Edinburgh.",
    "Is the blue jacket cheaper than the grey one, or do they cost the same?",
    "NASA and the BBC showed the landing to half of the world.",
    "If it rains tomorrow, we will visit the museum instead of the castle.",
)
