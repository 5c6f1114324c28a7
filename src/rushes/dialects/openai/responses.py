"""/responses: whole, or as a stream of events."""

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
from rushes.dialects.openai import shapes_responses as shapes
from rushes.dialects.openai import translate_responses as translate
from rushes.dialects.openai.honesty import tell
from rushes.dialects.openai.response_events import Growing
from rushes.dialects.openai.text_api import TextApi
from rushes.dialects.openai.texts import blaming, text_model
from rushes.engines.contract import EngineError
from rushes.engines.text import Piece
from rushes.ids import new_id, now_ms
from rushes.jobs import Written, text_plan
from rushes.services import Services


def endpoints(services: Services, gate: Gate, submitter: Submitter) -> list[Endpoint]:
    """The endpoints over these services."""
    api = _Api(services, gate, submitter, shapes.CreateResponse)
    summary = "Answer a text or a conversation; with `stream` as server-sent events"
    return [api.endpoint("/responses", api.create_response, summary, shapes.Response, (EVENTS,))]


class _Api(TextApi[shapes.CreateResponse]):
    async def create_response(self, request: Request) -> Response:
        caller, body, unknown = await self.asked(request)
        model = text_model(self._services.catalog, body.model)
        chat = translate.chat(model, body)
        plan = text_plan(model, chat, (*ignored(unknown), *translate.warnings(body)))
        account, name = caller.who.account, claimed_job(request) or new_id("job_")
        order = self._submitter.order(request, caller, plan, name)
        pieces = blaming(self._services.texts.write(account, model, chat, order), "input", "text.format")
        growing = Growing(translate.begun(body, name, now_ms() // 1000))
        response: Response
        if body.stream:
            response = await stream(_streamed(pieces, growing))
        else:
            await _grown(pieces, growing)
            response = json(growing.response)
        job = await self._services.jobs.get(account, name)
        return tell(response, job) if job is not None else response


async def _grown(pieces: AsyncGenerator[Piece | Written, None], growing: Growing) -> None:
    async with aclosing(pieces):
        async for item in pieces:
            for _ in _events(growing, item):
                pass


async def _streamed(pieces: AsyncGenerator[Piece | Written, None], growing: Growing) -> AsyncGenerator[bytes, None]:
    """What goes wrong before the first piece is raised: it still has a status. Later it is an event."""
    began = False
    async with aclosing(pieces):
        try:
            async for item in pieces:
                if not began:
                    began = True
                    for made in growing.begin():
                        yield event(made, made.type)
                for made in _events(growing, item):
                    yield event(made, made.type)
        except EngineError as error:
            if not began:
                raise
            for made in growing.fail(error.message):
                yield event(made, made.type)


def _events(growing: Growing, item: Piece | Written) -> list[shapes.Event]:
    return list(growing.add(item) if isinstance(item, Piece) else growing.finish(item.end, now_ms() // 1000))
