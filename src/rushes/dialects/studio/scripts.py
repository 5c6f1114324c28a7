"""A script, broken into shots."""

from __future__ import annotations

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.problems import invalid
from rushes.dialects.kit.reading import Body
from rushes.dialects.kit.writing import whole
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.shapes_prompts import BreakScript, ScriptShot, ScriptShots
from rushes.embedded import EMBEDDED_TEXT
from rushes.engines.contract import EngineError
from rushes.jobs import NoEngine, TooManyJobs, Written, text_plan
from rushes.ledger import InsufficientCredits, wallet
from rushes.writing import Shot, Task, Wish, shots
from rushes.writing.shots import shots_chat

log = structlog.get_logger("scripts")


def endpoints(context: Context) -> list[Endpoint]:
    """Script to shots."""
    scripts = _Scripts(context)
    return [
        Endpoint(method="POST", path="/api/studio/script-to-shots", run=scripts.script_to_shots, body=BreakScript,
                 summary="Break a script into shots: by the language model when it is installed, else by rules",
                 answer=ScriptShots, errors=(400, 429), creates=True),
    ]  # fmt: skip


class _Scripts:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._services = context.services
        self._break = Body(BreakScript, context.services.settings.max_body)

    async def script_to_shots(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body, _ = await self._break.read(request)
        if not body.script.strip():
            raise invalid("script", "must not be empty")
        wish = Wish(seconds=body.duration)
        made: list[Shot] | None = None
        written: Written | None = None
        if await self._services.texts.at_hand():
            made, written = await self._by_model(request, caller, body.script, wish)
        if made is None:
            made = await shots(body.script, None, wish)
        available = (await self._services.database.read(wallet(caller.who.account))).available
        return json(
            ScriptShots(
                shots=[msgspec.convert(msgspec.to_builtins(shot), ScriptShot) for shot in made],
                engine=written.end.model if written else None,
                credits_charged=written.cost if written else 0,
                credits_remaining=available,
            )
        )

    async def _by_model(
        self, request: Request, caller: Caller, script: str, wish: Wish
    ) -> tuple[list[Shot] | None, Written | None]:
        """All questions as one job; nothing where the model cannot be had now: rules do it then, for free."""
        model = self._services.catalog.models[EMBEDDED_TEXT]
        chat = msgspec.structs.replace(shots_chat(script, wish), model=model.id)
        order = self._context.submitter.order(request, caller, text_plan(model, chat))
        task = Task(lambda ask: shots(script, ask, wish))
        try:
            _, written = await whole(
                self._services.texts.write(caller.who.account, model, chat, order, work=task.write)
            )
        except (EngineError, NoEngine, InsufficientCredits, TooManyJobs) as error:
            log.info("script broken by rules", reason=str(error))
            return None, None
        return task.result, written
