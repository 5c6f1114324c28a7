"""How a writing task asks, and many questions as one piece of writing: one job, one settlement."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Generic, TypeVar

import msgspec

from rushes.engines.text import Chat, End, Piece, TextEngine

Ask = Callable[[Chat], Awaitable[str]]
"""Puts one question (its `model` is "", the caller knows which) and gives the whole answer.

Raises EngineError, or Unanswered where the caller does not want to ask any more."""

T = TypeVar("T")


class Unanswered(Exception):
    """No (further) answer can be had, for a reason that lies with whoever asks: nothing is left to pay it, say."""


class Task(Generic[T]):
    """Work that asks several questions, to be run as the one answer of a text engine.

    `write` gives what TextEngine.write does: the pieces of all answers, then one End with the tokens of all, so that
    what counts, charges and cancels a single text does the same for the whole task. `result` is there after the End.
    """

    result: T

    def __init__(self, work: Callable[[Ask], Awaitable[T]]) -> None:
        self._work = work

    async def write(self, engine: TextEngine, chat: Chat) -> AsyncGenerator[Piece | End, None]:
        """Run the work. `chat` stands for all of it: its model is asked, its max_tokens bound all answers together.

        Closing the generator early stops the work. Raises EngineError.
        """
        heard: asyncio.Queue[Piece | None] = asyncio.Queue()
        total = _Total(chat)
        work = asyncio.ensure_future(self._work(lambda question: total.ask(engine, question, heard.put_nowait)))
        work.add_done_callback(lambda _: heard.put_nowait(None))
        try:
            while (piece := await heard.get()) is not None:
                yield piece
            self.result = await work
            yield total.end()
        finally:
            if not work.done():
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)


class _Total:
    """What all answers of a task came to."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._read = 0
        self._written = 0
        self._model = chat.model

    async def ask(self, engine: TextEngine, question: Chat, tell: Callable[[Piece], None]) -> str:
        left = self._chat.max_tokens - self._written
        if left < 1:
            raise Unanswered("no tokens are left for further answers")
        most = min(left, question.max_tokens)
        texts: list[str] = []
        asked = msgspec.structs.replace(question, model=self._chat.model, max_tokens=most)
        async with aclosing(engine.write(asked)) as answer:
            async for item in answer:
                if isinstance(item, Piece):
                    texts.append(item.text)
                    tell(item)
                else:
                    self._read += item.prompt_tokens
                    self._written += item.completion_tokens
                    self._model = item.model
        return "".join(texts)

    def end(self) -> End:
        return End(finish="stop", prompt_tokens=self._read, completion_tokens=self._written, model=self._model)
