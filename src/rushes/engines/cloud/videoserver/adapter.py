"""Video servers with OpenAI's API on hardware of the operator's own: vLLM-Omni and SGLang Diffusion.

Read from their wheels (vllm-omni 0.30, sglang 0.5.23; not run, both need CUDA): POST videos as a multipart form, which
is all that vLLM-Omni takes; images/generations, images/edits and audio/speech are answered with the result. One server
serves one model, whose name the operator gives: `[providers.NAME] models = { "wan-t2v" = "Wan-AI/Wan2.2-T2V-A14B" }`.
Nothing costs money, so what a killed server had begun is begun again. vLLM-Omni stops a video that is deleted, SGLang
only forgets it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from rushes.engines.cloud.codes import load_faults
from rushes.engines.cloud.exchange import Call, Exchange
from rushes.engines.cloud.forms import Filled, Form, load_forms
from rushes.engines.cloud.openai import pictures, sounds, videos
from rushes.engines.cloud.openai.forms import by_field, parts, said
from rushes.engines.cloud.openai.shapes import Accepted
from rushes.engines.cloud.results import finished, started
from rushes.engines.contract import Input, Mode, Operation, Output, Request, Status

_FORMS = {Mode.TEXT_TO_IMAGE: "image", Mode.IMAGE_TO_IMAGE: "image", Mode.TEXT_TO_SPEECH: "speech"}
"""The form of a mode; all others are videos."""


class VideoServer:
    """See Provider."""

    title = "the video server"
    base = ""
    modes = frozenset({*_FORMS, Mode.TEXT_TO_VIDEO, Mode.IMAGE_TO_VIDEO, Mode.REFERENCE_TO_VIDEO})
    paid = False

    def __init__(self) -> None:
        self._kinds = load_forms(__package__ or "", self.title)
        self._faults = load_faults(__package__ or "", self.title)

    def headers(self, key: str) -> dict[str, str]:
        """See Provider."""
        return {"Authorization": f"Bearer {key}"} if key else {}

    def start(self, request: Request) -> Exchange[Operation]:
        """See Provider."""
        kind = _FORMS.get(request.mode, "video")
        named = msgspec.structs.replace(request, upstream=kind)
        form, filled = self._kinds.check(named), self._kinds.fill(named, {})
        given = by_field(form.inputs, request.inputs)
        if kind == "image":
            warnings = filled.warnings
            if "mask_image" in given:
                warnings = (*warnings, "mask: heeded by vLLM-Omni where the model can, not by SGLang")
            return (yield from pictures.draw(request, filled.fields, given, warnings, self._faults, {}))
        if kind == "speech":
            return (yield from self._speak(request, filled))
        return (yield from self._film(request, form, filled, given))

    def status(self, operation: Operation) -> Exchange[Status]:
        """See Provider."""
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
        return Call(method="GET", url="models")

    def _film(self, request: Request, form: Form, filled: Filled, given: dict[str, list[Input]]) -> Exchange[Operation]:
        fields: dict[str, Any] = {"model": request.upstream, **filled.fields, "fps": request.fps}
        warnings = filled.warnings
        if frames := request.extra.get("frames"):
            fields["num_frames"] = frames
            del fields["seconds"]  # which may be rounded
            warnings = tuple(each for each in warnings if not each.startswith("seconds:"))
        reply = yield Call(method="POST", url="videos", parts=parts(fields, given), paid=True, seconds=120.0)
        if not reply.ok:
            raise self._faults.refused(reply, *said(reply))
        return started(request, reply.read(Accepted).id, warnings)

    def _speak(self, request: Request, filled: Filled) -> Exchange[Operation]:
        """The voice is the server's usual one: what voices a model has, only its card says."""
        warnings = ("voice: the server's usual one",) if request.extra.get("voice") else ()
        return (yield from sounds.speak(request, filled.fields, warnings, self._faults, {}))
