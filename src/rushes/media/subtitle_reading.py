"""Reading SubRip (SRT) and WebVTT as people and programs write them: leniently, within limits.

SubRip has no standard; its shape is a number, a line of times, lines of text, an empty line. WebVTT: the W3C's
"WebVTT: The Web Video Text Tracks Format", sections 4 and 6. Markup (`<i>`, `<c.loud>`, `{\\an8}`) is taken out:
what it looks like is decided by whoever shows the cues.
"""

from __future__ import annotations

import html
import re

from rushes.media.subtitles import Cue

MOST_BYTES = 2_000_000
MOST_CUES = 20_000
MOST_TEXT = 2_000
"""Characters of one cue: more is no subtitle."""
_LONGEST = 100 * 3600.0
_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMES = re.compile(rf"\s*{_TIME}\s*-{{2,3}}>\s*{_TIME}(?:\s.*)?$")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>|<\d{1,3}:[\d:.]{1,12}>|\{\\[^{}\n]{0,200}\}")
_ESCAPE = re.compile(r"&(?:amp|lt|gt|quot|nbsp|lrm|rlm|#\d{1,6}|#x[0-9A-Fa-f]{1,5});")
"""WebVTT's, and numbers. Others are letters: AT&T, R&D."""
_LEFT_OUT = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")


class BadSubtitles(ValueError):
    """The text is no subtitle file; the message may be shown. `line` counts from 1; 0 where it is the whole file."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line


def read_subtitles(data: bytes | str) -> list[Cue]:
    """The cues of an SRT or WebVTT file, sorted by when they begin, each text in its own lines without markup.

    Bytes are UTF-8, UTF-16 with its mark, or Latin-1. Cues may overlap; empty ones are left out. Raises BadSubtitles.
    """
    text = _decoded(data)
    lines = text.split("\n")
    cues: list[Cue] = []
    at = 0
    while at < len(lines):
        at = _block(lines, at, cues)
        if len(cues) > MOST_CUES:
            raise BadSubtitles(f"more than {MOST_CUES} cues", at)
    if not cues and any("-->" not in line and line.strip() for line in lines) and not text.startswith("WEBVTT"):
        raise BadSubtitles("there is no cue: neither SRT nor WebVTT")
    return sorted((cue for cue in cues if cue.text), key=lambda cue: (cue.start, cue.end))


def _decoded(data: bytes | str) -> str:
    if len(data) > MOST_BYTES:
        raise BadSubtitles(f"the file has {len(data)} bytes, at most {MOST_BYTES} are read")
    if isinstance(data, bytes):
        coding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
        try:
            text = data.decode(coding)
        except UnicodeDecodeError:
            # What older programs wrote. Every byte means something there, so it cannot fail.
            text = data.decode("latin-1")
    else:
        text = data
    if "\0" in text:
        raise BadSubtitles("the file is not text")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _block(lines: list[str], at: int, cues: list[Cue]) -> int:
    """Read what begins at line `at` (from 0) into `cues`; the line after it."""
    line = lines[at]
    if not line.strip() or (at == 0 and line.startswith("WEBVTT")):
        # A header runs to the first empty line.
        return _end(lines, at) if line.strip() else at + 1
    if _LEFT_OUT.match(line) and "-->" not in line:
        return _end(lines, at)
    if "-->" not in line:
        # A number or a name before the times; text without any belongs to nothing, and is said to.
        if at + 1 < len(lines) and "-->" in lines[at + 1]:
            return at + 1
        raise BadSubtitles(f"times (00:00:01,000 --> 00:00:02,000) were expected, not {line.strip()[:40]!r}", at + 1)
    start, end = _times(line, at + 1)
    after = at + 1
    while after < len(lines) and lines[after].strip() and not _begins(lines, after):
        after += 1
    text = plain("\n".join(lines[at + 1 : after]))
    if len(text) > MOST_TEXT:
        raise BadSubtitles(f"a cue of {len(text)} characters, at most {MOST_TEXT} are shown", at + 1)
    cues.append(Cue(start, end, text))
    return after


def _begins(lines: list[str], at: int) -> bool:
    """Whether a cue begins here although no empty line is before it, as some programs write."""
    number = lines[at].strip().isdigit() and at + 1 < len(lines) and _TIMES.match(lines[at + 1]) is not None
    return number or _TIMES.match(lines[at]) is not None


def _end(lines: list[str], at: int) -> int:
    while at < len(lines) and lines[at].strip():
        at += 1
    return at


def _times(line: str, number: int) -> tuple[float, float]:
    found = _TIMES.match(line)
    if found is None:
        raise BadSubtitles(f"times (00:00:01,000 --> 00:00:02,000) were expected, not {line.strip()[:40]!r}", number)
    parts = found.groups()
    start, end = _seconds(parts[:4]), _seconds(parts[4:])
    if end < start:
        raise BadSubtitles("the cue ends before it begins", number)
    if end > _LONGEST:
        raise BadSubtitles("a time beyond 100 hours", number)
    return start, end


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return (whole * 1000 + int((fraction or "0").ljust(3, "0"))) / 1000


def plain(text: str) -> str:
    """A cue's text without markup, its escapes (`&amp;`) read, its lines kept and trimmed."""
    bare = _TAG.sub("", text.replace("\\N", "\n").replace("\\h", " "))
    bare = _ESCAPE.sub(lambda escape: html.unescape(escape.group()), bare)
    return "\n".join(" ".join(line.split()) for line in bare.split("\n") if line.strip())
