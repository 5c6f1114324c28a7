"""Jobs that are run while their caller listens: text, piece by piece.

They take the same way as all jobs (a row, a hold, one settlement) but no queue: the process that accepted one runs
it, and when that process dies the job fails with a refund, for nobody is listening any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from decimal import Decimal

import msgspec
import structlog
from msgspec import Struct

from rushes import ledger
from rushes.catalog import Amounts, Model, PerToken, Plan, PriceError, quote
from rushes.db import Database, Steps, lock_account
from rushes.engines.contract import EngineError, FailureCode, Mode
from rushes.engines.text import Chat, End, Piece, TextEngine
from rushes.ids import now_ms
from rushes.jobs import finish, store
from rushes.jobs.headroom import TooManyJobs
from rushes.jobs.model import Job
from rushes.jobs.routing import Choice, NoEngine
from rushes.jobs.service import Judge, Order, let_pass, new_job
from rushes.jobs.states import DIRECT, State
from rushes.ledger import InsufficientCredits
from rushes.telemetry import QUIET, Telemetry

log = structlog.get_logger("texts")

RUN_MS = 600_000
"""Wall limit of one text; a job of a vanished process is ended after it."""
_SHOWN = 2_000
"""How much of what was asked is kept with the job."""
_FRAME = 64
"""Tokens that a chat template may add to a message."""


Work = Callable[[TextEngine, Chat], AsyncGenerator[Piece | End, None]]
"""What writes in place of an engine's single answer: several questions that are one job (writing.Task.write)."""


class Written(Struct, frozen=True, kw_only=True):
    """A finished text: its settled job, how it ended, what it cost, what is left in the wallet."""

    job: Job
    end: End
    cost: int
    available: int


class Texts:
    """Writes texts with the one text engine of this server. `own` is the model whose engine the embedded one is."""

    def __init__(
        self,
        database: Database,
        engine: TextEngine | None,
        node: str,
        *,
        own: str,
        stand_in: bool,
        drafts: bool,
        told: Callable[[], None],
        judge: Judge = let_pass,
        telemetry: Telemetry = QUIET,
    ) -> None:
        self._database = database
        self._engine = engine
        self._node = node
        self._own = own
        self._stand_in = stand_in
        self._drafts = drafts
        self._told = told
        self._telemetry = telemetry
        self._judge = judge
        self._writing: set[str] = set()
        self._cancelled: set[str] = set()
        """Of those that are being written here."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def write(
        self, account: str, model: Model, chat: Chat, order: Order, *, work: Work | None = None
    ) -> AsyncGenerator[Piece | Written, None]:
        """Pieces of the answer, then one Written. `order.plan` is from `text_plan`.

        Raises NoEngine, InsufficientCredits, TooManyJobs before the first piece, EngineError at any time; nothing is
        charged then. Closing the generator early stops the work and charges what was written.
        """
        engine, draft = self._choose(model)
        record = msgspec.structs.replace(
            new_job(account, order, Choice(engine.name, DIRECT, draft), self._telemetry.traceparent()),
            state=State.RUNNING,
            lease_owner=self._node,
            started_at=now_ms(),
        )
        await self._judge(_asked(chat), "text", record.id)
        job, chat = await self._database.write(_accept(record, order, model, chat))
        pieces = 0
        settled = False
        self._writing.add(job.id)
        try:
            pieces_of = work(engine, chat) if work is not None else engine.write(chat)
            async with asyncio.timeout(RUN_MS / 1000), aclosing(pieces_of) as answer:
                async for item in answer:
                    if job.id in self._cancelled:
                        raise EngineError(FailureCode.LOST, "this generation was cancelled")
                    if isinstance(item, Piece):
                        pieces += 1
                        yield item
                        continue
                    settled = True
                    yield await self._settle(job, model, item, written=pieces > 0)
        except TimeoutError:
            settled = True
            await self._fail(job, FailureCode.TIMEOUT, "took longer than the server's limit")
            raise EngineError(FailureCode.TIMEOUT, "took longer than the server's limit") from None
        except EngineError as error:
            settled = True
            await self._fail(job, error.code, error.message)
            raise
        finally:
            self._writing.discard(job.id)
            self._cancelled.discard(job.id)
            if not settled:  # the reader is gone, or something broke: this task may be on its way out
                self._spawn(self._stop(job, model, pieces))

    async def at_hand(self) -> bool:
        """Whether a text could be written now, without waiting for weights to be downloaded."""
        if self._engine is None:
            return False
        health = await self._engine.health()
        return health.ready and not health.downloads

    def cancel(self, job: str) -> None:
        """The job was cancelled: stop writing at the next piece."""
        if job in self._writing:
            self._cancelled.add(job)

    async def close(self) -> None:
        """Finish what is being settled, then close the engine."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._engine is not None:
            await self._engine.close()

    def _choose(self, model: Model) -> tuple[TextEngine, bool]:
        draft = self._stand_in and model.id != self._own
        if self._engine is None or (draft and not self._drafts):
            raise NoEngine(model.id)
        return self._engine, draft

    async def _settle(self, job: Job, model: Model, end: End, *, written: bool) -> Written:
        tokens = Amounts(input_tokens=end.prompt_tokens, output_tokens=end.completion_tokens)
        # Nothing is paid for nothing.
        cost = min(job.quote, max(1, quote(model.price, tokens))) if written else 0

        def settle() -> Steps[tuple[Job | None, int]]:
            success = finish.Success(job=job, cost=cost, outputs=(), warnings=job.warning_list(), expires=None)
            yield from finish.succeed_all([success], self._node)
            done = yield from store.get(job.account_id, job.id)
            return done, (yield from ledger.wallet(job.account_id)).available

        done, available = await self._database.write(settle())
        self._telemetry.ended(job, "succeeded")
        self._told()
        return Written(job=done or job, end=end, cost=cost, available=available)

    async def _fail(self, job: Job, code: FailureCode, message: str) -> None:
        if (ended := await self._database.write(finish.fail(job.id, code, message, self._node))) is not None:
            self._telemetry.ended(ended, "failed", code)
        self._told()

    async def _stop(self, job: Job, model: Model, pieces: int) -> None:
        # A piece is a token or more. What was read is not known without the engine's own count.
        cost = min(job.quote, quote(model.price, Amounts(output_tokens=pieces)))
        if (ended := await self._database.write(finish.stop(job, self._node, cost))) is not None:
            self._telemetry.ended(ended, "cancelled")
        self._told()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def text_plan(model: Model, chat: Chat, warnings: tuple[str, ...] = ()) -> Plan:
    """The plan of a text: the last thing asked is kept with the job, cut to a length. Raises PriceError."""
    asked = next((str(m.get("content") or "") for m in reversed(chat.messages) if m.get("role") == "user"), "")
    amounts = Amounts(input_tokens=_most_tokens(chat), output_tokens=chat.max_tokens)
    return Plan(
        model=model.id,
        mode=Mode.TEXT_TO_TEXT,
        prompt=asked[:_SHOWN],
        seed=chat.seed or 0,
        quote=max(1, quote(model.price, amounts)),
        warnings=warnings,
    )


def _asked(chat: Chat) -> str:
    """What the user says in a chat."""
    said = [message.get("content") for message in chat.messages if message.get("role") == "user"]
    return "\n".join(text for text in said if isinstance(text, str))


def _most_tokens(chat: Chat) -> int:
    """No tokenizer makes more tokens than there are bytes."""
    given = msgspec.json.encode((chat.messages, chat.tools, chat.response_format))
    return len(given) + _FRAME * len(chat.messages)


def _accept(job: Job, order: Order, model: Model, chat: Chat) -> Steps[tuple[Job, Chat]]:
    """Hold what the text may cost; with less in the wallet, what is there, and write no more than it pays for."""
    yield from lock_account(job.account_id)
    if order.concurrent and (yield from store.active_count(job.account_id, job.dialect)) >= order.concurrent:
        raise TooManyJobs(order.concurrent)
    available = (yield from ledger.wallet(job.account_id)).available
    if available < job.quote:
        affordable = _affordable(model, chat, available)
        if affordable < 1:
            raise InsufficientCredits(job.quote, available)
        job = msgspec.structs.replace(job, quote=available)
        chat = msgspec.structs.replace(chat, max_tokens=min(chat.max_tokens, affordable))
    yield from ledger.hold(job.account_id, job.id, job.quote)
    yield from store.insert(job, now_ms() + RUN_MS)
    return job, chat


def _affordable(model: Model, chat: Chat, available: int) -> int:
    """How many tokens may be written for `available` credits."""
    if not isinstance(model.price, PerToken):
        raise PriceError(f"{model.id} is not priced by the token")
    left = available * Decimal(1_000_000) - _most_tokens(chat) * model.price.input
    if not model.price.output:
        return chat.max_tokens if left >= 0 else 0
    return int(left / model.price.output)
