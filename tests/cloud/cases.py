"""Each provider, as the tests that hold for all of them need it."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from tests.cloud.upstreams.ark import ArkServer
from tests.cloud.upstreams.base import Upstream
from tests.cloud.upstreams.dialects import (
    ApixoServer,
    RushesServer,
    SeriesServer,
    StudioServer,
    UsVideoServer,
    XPilotServer,
)
from tests.cloud.upstreams.fal import FalServer
from tests.cloud.upstreams.kling import KlingServer
from tests.cloud.upstreams.minimax import MiniMaxServer
from tests.cloud.upstreams.openai import OpenAIServer, VideoServerServer
from tests.cloud.upstreams.replicate import ReplicateServer
from tests.cloud.upstreams.runway import RunwayServer
from tests.cloud.upstreams.veo import VeoServer
from tests.cloud.upstreams.wavespeed import WaveSpeedServer

HOOK = "https://rushes.example/hooks/job_0001.signed"
"""An address of ours that a provider is to call."""


class Case(Struct, frozen=True, kw_only=True):
    """`model` is one for text to video, `submit` and `poll` are parts of those calls' paths: a poll's is the submit's
    with a slash, where it is not said.

    `cancel` is the call that cancels, empty where the provider has none; `violation` are the arguments of the server's
    `fail` for content that is refused, `refused` is the message that comes of it: the sentence among them, where it is
    not said. `free`: it takes whatever model and count it is told, so that no table of ours refuses them. `apart`:
    where its result lies is known before it is there. `query` and `fields` are what a submit carries in its query and
    its JSON so that HOOK is called, nothing where the provider calls nobody.
    """

    kind: str
    server: type[Upstream]
    base: str = ""
    model: str
    submit: str
    poll: str = ""
    cancel: str = ""
    violation: tuple[Any, ...]
    refused: str = ""
    free: bool = False
    apart: bool = False
    query: dict[str, str] = {}
    fields: dict[str, Any] = {}

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "poll", self.poll or f"{self.submit}/")
        said = next((each for each in self.violation if " " in str(each)), "")
        msgspec.structs.force_setattr(self, "refused", self.refused or said)


UNSAFE = ("The prompt was refused by the safety system.",)
CALLBACK = {"callback_url": HOOK}
CASES = {
    case.kind: case
    for case in (
        Case(
            kind="fal", server=FalServer, model="fal-ai/bytedance/seedance/v1.5/pro/text-to-video",
            submit="text-to-video", poll="/requests/", cancel="PUT", query={"fal_webhook": HOOK},
            violation=("content_policy_violation", "The content could not be processed: flagged by a checker"),
            refused="prompt: The content could not be processed: flagged by a checker",
        ),
        Case(
            kind="ark", server=ArkServer, base="/api/v3", model="seedance-1-5-pro-251215", submit="/tasks",
            cancel="DELETE", fields=CALLBACK,
            violation=("OutputVideoSensitiveContentDetected.PolicyViolation", "The output video may be sensitive."),
        ),
        Case(
            kind="wavespeed", server=WaveSpeedServer, base="/api/v3", model="bytedance/seedance-v1.5-pro/text-to-video",
            submit="text-to-video", poll="/result", query={"webhook": HOOK},
            violation=("The content contains sensitive information.", 1200),
        ),
        Case(
            kind="replicate", server=ReplicateServer, base="/v1", model="bytedance/seedance-1.5-pro",
            submit="/predictions", cancel="POST", fields={"webhook": HOOK, "webhook_events_filter": ["completed"]},
            violation=("The input or output was flagged as sensitive. Please try again. (E005)",),
        ),
        Case(
            kind="veo", server=VeoServer, base="/v1beta", model="veo-3.1-generate-preview",
            submit=":predictLongRunning", poll="/operations/", fields={"webhookConfig": {"uris": [HOOK]}},
            violation=(3, "The prompt could not be submitted. It might violate our usage guidelines."),
        ),
        Case(
            kind="kling", server=KlingServer, model="kling-v2-6:pro", submit="/v1/videos/text2video", fields=CALLBACK,
            violation=("Failure to pass the risk control system",),
        ),
        Case(
            kind="minimax", server=MiniMaxServer, model="MiniMax-Hailuo-2.3", submit="/v1/video_generation",
            poll="/v1/query/", fields=CALLBACK, violation=(1027, "output new_sensitive"),
        ),
        Case(
            kind="runway", server=RunwayServer, model="gen4.5", submit="/v1/text_to_video", poll="/v1/tasks/",
            cancel="DELETE",
            violation=("SAFETY.INPUT.TEXT", "The prompt was not accepted by content moderation."),
        ),
        Case(
            kind="openai", server=OpenAIServer, base="/v1", model="sora-2", submit="/v1/videos", cancel="DELETE",
            apart=True, violation=("moderation_blocked", "Your request was blocked by our moderation system."),
        ),
        Case(
            kind="videoserver", server=VideoServerServer, base="/v1", model="Wan-AI/Wan2.2-T2V-A14B-Diffusers",
            submit="/v1/videos", cancel="DELETE", free=True, apart=True,
            violation=("content_policy_violation", "The prompt is not allowed."),
        ),
        Case(
            kind="usvideo", server=UsVideoServer, model="seedance-2.0", submit="/v1/videos", cancel="DELETE",
            violation=UNSAFE,
        ),
        Case(
            kind="xpilot", server=XPilotServer, model="seedance-2.0/text-to-video", submit="/video/generate",
            poll="/api/v1/video/task", violation=("The prompt may be sensitive.",),
        ),
        Case(
            kind="series", server=SeriesServer, base="/kyyReactApiServer", model="videos", submit="/v1/videos/videos",
            poll="/v1/result/", violation=("This violates the content policy.",),
        ),
        Case(
            kind="apixo", server=ApixoServer, model="seedance-1-5-pro", submit="/generateTask/", poll="/statusTask/",
            fields={**CALLBACK, "request_type": "callback"},
            violation=("CONTENT_VIOLATION", "Content does not meet safety guidelines"),
        ),
        Case(
            kind="studio", server=StudioServer, model="wan-t2v", submit="/api/generate", poll="/api/status",
            cancel="POST", violation=UNSAFE,
        ),
        Case(
            kind="rushes", server=RushesServer, model="seedance-2.0", submit="/rushes/v1/generations", cancel="DELETE",
            free=True, fields=CALLBACK,
            violation=("content_violation", "the prompt asks for what is not made here"),
        ),
    )
}  # fmt: skip
