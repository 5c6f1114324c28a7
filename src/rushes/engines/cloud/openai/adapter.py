"""OpenAI's API (developers.openai.com/api/reference: images, audio, videos; read as the types of the package `openai`).

Pictures (images/generations, images/edits), speech (audio/speech) and transcripts (audio/transcriptions) are answered
with the result; videos are jobs. Which model takes what, models.toml says. Any service that is built like it is reached
with another address, a Rushes too (`…/openai/v1`): that one honours the Idempotency-Key; OpenAI's documents do not
name it. Nothing but a video can be cancelled. Webhooks are registered for a project, no request can name one.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

from rushes.engines.cloud.exchange import Call, Exchange
from rushes.engines.cloud.forms import Filled, Form
from rushes.engines.cloud.openai import pictures, sounds, videos
from rushes.engines.cloud.openai.forms import by_field, parts, said
from rushes.engines.cloud.openai.shapes import Accepted
from rushes.engines.cloud.peers import once
from rushes.engines.cloud.results import finished, started
from rushes.engines.cloud.tabled import Tabled
from rushes.engines.contract import Mode, Operation, Output, Request, Status

_PICTURES = (Mode.TEXT_TO_IMAGE, Mode.IMAGE_TO_IMAGE)
_USUAL_VOICE = "alloy"


class OpenAI(Tabled):
    """See Provider."""

    title = "OpenAI"
    base = "https://api.openai.com/v1"
    modes = frozenset(
        {
            *_PICTURES,
            Mode.TEXT_TO_SPEECH,
            Mode.SPEECH_TO_TEXT,
            Mode.TEXT_TO_VIDEO,
            Mode.IMAGE_TO_VIDEO,
            Mode.REFERENCE_TO_VIDEO,
        }
    )
    paid = True

    def __init__(self) -> None:
        super().__init__()
        self._voices: dict[str, str] = tomllib.loads((files(__package__ or "") / "voices.toml").read_text())

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        form = self._forms.check(request)
        filled = self._forms.fill(request, {})
        if request.mode in _PICTURES:
            return (yield from self._draw(request, form, filled))
        if request.mode is Mode.TEXT_TO_SPEECH:
            return (yield from self._speak(request, filled))
        if request.mode is Mode.SPEECH_TO_TEXT:
            given = by_field(form.inputs, request.inputs)
            warnings = _without(filled.warnings, "seed", "task")
            return (
                yield from sounds.hear(request, filled.fields, given, warnings, self._faults, once(request, "openai"))
            )
        form_parts = parts({"model": request.upstream, **filled.fields}, by_field(form.inputs, request.inputs))
        reply = yield Call(method="POST", url="videos", parts=form_parts, headers=once(request, "openai"), paid=True)
        if not reply.ok:
            raise self._faults.refused(reply, *said(reply))
        return started(request, reply.read(Accepted).id, filled.warnings)

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider. Pictures whose addresses were answered are done."""
        if "addresses" in operation:
            return finished(self.title, operation, operation["addresses"], operation.get("usage"))
        return (yield from videos.look(operation, self.title, self._faults))

    def cancel(self, operation: Operation) -> Exchange[None]:
        """See Provider."""
        if "addresses" not in operation:
            yield from videos.stop(operation)

    def fetch(self, output: Output) -> Call:
        """See Provider."""
        return Call(method="GET", url=output.location)

    def check(self) -> Call:
        """See Provider."""
        return Call(method="GET", url="models", longest=4 << 20)

    def _draw(self, request: Request, form: Form, filled: Filled) -> Exchange[Operation]:
        fields = dict(filled.fields)
        if fields.get("output_format", "png") == "png":
            fields.pop("output_compression", None)
        given = by_field(form.inputs, request.inputs)
        headers = once(request, "openai")
        return (yield from pictures.draw(request, fields, given, filled.warnings, self._faults, headers))

    def _speak(self, request: Request, filled: Filled) -> Exchange[Operation]:
        fields: dict[str, Any] = dict(filled.fields)
        ours = str(fields.get("voice", ""))
        fields["voice"] = self._voices.get(ours, _USUAL_VOICE)
        warnings = _without(filled.warnings, "seed", "format")
        if ours:
            warnings = (*warnings, f"voice: {fields['voice']} of {self.title} speaks")
        return (yield from sounds.speak(request, fields, warnings, self._faults, once(request, "openai")))


def _without(warnings: tuple[str, ...], *fields: str) -> tuple[str, ...]:
    """Warnings but those about what nobody could ask for in this mode."""
    return tuple(each for each in warnings if each.partition(":")[0] not in fields)
