"""Prompt tools: suggestions from the caller's history, and a prompt made of a simple idea."""

from __future__ import annotations

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog import UnknownModel
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.problems import invalid
from rushes.dialects.kit.reading import Body, read_query
from rushes.dialects.kit.writing import whole
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.shapes_prompts import (
    AutocompleteQuery,
    GeneratedPrompt,
    GeneratePrompt,
    Suggestions,
)
from rushes.embedded import EMBEDDED_TEXT
from rushes.engines.contract import EngineError
from rushes.engines.text import Chat
from rushes.jobs import NoEngine, TooManyJobs, Written, histories, text_plan
from rushes.ledger import InsufficientCredits, wallet
from rushes.writing import Unanswered, enhance

log = structlog.get_logger("prompts")

_LOOKED_AT = 500
"""How many of the latest videos, and pictures, suggestions come from."""


def endpoints(context: Context) -> list[Endpoint]:
    """Autocomplete and generate."""
    prompts = _Prompts(context)
    return [
        Endpoint(method="GET", path="/api/prompts/autocomplete", run=prompts.autocomplete, query=AutocompleteQuery,
                 summary="Prompt suggestions from your history", answer=Suggestions, errors=(400, 429)),
        Endpoint(method="POST", path="/api/generate-prompt", run=prompts.generate_prompt, body=GeneratePrompt,
                 summary="Make a prompt of a simple idea: by the language model when it is installed, else by rules",
                 answer=GeneratedPrompt, errors=(400, 429), creates=True),
    ]  # fmt: skip


class _Prompts:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._services = context.services
        self._generate = Body(GeneratePrompt, context.services.settings.max_body)

    async def autocomplete(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        query = read_query(request, AutocompleteQuery)
        known = await self._services.database.read(histories.prompts(caller.who.account, _LOOKED_AT))
        typed = query.q.strip().lower()
        found = [prompt for prompt in known if typed in prompt.lower() and prompt.strip()]
        return json(Suggestions(suggestions=found[: query.limit]))

    async def generate_prompt(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body, _ = await self._generate.read(request)
        if not body.idea.strip():
            raise invalid("idea", "must not be empty")
        model = self._services.catalog.find(body.model) if body.model else None
        if body.model and model is None:
            raise UnknownModel(body.model)
        moving = model is None or model.kind != "image"
        paid: list[Written] = []

        async def ask(chat: Chat) -> str:
            text, written = await self._written(request, caller, chat)
            paid.append(written)
            return text

        made = await enhance(body.idea, ask if await self._services.texts.at_hand() else None, moving=moving)
        answer = GeneratedPrompt(
            prompt=made.prompt,
            negative_prompt=made.negative_prompt,
            source=made.source,
            engine=paid[0].end.model if paid else None,
            credits_charged=sum(written.cost for written in paid),
            credits_remaining=(await self._services.database.read(wallet(caller.who.account))).available,
        )
        return json(answer)

    async def _written(self, request: Request, caller: Caller, chat: Chat) -> tuple[str, Written]:
        """The language model's answer. Raises Unanswered where it cannot be had now: rules make a prompt then."""
        model = self._services.catalog.models[EMBEDDED_TEXT]
        chat = msgspec.structs.replace(chat, model=model.id)
        order = self._context.submitter.order(request, caller, text_plan(model, chat))
        try:
            return await whole(self._services.texts.write(caller.who.account, model, chat, order))
        except (EngineError, NoEngine, InsufficientCredits, TooManyJobs) as error:
            log.info("prompt made by rules", reason=str(error))
            raise Unanswered(str(error)) from error
