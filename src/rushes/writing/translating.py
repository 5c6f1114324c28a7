"""Translation as an engine: a transcript in, the same in another language out, its times kept."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import msgspec
import structlog

from rushes.engines.contract import (
    Done,
    EngineError,
    Failed,
    FailureCode,
    Health,
    Lost,
    Mode,
    Operation,
    Output,
    Pending,
    Request,
    Segment,
    Status,
    Transcript,
)
from rushes.engines.text import Chat, Piece, TextEngine
from rushes.engines.transcripts import cues_of
from rushes.engines.translation import Translator
from rushes.ids import new_id
from rushes.writing.languages import code_of
from rushes.writing.translation import UnsupportedPair, translate

log = structlog.get_logger("translation")

_POLL = 0.2


class TranslationEngine:
    """Translates by the translator that ships, for its pairs, and by `asked`, a text service, for all others.

    `model` is what that service is asked for. Operations do not outlive this process.
    """

    name = "translation"
    modes = frozenset({Mode.TRANSLATE})
    paid = False
    remote = False

    def __init__(self, translator: Translator, asked: TextEngine | None, scratch: Path, *, model: str = "") -> None:
        self._translator = translator
        self._asked = asked
        self._model = model
        self._scratch = scratch
        self._tasks: dict[str, asyncio.Task[Path]] = {}

    async def supports(self, source: str, target: str) -> bool:
        """Whether there is a way between two languages by their codes; `source` "" is found out later."""
        if self._asked is not None or source == target:
            return True
        if not (await self._translator.health()).ready:
            return False
        return any(target == into and source in (here, "") for here, into in self._translator.pairs)

    async def start(self, request: Request) -> Operation:
        """See Engine."""
        name = new_id("translation_")
        folder = self._scratch / name
        self._tasks[name] = asyncio.create_task(self._run(request, folder))
        return {"task": name, "folder": str(folder)}

    async def status(self, operation: Operation) -> Status:
        """See Engine."""
        task = self._tasks.get(operation["task"])
        if task is None:
            return Lost()
        if not task.done():
            return Pending(poll_after=_POLL)
        try:
            return Done(outputs=(Output(kind="text", mime="application/json", location=str(task.result())),))
        except UnsupportedPair as error:
            return Failed(code=FailureCode.INVALID_INPUT, message=str(error))
        except EngineError as error:
            return Failed(code=error.code, message=error.message)
        except (Exception, asyncio.CancelledError) as error:
            log.error("translation broke", exc_info=error)
            return Failed(code=FailureCode.INTERNAL, message="the translation failed")

    async def cancel(self, operation: Operation) -> None:
        """See Engine."""
        task = self._tasks.get(operation["task"])
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def fetch(self, output: Output) -> AsyncIterator[bytes]:
        """See Engine."""
        yield await asyncio.to_thread(Path(output.location).read_bytes)

    async def discard(self, operation: Operation) -> None:
        """See Engine."""
        self._tasks.pop(operation["task"], None)
        folder = Path(operation["folder"])
        if folder.parent == self._scratch:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def health(self) -> Health:
        """See Engine."""
        return Health(ready=True) if self._asked is not None else await self._translator.health()

    async def close(self) -> None:
        """See Engine."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._translator.close()

    async def _run(self, request: Request, folder: Path) -> Path:
        given = msgspec.json.decode(Path(request.inputs[0].path).read_bytes(), type=Transcript)
        target = str(request.extra["language"])
        cues = cues_of(given)
        ask = self._ask if self._asked is not None else None
        texts = await translate([cue.text for cue in cues], given.language, target, by=self._translator, ask=ask)
        segments = tuple(
            Segment(start=cue.start, end=cue.end, text=text) for cue, text in zip(cues, texts, strict=True)
        )
        made = Transcript(language=code_of(target), duration=given.duration, text=" ".join(texts), segments=segments)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "translated.json"
        path.write_bytes(msgspec.json.encode(made))
        return path

    async def _ask(self, chat: Chat) -> str:
        assert self._asked is not None
        texts = []
        question = msgspec.structs.replace(chat, model=self._model)
        async with aclosing(self._asked.write(question)) as answer:
            async for item in answer:
                if isinstance(item, Piece):
                    texts.append(item.text)
        return "".join(texts)
