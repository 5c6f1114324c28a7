"""The same edits with MoviePy, run by the Python of an environment of its own: NAME FOLDER OUT FONT [ENCODER…];
prints seconds, and seconds of CPU. Without an encoder's arguments MoviePy chooses how it writes."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import moviepy as mp  # type: ignore[import-not-found]

CLIPS = {"trim": "part", "merge": "middle", "audio": "middle"}
"""What the edits are made on that are not made on the short clip."""


def main() -> None:
    """Make one edit."""
    name, folder, out, font, *encoder = sys.argv[1:]
    started, before = time.perf_counter(), _cpu()
    clip = mp.VideoFileClip(str(Path(folder) / f"{CLIPS.get(name, 'short')}.mp4"))
    if name == "trim":
        made = clip.subclipped(5.3, 15.2)
    elif name == "speed":
        made = clip.with_speed_scaled(2)
    elif name == "merge":
        made = mp.concatenate_videoclips([clip, mp.VideoFileClip(str(Path(folder) / "middle.mp4"))])
    elif name == "merge_other":
        made = mp.concatenate_videoclips([clip, mp.VideoFileClip(str(Path(folder) / "other.mp4"))], method="compose")
    elif name == "crop":
        made = clip.cropped(x1=200, y1=100, width=1280, height=720)
    elif name == "resize":
        made = clip.resized((1280, 720))
    elif name == "text":
        words = mp.TextClip(font=font, text="Hello there", font_size=54, color="white", duration=clip.duration)
        made = mp.CompositeVideoClip([clip, words.with_position(("center", 900))])
    elif name == "gif":
        clip.resized(width=480).write_gif(out, fps=10, logger=None)
        print(time.perf_counter() - started, _cpu() - before)
        return
    elif name == "subtitles":
        lines = [
            mp.TextClip(font=font, text=f"Line {n + 1} of what is said", font_size=54, color="white", duration=1.9)
            for n in range(2)
        ]
        placed = [line.with_start(2 * n).with_position(("center", 950)) for n, line in enumerate(lines)]
        made = mp.CompositeVideoClip([clip, *placed])
    elif name == "watermark":
        mark = mp.ImageClip(str(Path(folder) / "mark.png"), duration=clip.duration).with_position((1504, 832))
        made = mp.CompositeVideoClip([clip, mark])
    else:
        song = mp.AudioFileClip(str(Path(folder) / "song.m4a")).subclipped(0, clip.duration)
        made = clip.with_audio(mp.CompositeAudioClip([clip.audio, song]))
    # Of an option that comes twice ffmpeg takes the last.
    how = {"audio_codec": "aac", "ffmpeg_params": encoder} if encoder else {}
    made.write_videofile(out, logger=None, **how)
    print(time.perf_counter() - started, _cpu() - before)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main()
