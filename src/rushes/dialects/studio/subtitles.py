"""Subtitles: written by ear, downloaded, burnt in, translated. What is kept is the transcript; files are made of it."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog import Wish
from rushes.dialects.kit.bodies import AnyBody
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.problems import Problem, invalid, not_found
from rushes.dialects.kit.reading import Body, ignored
from rushes.dialects.studio import shapes_audio, shapes_editing
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.finding import OUTPUT
from rushes.dialects.studio.working import Desk
from rushes.engines.contract import Mode, Role, Transcript
from rushes.engines.languages import find_language
from rushes.engines.transcripts import cues_of
from rushes.jobs.intake import Source
from rushes.library import Asset
from rushes.media import edits
from rushes.media.subtitles import to_srt, to_vtt
from rushes.writing.languages import code_of, languages, name_of

_FORM_BYTES = 100_000
_FORMS = {"srt": ("application/x-subrip", to_srt), "vtt": ("text/vtt", to_vtt)}
_AUTO = frozenset({"", "auto", "detect"})


def endpoints(context: Context) -> list[Endpoint]:
    """Everything about subtitles."""
    subtitles = _Subtitles(context)
    errors = (400, 403, 404, 429, 503)
    return [
        Endpoint(method="POST", path="/api/subtitles/generate", run=subtitles.generate, creates=True,
                 summary="Generate a video's subtitles by listening to it (5 credits)",
                 body=shapes_audio.GenerateSubtitles, answer=shapes_editing.Worked, errors=errors),
        Endpoint(method="GET", path="/api/subtitles/{filename}", run=subtitles.get_file,
                 summary="Download subtitles: NAME.srt or NAME.vtt", media=("application/x-subrip", "text/vtt"),
                 errors=(404, 429)),
        Endpoint(method="POST", path="/api/subtitles/burn", run=subtitles.burn, creates=True,
                 summary="Burn subtitles into a video (styles: default, bold-yellow, minimal)",
                 body=shapes_editing.BurnSubtitles, answer=shapes_editing.Worked, errors=errors),
        Endpoint(method="POST", path="/api/subtitles/translate", run=subtitles.translate, creates=True,
                 summary="Translate subtitles (Pro and higher, 5 credits)", body=shapes_audio.TranslateSubtitles,
                 answer=shapes_editing.Worked, errors=errors),
    ]  # fmt: skip


class _Subtitles:
    def __init__(self, context: Context) -> None:
        settings = context.services.settings
        self._context = context
        self._services = context.services
        self._desk = Desk(context)
        self._generate = AnyBody(shapes_audio.GenerateSubtitles, settings.max_video_bytes + _FORM_BYTES)
        self._burn = AnyBody(shapes_editing.BurnSubtitles, settings.max_video_bytes + _FORM_BYTES)
        self._translate = Body(shapes_audio.TranslateSubtitles, settings.max_body)

    async def generate(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        given = await self._generate.read(request)
        language = given.fields.language.strip().lower()
        code = "" if language in _AUTO else find_language(language)
        if code is None:
            raise invalid("language", f'{language!r} is not known; a code like "en", or "auto"')
        name = given.fields.video_filename
        source = await self._desk.source(caller, given, "video_filename", name, Role.AUDIO, "video")
        # What is listened to is the clip's sound: one without is refused here, not by the engine.
        source = msgspec.structs.replace(source, kinds=("audio",))
        extra = {"language": code, "task": "transcribe", "temperature": 0.0}
        wish = Wish(model="generate_subtitles", mode=Mode.SPEECH_TO_TEXT, prompt="", extra=extra)
        warnings = ignored(given.unknown)
        return await self._desk.do(request, caller, wish, [source], revise=self._desk.by_length, warnings=warnings)

    async def get_file(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        name, _, ending = str(request.path_params["filename"]).rpartition(".")
        if ending not in _FORMS:
            raise not_found("subtitles")
        asset = await self._own(caller, "filename", f"{name}.{ending}")
        media, write = _FORMS[ending]
        text = write(cues_of(await self._read(asset)))
        headers = {"Content-Disposition": f'attachment; filename="{asset.id}.{ending}"'}
        return Response(text, media_type=media, headers=headers)

    async def burn(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        given = await self._burn.read(request)
        body = given.fields
        sources = [
            await self._desk.source(caller, given, "video_filename", body.video_filename, Role.VIDEO, "video"),
            self._source(await self._own(caller, "srt_filename", body.srt_filename)),
        ]
        edit = edits.Subtitles(style=body.style)
        warnings = ignored(given.unknown)
        return await self._desk.edit(request, caller, "burn_subtitles", edit, sources, {}, warnings)

    async def translate(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body, unknown = await self._translate.read(request)
        asset = await self._own(caller, "srt_filename", body.srt_filename)
        self._services.tiers.require(caller.tier, self._services.catalog.models["translate_subtitles"].feature)
        target = code_of(body.target_language)
        if target not in languages() and find_language(target) is None:
            raise invalid("target_language", f"{body.target_language!r} is not a language known here")
        spoken = (await self._read(asset)).language
        if not await self._services.translation.supports(spoken, target):
            reason = f"unsupported pair: this server does not translate {name_of(spoken)} into {name_of(target)}"
            raise invalid("target_language", f"{reason}; its operator can set RUSHES_TEXT_UPSTREAM")
        wish = Wish(model="translate_subtitles", mode=Mode.TRANSLATE, prompt="", extra={"language": target})
        return await self._desk.do(request, caller, wish, [self._source(asset)], warnings=ignored(unknown))

    def _source(self, asset: Asset) -> Source:
        return Source(field="srt_filename", role=Role.SUBTITLES, asset=asset, kinds=("text",))

    async def _own(self, caller: Caller, field: str, name: str) -> Asset:
        """The caller's subtitles of this name. Raises a 404 Problem for missing and foreign ones."""
        asset = await self._services.library.get(name.rpartition("/")[2].partition(".")[0])
        if asset is None or (asset.account_id, asset.kind, asset.role) != (caller.who.account, "text", OUTPUT):
            raise Problem(404, "not_found", f"{field}: you have no subtitles {name[:100]!r}", field=field)
        return asset

    async def _read(self, asset: Asset) -> Transcript:
        data = b"".join([chunk async for chunk in self._services.library.read(asset, 0, asset.size)])
        return msgspec.json.decode(data, type=Transcript)
