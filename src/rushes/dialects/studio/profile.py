"""Profiles and avatars."""

from __future__ import annotations

import asyncio
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from rushes.accounts import profiles
from rushes.dialects.kit.answers import iso, json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.forms import read_form
from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.problems import invalid, not_found
from rushes.dialects.kit.reading import Body
from rushes.dialects.kit.sending import filename, send_file
from rushes.dialects.studio import shapes_account as shapes
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.who import BODY_BYTES, user_behind
from rushes.ids import new_id
from rushes.library import Asset, assets
from rushes.media import avatar
from rushes.media.checks import BadMedia, check_image

ROLE = "avatar"
_MOST_BYTES = 5_000_000
_FORM_BYTES = 64_000
"""What the form around an image may take."""


def endpoints(context: Context) -> list[Endpoint]:
    """ "Profile"."""
    profile = _Profile(context)
    return [
        Endpoint(method="GET", path="/api/profile", run=profile.get_profile, answer=shapes.Profile,
                 summary="Your profile", errors=(403, 429)),
        Endpoint(method="POST", path="/api/profile", run=profile.change_profile, body=shapes.ChangeProfile,
                 answer=shapes.Profile, summary="Change your profile", errors=(400, 403, 429)),
        Endpoint(method="POST", path="/api/profile/avatar", run=profile.upload_avatar, upload=True,
                 answer=shapes.Avatar, errors=(400, 403, 429),
                 summary="Upload an avatar (multipart; PNG, JPEG or WebP, at most 5 MB)"),
        Endpoint(method="GET", path="/api/profile/avatar/{filename}", run=profile.get_avatar, auth="none",
                 summary="An avatar: your own, or one of a public profile", media=avatar.MIME, errors=(401, 404, 429)),
        Endpoint(method="GET", path="/api/profile/{username}", run=profile.get_public_profile, auth="none",
                 answer=shapes.PublicProfile, summary="A public profile", errors=(404, 429)),
    ]  # fmt: skip


class _Profile:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._services = context.services
        self._change = Body(shapes.ChangeProfile, BODY_BYTES)

    async def get_profile(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        user = await user_behind(self._context, caller)
        return await self._shown(caller, user.id)

    async def change_profile(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body, _ = await self._change.read(request)
        user = await user_behind(self._context, caller)
        await self._services.database.write(
            profiles.change_profile(user.id, display_name=body.display_name, bio=body.bio, public=body.profile_public)
        )
        return await self._shown(caller, user.id)

    async def upload_avatar(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        user = await user_behind(self._context, caller)
        form = await read_form(request, _MOST_BYTES + _FORM_BYTES)
        files = [(field, file) for field, found in form.files.items() for file in found]
        if len(files) != 1:
            raise invalid("avatar", f"one file is required, got {len(files)}")
        [(field, file)] = files
        try:
            asset = await self._keep(user.account, file.content)
        except BadMedia as error:
            raise invalid(field, str(error)) from None
        old = await self._services.database.write(profiles.set_avatar(user.id, asset.id))
        if old is not None:
            await self._services.database.write(assets.drop(user.account, old))
            await self._services.library.collect()
        return json(shapes.Avatar(avatar=_path(asset.id)))

    async def get_avatar(self, request: Request) -> Response:
        name: str = request.path_params["filename"]
        asset = await self._services.library.get(name.partition(".")[0])
        owner = await self._services.database.read(profiles.profile_of_avatar(asset.id)) if asset is not None else None
        if owner is None or not owner.public:
            caller = await self._context.gate.by_session(request)
            if owner is None or owner.account != caller.who.account:
                raise not_found("avatar")
        if asset is None or filename(asset.id, asset.mime) != name:
            raise not_found("avatar")
        return send_file(request, self._services.library, asset)

    async def get_public_profile(self, request: Request) -> Response:
        await self._context.gate.open(request)
        found = await self._services.database.read(profiles.public_profile(request.path_params["username"]))
        if found is None or found.username is None:
            raise not_found("profile")
        return json(
            shapes.PublicProfile(
                username=found.username,
                display_name=found.display_name,
                bio=found.bio,
                avatar=_path(found.avatar) if found.avatar else None,
                created_at=iso(found.created_at),
            )
        )

    async def _shown(self, caller: Caller, user: str) -> Response:
        found = await self._services.database.read(profiles.profile(user))
        assert found is not None  # users are never deleted
        return json(
            shapes.Profile(
                username=found.username,
                display_name=found.display_name,
                bio=found.bio,
                avatar=_path(found.avatar) if found.avatar else None,
                profile_public=found.public,
                email=found.email,
                theme=found.theme,
                tier=caller.tier.name,
                created_at=iso(found.created_at),
            )
        )

    async def _keep(self, account: str, content: bytes) -> Asset:
        """Store the picture, drawn anew. Raises BadMedia."""
        scratch = self._services.node.scratch
        given, drawn = scratch / new_id("avatar_"), scratch / new_id("avatar_")
        pixels = self._services.settings.max_image_pixels
        try:
            await asyncio.to_thread(_draw, given, drawn, content, pixels)
            library = self._services.library
            asset = await library.add(drawn, account=account, job=None, role=ROLE, kind="image", mime=avatar.MIME)
        finally:
            given.unlink(missing_ok=True)
            drawn.unlink(missing_ok=True)
        await self._services.database.write(assets.publish(account, (asset.id,), None))
        return asset


def _draw(given: Path, drawn: Path, content: bytes, pixels: int) -> None:
    given.write_bytes(content)
    check_image(given, max_bytes=_MOST_BYTES, max_pixels=pixels)
    avatar.save_avatar(given, drawn)


def _path(asset: str) -> str:
    return f"/api/profile/avatar/{filename(asset, avatar.MIME)}"
