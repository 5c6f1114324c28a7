"""What was heard, as subtitles."""

from __future__ import annotations

from rushes.engines.contract import Transcript
from rushes.media.subtitles import Cue, cues_of_words


def cues_of(transcript: Transcript) -> list[Cue]:
    """Short enough to read where the words' times are known, the segments otherwise."""
    cues: list[Cue] = []
    for segment in transcript.segments:
        if segment.words:
            cues += cues_of_words([Cue(word.start, word.end, word.word.strip()) for word in segment.words])
        else:
            cues.append(Cue(segment.start, segment.end, segment.text.strip()))
    return cues
