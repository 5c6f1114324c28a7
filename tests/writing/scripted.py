"""A text engine that says what a test wants, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from rushes.engines.contract import EngineError, Health
from rushes.engines.text import Chat, End, Piece
from rushes.writing.asking import Ask

Answer = str | EngineError
Answers = Callable[[Chat], Answer]


class Scripted:
    """Writes what `answers` gives for a chat, in pieces of ten letters; a token each."""

    name = "scripted"

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.asked: list[Chat] = []
        self.closed = 0
        self.wait: asyncio.Event | None = None

    async def write(self, chat: Chat) -> AsyncGenerator[Piece | End, None]:
        self.asked.append(chat)
        answer = self._answers(chat)
        if isinstance(answer, EngineError):
            raise answer
        pieces = [answer[at : at + 10] for at in range(0, len(answer), 10)]
        try:
            for piece in pieces:
                yield Piece(text=piece)
                if self.wait is not None:
                    await self.wait.wait()
        finally:
            self.closed += 1
        yield End(finish="stop", prompt_tokens=7, completion_tokens=len(pieces), model="scripted-1")

    async def health(self) -> Health:
        return Health(ready=True)

    async def close(self) -> None:
        pass


def asking(answers: Answers) -> tuple[Ask, list[Chat]]:
    """A plain callable that answers so, and what it was asked."""
    asked: list[Chat] = []

    async def ask(chat: Chat) -> str:
        asked.append(chat)
        answer = answers(chat)
        if isinstance(answer, EngineError):
            raise answer
        return answer

    return ask, asked


def line_of(chat: Chat) -> str:
    """The line that a shot is asked for; "" in other questions."""
    return str(chat.messages[-1]["content"]).partition("Line: ")[2]


def squashed(text: str) -> str:
    """A text without its spaces."""
    return "".join(text.split())
