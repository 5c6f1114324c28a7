"""Sound put to a clip: music or speech, mixed with the clip's own sound or instead of it. The picture is copied.

ffmpeg-filters.html: "amix", "sidechaincompress", "alimiter", "aloop", "afade", "adelay".
"""

from __future__ import annotations

import math
from pathlib import Path

from rushes.media.editing.ffmpeg import Report, reading, run, whole
from rushes.media.editing.redraw import BadParameter
from rushes.media.editing.source import AudioTrack, Source
from rushes.media.editing.timing import PROBED
from rushes.media.editing.writing import MP4_LIKE, changes, losses, mp4, picture_arguments
from rushes.media.edits import Mixing
from rushes.media.probe import UnreadableMedia

LOUDEST = 4.0
LONGEST_FADE = 30.0
_COPIED = ("h264", "hevc", "av1", "libdav1d", "vp9", "libvpx-vp9", "mpeg4")
"""Pictures that an MP4 holds as they are, by their decoder's name."""
_BLIND = ("h264", "hevc")
_UNTIMED = "avi"
"""Its frames carry no time of their own, so they cannot be copied into a file whose frames do."""
_HELD = 180.0
"""Seconds of music that are kept in memory to repeat without a gap; longer music is read again instead."""
_DUCKED = "sidechaincompress=threshold=0.02:ratio=8:attack=30:release=500:knee=4:detection=rms"
_ATTACK = 5
"""Milliseconds that the limiter looks ahead, by which what it gives is late. It could make up for that itself
(`latency`), but then frames no longer suit the encoder and are cut anew: 5 % of the whole edit's time."""
_LIMITED = f"alimiter=limit=0.93:attack={_ATTACK}:release=80:level=0"


def add_audio(
    source: Source, sound: Source, *, mixing: Mixing, target: Path, folder: Path, report: Report
) -> tuple[str, ...]:
    """Write the clip with `sound` put to it as AAC; it stays exactly as long as its picture.

    Raises BadParameter, UnreadableMedia where the clip has no picture or the sound file no sound, EditFailed.
    """
    video = source.picture
    if not sound.audio:
        raise UnreadableMedia("the audio file has no sound")
    length = video.start + video.duration
    _check(mixing, length)
    own = source.audio[0] if source.audio and mixing.mode == "mix" and mixing.original_volume > 0 else None
    rate = own.rate if own is not None and own.rate == 44_100 else 48_000
    graph = _graph(own, sound.audio[0], sound.duration, mixing, length, rate)
    kept = video.codec in _COPIED and source.demuxer != _UNTIMED
    tag = ("-tag:v", "hvc1") if video.codec == "hevc" else ()
    picture = ("-c:v", "copy", *tag) if kept else picture_arguments(video)
    again = ("-stream_loop", "-1") if mixing.loop and sound.duration > _HELD else ()
    # The index says all that copying needs, so ffmpeg need not decode a picture to begin, ...
    blind: tuple[str, ...] = (
        ("-skip_frame:v", "all") if kept and video.codec in _BLIND and source.mime in MP4_LIKE else ()
    )
    if blind and source.early:
        # ... and need not look through 5 MB for what only decoding tells.
        blind += ("-probesize", str(PROBED))
    arguments = [
        *reading(source.path.resolve(), source.demuxer, *blind), *reading(sound.path.resolve(), sound.demuxer, *again),
        "-filter_complex", graph, *mp4(target.resolve(), f"0:{video.index}", "[sound]", picture=picture),
    ]  # fmt: skip
    with whole(target):
        run(arguments, seconds=length, report=report, folder=folder)
    told = changes(source)
    if not kept:
        told += (f"the picture was encoded again: {video.codec} cannot be kept as it is", *losses(video))
    return told + _told(source, sound, own, mixing, length)


def _check(mixing: Mixing, length: float) -> None:
    for name, value, most in (
        ("volume", mixing.volume, LOUDEST), ("original_volume", mixing.original_volume, LOUDEST),
        ("fade_in", mixing.fade_in, LONGEST_FADE), ("fade_out", mixing.fade_out, LONGEST_FADE),
    ):  # fmt: skip
        if not (math.isfinite(value) and 0 <= value <= most):
            raise BadParameter(name, f"must be 0 to {most:g}, got {value:g}")
    if not (math.isfinite(mixing.offset) and 0 <= mixing.offset < length):
        raise BadParameter(
            "offset", f"must be 0 to {length:.2f} seconds, before the video's end, got {mixing.offset:g}"
        )


def _told(source: Source, sound: Source, own: AudioTrack | None, mixing: Mixing, length: float) -> tuple[str, ...]:
    told = []
    if mixing.mode == "mix" and not source.audio and (mixing.ducking or mixing.original_volume != 1):
        told.append("the video has no sound of its own: ducking and original_volume have no effect")
    if own is not None and own.channels > 2:
        told.append(f"the video's sound of {own.channels} channels was mixed down to stereo")
    if not mixing.loop and mixing.offset + sound.duration > length + 0.1:
        told.append("the sound is longer than the video and was cut at its end")
    return tuple(told)


def _graph(
    own: AudioTrack | None, added: AudioTrack, seconds: float, mixing: Mixing, length: float, rate: int
) -> str:  # fmt: skip
    """Both sounds brought to one form, to their place and to the clip's length, summed, and kept from clipping."""
    late = rate * _ATTACK // 1000 - 1
    whole = length + late / rate
    fitted = f"apad=whole_dur={whole:.6f},atrim=0:{whole:.6f}"
    # What is before 0 is behind the file's edit list: silence that the limiter put there.
    limited = f"{_LIMITED},asetpts=PTS-{late}[sound]"
    chain = [_even(added, rate)]
    if mixing.loop and seconds <= _HELD:
        chain += [f"aloop=loop=-1:size={math.ceil((seconds + 1) * rate)}"]
    room = length - mixing.offset
    heard = room if mixing.loop else min(room, seconds)
    chain += [f"atrim=0:{heard:.6f}", f"volume={mixing.volume:.6f}"]
    if mixing.fade_in:
        chain.append(f"afade=t=in:st=0:d={min(mixing.fade_in, heard):.6f}")
    if mixing.fade_out:
        fade = min(mixing.fade_out, heard)
        chain.append(f"afade=t=out:st={heard - fade:.6f}:d={fade:.6f}")
    if mixing.offset:
        chain.append(f"adelay={round(mixing.offset * rate)}S:all=1")
    music = f"[1:{added.index}]{','.join([*chain, fitted])}"
    if own is None:
        return f"{music},{limited}"
    base = f"[0:{own.index}]{_even(own, rate)},volume={mixing.original_volume:.6f},{fitted}"
    if mixing.ducking:
        both = f"{base},asplit[own][key];{music}[full];[full][key]{_DUCKED}[music]"
    else:
        both = f"{base}[own];{music}[music]"
    return f"{both};[own][music]amix=inputs=2:normalize=0:duration=first,{limited}"


def _even(track: AudioTrack, rate: int) -> str:
    """Sound in one form, beginning at 0, without holes. One channel becomes two as loud as it was, not 3 dB softer."""
    double = ",pan=stereo|c0=c0|c1=c0" if track.channels == 1 else ""
    return f"aresample={rate}:async=1:first_pts=0{double},aformat=sample_fmts=fltp:channel_layouts=stereo"
