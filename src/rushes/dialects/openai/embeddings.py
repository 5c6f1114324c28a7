"""/embeddings: texts as vectors, answered in the request itself."""

from __future__ import annotations

import array
import base64
import sys
from contextlib import aclosing

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.problems import invalid
from rushes.dialects.kit.reading import ignored
from rushes.dialects.kit.submitting import Submitter
from rushes.dialects.openai import shapes_embeddings as shapes
from rushes.dialects.openai.errors import unsupported
from rushes.dialects.openai.honesty import tell
from rushes.dialects.openai.planning import find_model
from rushes.dialects.openai.text_api import TextApi
from rushes.dialects.openai.texts import blaming
from rushes.embedded import EMBEDDED_EMBEDDINGS
from rushes.engines.contract import Mode
from rushes.engines.text import Chat, Piece
from rushes.jobs import Written, text_plan
from rushes.services import Services

DIMENSIONS = 384
"""Of the network that does them all."""
_TOKENS = "lists of tokens"
_INSTEAD = "send the texts themselves: what their tokens mean differs from model to model"


def endpoints(services: Services, gate: Gate, submitter: Submitter) -> list[Endpoint]:
    """The endpoints over these services."""
    api = _Api(services, gate, submitter, shapes.CreateEmbedding)
    return [
        api.endpoint(
            "/embeddings", api.create_embedding, "Texts as vectors, to compare their meaning", shapes.Embeddings
        )
    ]


class _Api(TextApi[shapes.CreateEmbedding]):
    async def create_embedding(self, request: Request) -> Response:
        caller, body, unknown = await self.asked(request)
        model = find_model(self._services.catalog, body.model, (Mode.TEXT_TO_EMBEDDING,))
        warnings = ignored(unknown)
        if model.id != EMBEDDED_EMBEDDINGS:
            own = f"{EMBEDDED_EMBEDDINGS}, in {DIMENSIONS} dimensions"
            warnings.append(f"not vectors of {model.id}: they are those of {own}")
        chat = _chat(body, model.id)
        plan = msgspec.structs.replace(text_plan(model, chat, tuple(warnings)), mode=Mode.TEXT_TO_EMBEDDING)
        order = self._submitter.order(request, caller, plan)
        vectors: list[str] = []
        written: Written | None = None
        made = self._services.embeddings.write(caller.who.account, model, chat, order)
        async with aclosing(blaming(made, "input", "input")) as pieces:
            async for item in pieces:
                if isinstance(item, Piece):
                    vectors.append(item.text)
                else:
                    written = item
        assert written is not None  # Texts.write ends with one, or raises
        return tell(json(_answer(vectors, written, as_text=body.encoding_format == "base64")), written.job)


def _chat(body: shapes.CreateEmbedding, model: str) -> Chat:
    """The texts as the engine takes them. Raises a Problem."""
    if body.dimensions is not None and body.dimensions > DIMENSIONS:
        raise invalid("dimensions", f"at most {DIMENSIONS} are to be had here")
    if isinstance(body.input, str):
        return _asked([_text(body.input, "input")], model, body.dimensions)
    if not 1 <= len(body.input) <= shapes.MOST:
        raise invalid("input", f"1 to {shapes.MOST} texts are accepted")
    return _asked([_text(each, f"input[{number}]") for number, each in enumerate(body.input)], model, body.dimensions)


def _asked(texts: list[str], model: str, dimensions: int | None) -> Chat:
    return Chat(
        model=model,
        messages=tuple({"role": "user", "content": text} for text in texts),
        max_tokens=1,  # nothing is written
        response_format={"type": "embedding", "dimensions": dimensions or DIMENSIONS},
    )


def _text(given: str | int | list[int], field: str) -> str:
    if not isinstance(given, str):
        raise unsupported(_TOKENS, _INSTEAD, field)
    if not given.strip():
        raise invalid(field, "must not be empty")
    return given


def _answer(vectors: list[str], written: Written, *, as_text: bool) -> shapes.Embeddings:
    end = written.end
    return shapes.Embeddings(
        data=[
            shapes.Embedding(index=index, embedding=vector if as_text else _numbers(vector))
            for index, vector in enumerate(vectors)
        ],
        model=end.model,
        usage=shapes.EmbeddingUsage(prompt_tokens=end.prompt_tokens, total_tokens=end.prompt_tokens),
    )


def _numbers(vector: str) -> list[float]:
    numbers = array.array("f", base64.b64decode(vector))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()
