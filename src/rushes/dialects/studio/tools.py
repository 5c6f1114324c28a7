"""Tools that need a neural engine: background removal, upscaling, face swap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog import Plan, Wish, options
from rushes.dialects.kit.bodies import AnyBody, Given
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.forms import Upload
from rushes.dialects.kit.reading import ignored
from rushes.dialects.studio import shapes_editing as shapes
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.tiering import check_size
from rushes.dialects.studio.working import Desk
from rushes.engines.contract import Mode, Role
from rushes.library import Asset

_FORM_BYTES = 100_000
_TARGET, _SOURCE = "target_image", "source_image"
_NAMES = {
    _TARGET: (_TARGET, "target", "target_file", "base_image", "image1"),
    _SOURCE: (_SOURCE, "source", "source_file", "face", "face_image", "image2"),
}
"""The document does not name the two files: by these they are known, else the first is the target."""


def endpoints(context: Context) -> list[Endpoint]:
    """The tools. Bodies are forms that bring the files, or JSON that names them."""
    tools = _Tools(context)
    errors = (400, 403, 404, 429, 503)
    return [
        Endpoint(method="POST", path="/api/tools/remove-background", run=tools.remove_background, creates=True,
                 summary="Remove an image's background (multipart; a PNG with transparency)",
                 body=shapes.RemoveBackground, answer=shapes.Worked, errors=errors),
        Endpoint(method="POST", path="/api/tools/upscale-video", run=tools.upscale_video, creates=True,
                 summary="Upscale a video 2 to 4 times (Creator and higher)", body=shapes.UpscaleVideo,
                 answer=shapes.Worked, errors=errors),
        Endpoint(method="POST", path="/api/tools/face-swap", run=tools.face_swap, creates=True,
                 summary="Swap faces between two images (multipart; Pro and higher)", body=shapes.FaceSwap,
                 answer=shapes.Worked, errors=errors),
    ]  # fmt: skip


class _Tools:
    def __init__(self, context: Context) -> None:
        settings = context.services.settings
        self._context = context
        self._desk = Desk(context)
        self._background = AnyBody(shapes.RemoveBackground, settings.max_image_bytes + _FORM_BYTES)
        self._faces = AnyBody(shapes.FaceSwap, 2 * settings.max_image_bytes + _FORM_BYTES)
        self._upscale = AnyBody(shapes.UpscaleVideo, settings.max_video_bytes + _FORM_BYTES)

    async def remove_background(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        given = await self._background.read(request)
        name = given.fields.image_filename
        given = _alone(given, "image_filename", "image")
        source = await self._desk.source(caller, given, "image_filename", name, Role.IMAGE, "image")
        wish = Wish(model="remove_background", mode=Mode.REMOVE_BACKGROUND, prompt="")
        return await self._desk.do(request, caller, wish, [source], warnings=ignored(given.unknown))

    async def upscale_video(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        given = await self._upscale.read(request)
        scale = given.fields.scale_factor
        source = await self._desk.source(
            caller, given, "video_filename", given.fields.video_filename, Role.VIDEO, "video"
        )

        def revise(plan: Plan, staged: Sequence[Asset]) -> Plan:
            [clip] = staged
            check_size(self._context.services.tiers, caller.tier, clip.width * scale, clip.height * scale)
            return self._desk.by_length(plan, staged)

        extra = options(Mode.UPSCALE_VIDEO, {"scale": scale})
        wish = Wish(model="upscale", mode=Mode.UPSCALE_VIDEO, prompt="", extra=extra)
        return await self._desk.do(request, caller, wish, [source], revise=revise, warnings=ignored(given.unknown))

    async def face_swap(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        given = _paired(await self._faces.read(request))
        body = given.fields
        sources = [
            await self._desk.source(caller, given, _TARGET, body.target_image, Role.IMAGE, "image"),
            await self._desk.source(caller, given, _SOURCE, body.source_image, Role.REFERENCE_IMAGE, "image"),
        ]
        wish = Wish(
            model="face_swap",
            mode=Mode.FACE_SWAP,
            prompt="",
            extra=options(Mode.FACE_SWAP, {"face": body.face}),
        )
        return await self._desk.do(request, caller, wish, sources, warnings=ignored(given.unknown))


def _alone(given: Given[Any], *names: str) -> Given[Any]:
    """The form with its one file under the first of `names`: the document does not say what it is called there."""
    files = [file for found in given.files.values() for file in found]
    if len(files) != 1 or any(given.file(name) for name in names):
        return given
    return Given(given.fields, {names[0]: files}, given.unknown)


def _paired(given: Given[shapes.FaceSwap]) -> Given[shapes.FaceSwap]:
    """The form with its two files under their names."""
    others = [(field, file) for field, files in given.files.items() for file in files]
    found: dict[str, list[Upload]] = {}
    for name, aliases in _NAMES.items():
        known = next((pair for pair in others if pair[0] in aliases), None)
        if known is not None:
            found[name] = [known[1]]
            others.remove(known)
    for name, text in ((_TARGET, given.fields.target_image), (_SOURCE, given.fields.source_image)):
        if name not in found and not text and others:
            found[name] = [others.pop(0)[1]]
    return Given(given.fields, found, given.unknown)
