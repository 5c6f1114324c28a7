"""Music, sound effects and speech: making them, and their history."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog import Wish, options
from rushes.catalog.voices import Voice
from rushes.dialects.kit.answers import iso, json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.problems import invalid, not_found
from rushes.dialects.kit.reading import Body, Page, ignored, read_query
from rushes.dialects.kit.sending import filename, send_file
from rushes.dialects.studio import shapes_audio as shapes
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.finding import own_file
from rushes.dialects.studio.shapes_editing import Worked
from rushes.dialects.studio.shapes_history import Deleted
from rushes.dialects.studio.views import STATUSES, failure, file_url, main_output, percent
from rushes.dialects.studio.working import Desk
from rushes.engines.contract import Mode
from rushes.jobs import Job
from rushes.jobs.histories import made_by

_DOCUMENTED = ("en_gb_male", "en_gb_female", "en_us_male", "en_us_female")
_LANGUAGES = {"en-GB": "British English", "en-US": "American English"}


def endpoints(context: Context) -> list[Endpoint]:
    """Everything about sounds but putting them to videos."""
    audio = _Audio(context)
    errors = (400, 403, 429, 503)
    return [
        Endpoint(method="POST", path="/api/generate-audio", run=audio.generate, body=shapes.GenerateAudio, creates=True,
                 summary="Generate music or sound effects (8 credits for 30 seconds, pro rata)", answer=Worked,
                 errors=errors),
        Endpoint(method="GET", path="/api/audio-generations", run=audio.list_audio, query=Page,
                 summary="List your music, sounds and speech, newest first", answer=shapes.AudioList,
                 errors=(400, 429)),
        Endpoint(method="DELETE", path="/api/audio-generations/{id}", run=audio.delete,
                 summary="Delete a sound and its file; one still being made is cancelled first", answer=Deleted,
                 errors=(404, 429)),
        Endpoint(method="GET", path="/api/audio/{filename}", run=audio.get_file,
                 summary="Download a generated sound", media="audio/mpeg", errors=(404, 429)),
        Endpoint(method="GET", path="/api/tts/voices", run=audio.list_voices, summary="List the voices of speech",
                 answer=shapes.VoiceList, errors=(429,)),
        Endpoint(method="POST", path="/api/tts/generate", run=audio.speak, body=shapes.GenerateSpeech, creates=True,
                 summary="Generate speech (Creator and higher; 6 credits a minute, pro rata)", answer=Worked,
                 errors=errors),
    ]  # fmt: skip


class _Audio:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._services = context.services
        self._desk = Desk(context)
        self._generate = Body(shapes.GenerateAudio, context.services.settings.max_body)
        self._speech = Body(shapes.GenerateSpeech, context.services.settings.max_body)

    async def generate(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body, unknown = await self._generate.read(request)
        tags = body.tags if isinstance(body.tags, str) else ", ".join(body.tags)
        if len(tags) > shapes.MOST_TAGS:
            raise invalid("tags", f"must be at most {shapes.MOST_TAGS} characters together, got {len(tags)}")
        wish = Wish(
            model="generate_audio",
            mode=Mode.TEXT_TO_AUDIO,
            prompt=body.prompt,
            seconds=body.duration_seconds,
            seed=body.seed,
            extra=options(Mode.TEXT_TO_AUDIO, {"tags": tags}),
        )
        names = {"seconds": "duration_seconds"}
        return await self._desk.do(request, caller, wish, names=names, warnings=ignored(unknown))

    async def speak(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body, unknown = await self._speech.read(request)
        wish = Wish(model="tts", mode=Mode.TEXT_TO_SPEECH, prompt=body.text, voice=body.voice_id, speed=body.speed)
        names = {"prompt": "text", "voice": "voice_id"}
        return await self._desk.do(request, caller, wish, names=names, warnings=ignored(unknown))

    async def list_voices(self, request: Request) -> Response:
        await self._context.gate.by_session(request)
        known = self._services.catalog.voices.studio
        names = [*(name for name in _DOCUMENTED if name in known), *(name for name in known if name not in _DOCUMENTED)]
        tiers = self._services.tiers
        voices = [_voice(name, known[name]) for name in names]
        return json(shapes.VoiceList(voices=voices, required_tier=tiers.features["tts"]))

    async def list_audio(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        query = read_query(request, Page)
        found, total = await self._services.jobs.history(caller.who.account, "audio", query.limit, query.offset)
        views = [_generation(job) for job in found]
        return json(shapes.AudioList(generations=views, total=total, limit=query.limit, offset=query.offset))

    async def delete(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        job = await self._services.jobs.get(caller.who.account, request.path_params["id"])
        if job is None or made_by(job.mode) != "audio":
            raise not_found("audio generation")
        cancelled = await self._services.jobs.cancel(job.account_id, job.id) is not None
        if not await self._services.jobs.remove(job.account_id, job.id):
            raise not_found("audio generation")
        await self._services.library.collect()
        return json(Deleted(id=job.id, deleted=True, cancelled=cancelled))

    async def get_file(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        name: str = request.path_params["filename"]
        asset = await own_file(self._services.library, caller, "filename", name, "audio")
        return send_file(request, self._services.library, asset)


def _voice(name: str, voice: Voice) -> shapes.Voice:
    language = _LANGUAGES[voice.language]
    return shapes.Voice(
        id=name,
        name=voice.label,
        description=f"{language} — {voice.gender.title()}",
        language=voice.language,
        gender=voice.gender,
    )


def _generation(job: Job) -> shapes.AudioGeneration:
    output = main_output(job)
    return shapes.AudioGeneration(
        id=job.id,
        job_id=job.id,
        mode=job.mode,
        model=job.model,
        prompt=job.plan().prompt,
        status=STATUSES[job.state],
        progress=percent(job),
        cost=job.quote if job.cost is None else job.cost,
        engine=job.engine,
        filename=filename(output.asset, output.mime) if output else None,
        url=file_url(output) if output else None,
        duration_seconds=round(output.duration, 3) if output else None,
        size=output.size if output else None,
        warnings=job.warning_list(),
        error=failure(job),
        created_at=iso(job.created_at),
        completed_at=iso(job.finished_at) if job.finished_at is not None else None,
    )
