"""A clip decoded, changed and encoded by PyAV, as its cookbook does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from rushes.media.remake import CRF, PRESET


def remade(source: Path, target: Path, faster: int, change: Callable[[Iterator[Any]], Iterable[Any]]) -> None:
    """Write what `change` makes of the RGB frames, `faster` times as many a second."""
    import av

    with av.open(str(source)) as clip, av.open(str(target), "w") as out:
        stream: Any = None
        pictures = (frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0))
        for picture in change(pictures):
            if stream is None:
                rate = clip.streams.video[0].average_rate
                assert rate is not None
                stream = out.add_stream("libx264", rate=rate * faster, options={"preset": PRESET, "crf": str(CRF)})
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.thread_count = 2
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
