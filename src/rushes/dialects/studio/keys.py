"""API keys."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from rushes.accounts import create_key, list_keys
from rushes.accounts.keys import revoke_key_by_id
from rushes.dialects.kit.answers import iso, json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.problems import not_found
from rushes.dialects.kit.reading import Body
from rushes.dialects.studio import shapes_account as shapes
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.who import BODY_BYTES


def endpoints(context: Context) -> list[Endpoint]:
    """ "API Key Management"."""
    keys = _Keys(context)
    return [
        Endpoint(method="GET", path="/api/keys", run=keys.list_keys, answer=shapes.Keys,
                 summary="List API keys", errors=(429,)),
        Endpoint(method="POST", path="/api/keys", run=keys.create_key, body=shapes.CreateKey,
                 answer=shapes.CreatedKey, summary="Create an API key; it is shown this once", errors=(400, 429)),
        Endpoint(method="DELETE", path="/api/keys/{id}", run=keys.revoke_key, answer=shapes.Done,
                 summary="Revoke an API key", errors=(404, 429)),
    ]  # fmt: skip


class _Keys:
    def __init__(self, context: Context) -> None:
        self._gate = context.gate
        self._database = context.services.database
        self._create = Body(shapes.CreateKey, BODY_BYTES)

    async def list_keys(self, request: Request) -> Response:
        caller = await self._gate.by_session(request)
        found = await self._database.read(list_keys(caller.who.account, revoked=True))
        keys = [
            shapes.Key(
                id=key.id,
                prefix=_prefix(key.masked),
                name=key.name,
                created_at=iso(key.created_at),
                last_used=iso(key.last_used_at) if key.last_used_at is not None else None,
                is_active=key.revoked_at is None,
            )
            for key in found
        ]
        return json(shapes.Keys(keys=keys))

    async def create_key(self, request: Request) -> Response:
        caller = await self._gate.by_session(request)
        body, _ = await self._create.read(request)
        key = await self._database.write(create_key(caller.who.account, "studio", body.name))
        return json(
            shapes.CreatedKey(
                id=key.id, key=key.key, prefix=_prefix(key.masked), name=key.name, created_at=iso(key.created_at)
            )
        )

    async def revoke_key(self, request: Request) -> Response:
        caller = await self._gate.by_session(request)
        if not await self._database.write(revoke_key_by_id(caller.who.account, request.path_params["id"])):
            raise not_found("key")
        return json(shapes.Done(message="The key is revoked."))


def _prefix(masked: str) -> str:
    return masked.partition("…")[0]
