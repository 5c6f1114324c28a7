"""What chats, responses and embeddings have alike: an endpoint each that makes a job of texts while somebody waits."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from msgspec import Struct
from starlette.requests import Request

from rushes.dialects.kit.endpoint import Endpoint, Handler
from rushes.dialects.kit.gate import Caller, Gate
from rushes.dialects.kit.reading import Body
from rushes.dialects.kit.submitting import Submitter
from rushes.services import Services

T = TypeVar("T", bound=Struct)
_ERRORS = (400, 404, 413, 429, 500, 503, 504)


class TextApi(Generic[T]):
    """Over these services; `body` is the type of what comes in."""

    def __init__(self, services: Services, gate: Gate, submitter: Submitter, body: type[T]) -> None:
        self._services = services
        self._gate = gate
        self._submitter = submitter
        self._body = body
        self._create = Body(body, services.settings.max_body)

    def endpoint(self, path: str, run: Handler, summary: str, answer: Any, others: tuple[str, ...] = ()) -> Endpoint:
        """The endpoint at `path` below /openai/v1."""
        return Endpoint(
            method="POST",
            path=f"/openai/v1{path}",
            run=run,
            summary=summary,
            body=self._body,
            answer=answer,
            others=others,
            errors=_ERRORS,
            creates=True,
        )

    async def asked(self, request: Request) -> tuple[Caller, T, list[str]]:
        """Who asks, the body, and its fields that are not known. Answers 400, 401, 413, 429."""
        caller = await self._gate.by_key(request)
        return caller, *await self._create.read(request)
