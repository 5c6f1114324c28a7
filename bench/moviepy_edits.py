"""The same edits with MoviePy, run by the Python of an environment of its own: NAME FOLDER OUT FONT; prints seconds."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import moviepy as mp  # type: ignore[import-not-found]


def main() -> None:
    """Make one edit, encoded as ours are."""
    name, folder, out, font = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    started = time.perf_counter()
    clip = mp.VideoFileClip(str(folder / ("long.mp4" if name == "trim" else "short.mp4")))
    if name == "trim":
        made = clip.subclipped(5.3, 50.7)
    elif name == "speed":
        made = clip.with_speed_scaled(2)
    elif name == "merge":
        made = mp.concatenate_videoclips([clip, mp.VideoFileClip(str(folder / "short.mp4"))])
    elif name == "merge_other":
        made = mp.concatenate_videoclips([clip, mp.VideoFileClip(str(folder / "other.mp4"))], method="compose")
    elif name == "crop":
        made = clip.cropped(x1=200, y1=100, width=1280, height=720)
    elif name == "resize":
        made = clip.resized((1280, 720))
    elif name == "text":
        words = mp.TextClip(font=font, text="Hello there", font_size=54, color="white", duration=clip.duration)
        made = mp.CompositeVideoClip([clip, words.with_position(("center", 900))])
    elif name == "gif":
        clip.resized(width=480).write_gif(out, fps=10, logger=None)
        print(time.perf_counter() - started)
        return
    else:
        song = mp.AudioFileClip(str(folder / "song.m4a")).subclipped(0, clip.duration)
        made = clip.with_audio(mp.CompositeAudioClip([clip.audio, song]))
    how = {"codec": "libx264", "preset": "veryfast", "audio_codec": "aac", "logger": None}
    made.write_videofile(out, ffmpeg_params=["-crf", "19", "-pix_fmt", "yuv420p"], **how)
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
