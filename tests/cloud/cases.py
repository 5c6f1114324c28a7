"""Each provider, as the tests that hold for all of them need it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from tests.cloud.upstreams.ark import ArkServer
from tests.cloud.upstreams.base import Upstream
from tests.cloud.upstreams.fal import FalServer
from tests.cloud.upstreams.kling import KlingServer
from tests.cloud.upstreams.minimax import MiniMaxServer
from tests.cloud.upstreams.replicate import ReplicateServer
from tests.cloud.upstreams.runway import RunwayServer
from tests.cloud.upstreams.veo import VeoServer
from tests.cloud.upstreams.wavespeed import WaveSpeedServer


class Case(Struct, frozen=True, kw_only=True):
    """`model` is one for text to video, `submit` and `poll` are parts of those calls' paths.

    `cancel` is the call that cancels, empty where the provider has none; `violation` are the arguments of the server's
    `fail` for content that is refused, `refused` is the message that comes of it.
    """

    kind: str
    server: type[Upstream]
    base: str = ""
    model: str
    submit: str
    poll: str
    cancel: str = ""
    violation: tuple[Any, ...]
    refused: str


CASES = {
    case.kind: case
    for case in (
        Case(
            kind="fal",
            server=FalServer,
            model="fal-ai/bytedance/seedance/v1.5/pro/text-to-video",
            submit="text-to-video",
            poll="/requests/",
            cancel="PUT",
            violation=("content_policy_violation", "The content could not be processed: flagged by a checker"),
            refused="prompt: The content could not be processed: flagged by a checker",
        ),
        Case(
            kind="ark",
            server=ArkServer,
            base="/api/v3",
            model="seedance-1-5-pro-251215",
            submit="/tasks",
            poll="/tasks/",
            cancel="DELETE",
            violation=("OutputVideoSensitiveContentDetected.PolicyViolation", "The output video may be sensitive."),
            refused="The output video may be sensitive.",
        ),
        Case(
            kind="wavespeed",
            server=WaveSpeedServer,
            base="/api/v3",
            model="bytedance/seedance-v1.5-pro/text-to-video",
            submit="text-to-video",
            poll="/result",
            violation=("The content contains sensitive information.", 1200),
            refused="The content contains sensitive information.",
        ),
        Case(
            kind="replicate",
            server=ReplicateServer,
            base="/v1",
            model="bytedance/seedance-1.5-pro",
            submit="/predictions",
            poll="/predictions/",
            cancel="POST",
            violation=("The input or output was flagged as sensitive. Please try again. (E005)",),
            refused="The input or output was flagged as sensitive. Please try again. (E005)",
        ),
        Case(
            kind="veo",
            server=VeoServer,
            base="/v1beta",
            model="veo-3.1-generate-preview",
            submit=":predictLongRunning",
            poll="/operations/",
            violation=(3, "The prompt could not be submitted. It might violate our usage guidelines."),
            refused="The prompt could not be submitted. It might violate our usage guidelines.",
        ),
        Case(
            kind="kling",
            server=KlingServer,
            model="kling-v2-6:pro",
            submit="/v1/videos/text2video",
            poll="/v1/videos/text2video/",
            violation=("Failure to pass the risk control system",),
            refused="Failure to pass the risk control system",
        ),
        Case(
            kind="minimax",
            server=MiniMaxServer,
            model="MiniMax-Hailuo-2.3",
            submit="/v1/video_generation",
            poll="/v1/query/",
            violation=(1027, "output new_sensitive"),
            refused="output new_sensitive",
        ),
        Case(
            kind="runway",
            server=RunwayServer,
            model="gen4.5",
            submit="/v1/text_to_video",
            poll="/v1/tasks/",
            cancel="DELETE",
            violation=("SAFETY.INPUT.TEXT", "The prompt was not accepted by content moderation."),
            refused="The prompt was not accepted by content moderation.",
        ),
    )
}
