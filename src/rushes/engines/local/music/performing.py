"""From a score to sound: every note is played, panned and sent into the room."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rushes.engines.local.music.dsp import Sound, added, convolved, seconds
from rushes.engines.local.music.room import room
from rushes.engines.local.music.score import Score
from rushes.engines.local.music.voices import Band, voices

_ROLES = {"melody": 0.0, "bass": -3.0, "drums": -1.0, "chords": -8.0, "pad": -10.0, "counter": -8.0}
"""Decibels: chords are several notes at once."""


def perform(score: Score, band: Band, report: Callable[[float], None], *, loop: bool) -> Sound:
    """The piece, exactly its length; with `loop` what still sounds at the end is heard at the beginning."""
    n = seconds(score.seconds)
    mix, sent = np.zeros((n, 2), np.float32), np.zeros((n, 2), np.float32)
    total, done = max(1, sum(len(track.notes) for track in score.tracks)), 0
    for track in score.tracks:
        instrument, send = band.instrument(track.voice), voices()[track.voice].send
        gain = band.level(track.voice) * 10 ** ((track.level + _ROLES[track.role]) / 20)
        # Both sides stay; one is only softer: instruments are stereo themselves.
        sides = np.array([min(1.0, 1 - track.pan), min(1.0, 1 + track.pan)], np.float32) * np.float32(gain)
        for note in track.notes:
            part = instrument.note(note.pitch, note.length, note.velocity) * sides
            start = seconds(note.start)
            added(mix, start, part, wrap=loop)
            if send and score.wet:
                added(sent, start, part * np.float32(send), wrap=loop)
            done += 1
            report(0.8 * done / total)
    if score.wet:
        for start, wet in convolved(sent, room(score.room)):
            added(mix, start, wet * np.float32(score.wet), wrap=loop)
    report(0.9)
    return mix
