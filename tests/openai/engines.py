"""Engines that answer at once with small real files, for tests of what stands before engines.

Words in the prompt steer them: "slow" never ends, "forbidden" and "broken" fail.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from rushes.engines.contract import (
    Done,
    EngineError,
    Failed,
    FailureCode,
    Health,
    Mode,
    Operation,
    Output,
    Pending,
    Request,
    Segment,
    Status,
    Transcript,
    Word,
)
from rushes.engines.text import Chat, End, Piece
from rushes.media.encode import VideoWriter
from rushes.media.sound import FORMATS, SoundWriter

FPS = 4


class Fake:
    """Makes every kind of file."""

    paid = False
    remote = False

    def __init__(self, name: str, scratch: Path, modes: frozenset[Mode]) -> None:
        self.name = name
        self.modes = modes
        self._scratch = scratch
        self._stopped: set[str] = set()

    async def start(self, request: Request) -> Operation:
        if "slow" in request.prompt:
            return {"pending": request.job}
        if "forbidden" in request.prompt:
            return {"failed": FailureCode.CONTENT_VIOLATION}
        if "broken" in request.prompt:
            return {"failed": FailureCode.INTERNAL}
        folder = self._scratch / f"fake-{request.job}"
        folder.mkdir(exist_ok=True)
        outputs = await asyncio.to_thread(make, request, folder)
        return {"outputs": msgspec.to_builtins(outputs), "seen": msgspec.to_builtins(request)}

    async def status(self, operation: Operation) -> Status:
        if "pending" in operation:
            return Pending(progress=0.4, poll_after=0.05)
        if "failed" in operation:
            return Failed(code=FailureCode(operation["failed"]), message=f"this prompt is {operation['failed']}")
        return Done(outputs=tuple(msgspec.convert(operation["outputs"], list[Output])))

    async def cancel(self, operation: Operation) -> None:
        self._stopped.add(operation.get("pending", ""))

    async def fetch(self, output: Output) -> AsyncIterator[bytes]:
        yield Path(output.location).read_bytes()

    async def discard(self, operation: Operation) -> None:
        for output in operation.get("outputs", ()):
            Path(output["location"]).unlink(missing_ok=True)

    async def health(self) -> Health:
        return Health(ready=True)

    async def close(self) -> None:
        pass


def make(request: Request, folder: Path) -> list[Output]:
    """The files of a request."""
    match request.mode:
        case Mode.TEXT_TO_IMAGE | Mode.IMAGE_TO_IMAGE:
            return [_image(request, folder, number) for number in range(request.count)]
        case Mode.TEXT_TO_SPEECH | Mode.TEXT_TO_AUDIO:
            return [_sound(request, folder)]
        case Mode.EDIT | Mode.UPSCALE_VIDEO | Mode.INTERPOLATE_VIDEO:
            return [_copy(request, folder)]
        case Mode.VIDEO_TO_IMAGE | Mode.REMOVE_BACKGROUND | Mode.FACE_SWAP | Mode.UPSCALE_IMAGE:
            small = msgspec.structs.replace(request, width=64, height=48, extra={"format": "png"})
            return [_image(small, folder, 0)]
        case Mode.SPEECH_TO_TEXT:
            return [_transcript(request, folder)]
        case _:
            return [_video(request, folder)]


def _video(request: Request, folder: Path) -> Output:
    path = folder / "a.mp4"
    # Of every seed its own picture: equal files would be kept once.
    rows = np.random.default_rng(request.seed).integers(40, 200, (request.height, 1), dtype=np.uint8)
    with VideoWriter(path, width=request.width, height=request.height, fps=FPS) as writer:
        for number in range(int(request.seconds * FPS)):
            frame = np.full((request.height * 3 // 2, request.width), 128, np.uint8)
            frame[: request.height] = rows + number % 9
            writer.write(frame)
    return Output(kind="video", mime="video/mp4", location=str(path))


def _copy(request: Request, folder: Path) -> Output:
    """The clip as it came."""
    path = folder / "a.mp4"
    path.write_bytes(Path(request.inputs[0].path).read_bytes())
    return Output(kind="video", mime="video/mp4", location=str(path))


def _image(request: Request, folder: Path, number: int) -> Output:
    from PIL import Image

    form = request.extra["format"]
    path = folder / f"{number}.{form}"
    roles = len({given.role for given in request.inputs})
    colour = (number * 20, len(request.inputs) * 10, roles * 10)
    Image.new("RGB", (request.width, request.height), colour).save(path, form.upper())
    return Output(kind="image", mime=f"image/{form}", location=str(path))


def _sound(request: Request, folder: Path) -> Output:
    form = request.extra["format"]
    path = folder / f"a{FORMATS[form].suffix}"
    with SoundWriter(path, form, rate=24_000) as writer:
        writer.write(np.sin(np.arange(12_000) / 20).astype(np.float32) * 0.3)
    return Output(kind="audio", mime=FORMATS[form].mime, location=str(path))


def _transcript(request: Request, folder: Path) -> Output:
    path = folder / "a.json"
    text = f"{request.extra['task']} {request.extra['language'] or 'any'} {request.prompt}".strip()
    words = tuple(Word(word=word, start=number / 2, end=number / 2 + 0.4) for number, word in enumerate(text.split()))
    segment = Segment(start=0.0, end=words[-1].end, text=text, words=words, avg_logprob=-0.2, no_speech_prob=0.01)
    heard = Transcript(language="en", duration=request.inputs[0].duration, text=text, segments=(segment,))
    path.write_bytes(msgspec.json.encode(heard))
    return Output(kind="text", mime="application/json", location=str(path))


class Scribe:
    """Repeats what it was asked, word by word; "forever" has no end. Tools are called for the "weather"."""

    name = "scribe"

    async def write(self, chat: Chat) -> AsyncGenerator[Piece | End, None]:
        asked = next((m["content"] for m in reversed(chat.messages) if m["role"] == "user"), "")
        if "refuse" in asked:
            raise EngineError(FailureCode.UNAVAILABLE, "the scribe is out")
        for wrong in ("too long", "wrong schema"):
            if wrong in asked:
                raise EngineError(FailureCode.INVALID_INPUT, f"what was sent is {wrong}")
        if chat.tools and "weather" in asked and chat.messages[-1]["role"] != "tool":
            for piece in _call(chat):
                yield piece
            yield End(finish="tool_calls", prompt_tokens=20, completion_tokens=7, model="scribe-1")
            return
        while "forever" in asked:
            yield Piece(text="on ")
            await asyncio.sleep(0.02)
        text = _answer(chat, asked)
        words = text.split(" ")
        for number, word in enumerate(words[: chat.max_tokens]):
            yield Piece(text=word if number == 0 else f" {word}")
            if "break" in asked and number == 1:
                raise EngineError(FailureCode.UNAVAILABLE, "the pen broke")
        cut = len(words) > chat.max_tokens
        yield End(
            finish="length" if cut else "stop",
            prompt_tokens=sum(len(str(m["content"]).split()) for m in chat.messages),
            completion_tokens=min(len(words), chat.max_tokens),
            model="scribe-1",
        )

    async def health(self) -> Health:
        return Health(ready=True)

    async def close(self) -> None:
        pass


def _answer(chat: Chat, asked: str) -> str:
    if chat.response_format is not None and chat.response_format["type"] != "text":
        return json.dumps({"city": "Paris", "degrees": 21})
    if "show" in asked:
        shown: dict[str, Any] = msgspec.to_builtins(chat)
        return json.dumps(shown)
    return f"You said: {asked}"


def _call(chat: Chat) -> list[Piece]:
    name = chat.tools[0]["function"]["name"]
    first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}}
    return [
        Piece(tool_calls=(first,)),
        Piece(tool_calls=({"index": 0, "function": {"arguments": '{"city": '}},)),
        Piece(tool_calls=({"index": 0, "function": {"arguments": '"Paris"}'}},)),
    ]
