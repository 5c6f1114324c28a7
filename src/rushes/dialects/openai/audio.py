"""/audio: speech, transcriptions, translations, answered in the request itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from rushes.dialects.kit.answers import json
from rushes.dialects.kit.bodies import AnyBody, Given
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.problems import Problem, invalid
from rushes.dialects.kit.reading import Body, ignored
from rushes.dialects.kit.streaming import EVENTS, event, stream
from rushes.dialects.openai import shapes_audio as shapes
from rushes.dialects.openai import translate_audio as translate
from rushes.dialects.openai.finishing import Finisher
from rushes.dialects.openai.honesty import tell
from rushes.dialects.openai.planning import planned
from rushes.engines.contract import Role, Transcript
from rushes.jobs.intake import Source
from rushes.library import Asset
from rushes.services import Services

Asked = Given[shapes.CreateTranscription] | Given[shapes.CreateTranslation]


def endpoints(services: Services, gate: Gate, finisher: Finisher, *, limit: int) -> list[Endpoint]:
    """The endpoints over these services. `limit` is for bodies with files, in bytes."""
    api = _Api(services, gate, finisher, limit)
    errors = (400, 404, 413, 429, 500, 503, 504)
    return [
        Endpoint(method="POST", path="/openai/v1/audio/speech", run=api.create_speech, summary="Say a text",
                 body=shapes.CreateSpeech, media=(*translate.SOUNDS.values(), EVENTS), errors=errors, creates=True),
        Endpoint(method="POST", path="/openai/v1/audio/transcriptions", run=api.create_transcription, upload=True,
                 summary="Write down a recording: multipart/form-data with file, model, response_format, language",
                 answer=shapes.Transcription, others=(*translate.TEXTS.values(), EVENTS), errors=errors, creates=True),
        Endpoint(method="POST", path="/openai/v1/audio/translations", run=api.create_translation, upload=True,
                 summary="Write down a recording in English: multipart/form-data with file, model, response_format",
                 answer=shapes.Transcription, others=tuple(translate.TEXTS.values()), errors=errors, creates=True),
    ]  # fmt: skip


class _Api:
    def __init__(self, services: Services, gate: Gate, finisher: Finisher, limit: int) -> None:
        self._services = services
        self._catalog = services.catalog
        self._gate = gate
        self._finisher = finisher
        self._speech = Body(shapes.CreateSpeech, services.settings.max_body)
        self._transcription = AnyBody(
            shapes.CreateTranscription,
            limit,
            lists=frozenset({"timestamp_granularities", "include"}),
            only_form=True,
        )
        self._translation = AnyBody(shapes.CreateTranslation, limit, only_form=True)

    async def create_speech(self, request: Request) -> Response:
        caller = await self._gate.by_key(request)
        body, unknown = await self._speech.read(request)
        wish, warnings = translate.speech_wish(self._catalog, body)
        plan = planned(self._catalog, wish, translate.SPEECH_NAMES, [*ignored(unknown), *warnings])
        job = await self._finisher.finish(request, caller, plan)
        asset = (await self._finisher.assets(job))[0]
        if body.stream_format == "sse":
            return tell(await stream(self._sound_events(asset)), job)
        media = translate.SOUNDS[job.plan().extra["format"]]
        content = self._services.library.read(asset, 0, asset.size)
        return tell(StreamingResponse(content, headers={"Content-Length": str(asset.size)}, media_type=media), job)

    async def _sound_events(self, asset: Asset) -> AsyncGenerator[bytes, None]:
        async for chunk in self._services.library.read(asset, 0, asset.size):
            yield event(translate.sound_event(chunk))
        yield event(shapes.SoundDone(usage=shapes.TokenUsage()))

    async def create_transcription(self, request: Request) -> Response:
        await self._gate.by_key(request)
        given = await self._transcription.read(request)
        return await self._write_down(request, given, "transcribe", given.fields.timestamp_granularities or ())

    async def create_translation(self, request: Request) -> Response:
        await self._gate.by_key(request)
        return await self._write_down(request, await self._translation.read(request), "translate", ())

    async def _write_down(
        self, request: Request, given: Asked, task: translate.Task, granularities: tuple[()] | list[shapes.Granularity]
    ) -> Response:
        caller = await self._gate.by_key(request)
        wanted = translate.form(given.fields)
        upload = given.file("file")
        if upload is None:
            raise invalid("file", "is required: the recording, as a file of the form")
        if len(upload.content) > translate.MOST_BYTES:
            raise Problem(413, "too_large", f"file: at most {translate.MOST_BYTES} bytes are accepted", field="file")
        wish, warnings = translate.recording_wish(self._catalog, given.fields, task)
        streamed = translate.is_streamed(wish.model, given.fields, wanted)
        plan = planned(self._catalog, wish, {}, [*ignored(given.unknown), *warnings])
        source = Source(field="file", role=Role.AUDIO, content=upload.content, kinds=("audio",))
        revise = translate.by_length(self._catalog)
        job = await self._finisher.finish(request, caller, plan, [source], revise=revise)
        asset = (await self._finisher.assets(job))[0]
        transcript = msgspec.json.decode(await self._finisher.content(asset), type=Transcript)
        if streamed:
            return tell(await stream(_text_events(transcript)), job)
        if wanted == "json":
            return tell(json(translate.plain(transcript)), job)
        if wanted == "verbose_json":
            return tell(json(translate.verbose(transcript, job.plan(), granularities)), job)
        return tell(Response(translate.text(transcript, wanted), media_type=translate.TEXTS[wanted]), job)


async def _text_events(transcript: Transcript) -> AsyncGenerator[bytes, None]:
    for each in translate.text_events(transcript):
        yield event(each)
