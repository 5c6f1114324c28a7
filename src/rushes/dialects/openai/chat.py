"""/chat/completions: whole, or as a stream of chunks."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response

from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.once import claimed_job
from rushes.dialects.kit.reading import ignored
from rushes.dialects.kit.streaming import EVENTS, event, stream
from rushes.dialects.kit.submitting import Submitter
from rushes.dialects.openai import shapes_chat as shapes
from rushes.dialects.openai import translate_chat as translate
from rushes.dialects.openai.errors import ErrorBody, detail_of
from rushes.dialects.openai.honesty import tell
from rushes.dialects.openai.text_api import TextApi
from rushes.dialects.openai.texts import blaming, collected, text_model
from rushes.engines.contract import EngineError
from rushes.engines.text import Piece
from rushes.ids import new_id, now_ms
from rushes.jobs import Written, text_plan
from rushes.services import Services

DONE = b"data: [DONE]\n\n"


def endpoints(services: Services, gate: Gate, submitter: Submitter) -> list[Endpoint]:
    """The endpoints over these services."""
    api = _Api(services, gate, submitter, shapes.CreateChat)
    summary = "Continue a chat; with `stream` as server-sent events"
    return [api.endpoint("/chat/completions", api.create_chat_completion, summary, shapes.ChatCompletion, (EVENTS,))]


class _Api(TextApi[shapes.CreateChat]):
    async def create_chat_completion(self, request: Request) -> Response:
        caller, body, unknown = await self.asked(request)
        model = text_model(self._services.catalog, body.model)
        chat = translate.chat(model, body)
        plan = text_plan(model, chat, tuple(ignored(unknown)))
        account, name = caller.who.account, claimed_job(request) or new_id("job_")
        order = self._submitter.order(request, caller, plan, name)
        pieces = blaming(self._services.texts.write(account, model, chat, order), "messages", "response_format")
        if not body.stream:
            answer = await collected(pieces)
            return tell(json(translate.completion(body.model, answer)), answer.written.job)
        with_usage = body.stream_options is not None and body.stream_options.include_usage
        chunks = translate.Chunks(name, body.model, now_ms() // 1000, with_usage=with_usage)
        response = await stream(_events(pieces, chunks))
        job = await self._services.jobs.get(account, name)
        return tell(response, job) if job is not None else response


async def _events(
    pieces: AsyncGenerator[Piece | Written, None], chunks: translate.Chunks
) -> AsyncGenerator[bytes, None]:
    """What goes wrong before the first piece is raised: it still has a status. Later it is an event."""
    began = False
    async with aclosing(pieces):
        try:
            async for item in pieces:
                if not began:
                    began = True
                    yield event(chunks.first())
                if isinstance(item, Piece):
                    yield event(chunks.more(item.text, item.tool_calls))
                else:
                    for chunk in chunks.last(item.end):
                        yield event(chunk)
        except EngineError as error:
            if not began:
                raise
            yield event(ErrorBody(error=detail_of(error)))
            return
    yield DONE
