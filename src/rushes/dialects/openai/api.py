"""The openai dialect: its domains' endpoints, joined."""

from __future__ import annotations

from rushes.dialects.kit.endpoint import Dialect
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.submitting import Submitter
from rushes.dialects.openai import audio, chat, embeddings, images, models, refusing, responses, videos
from rushes.dialects.openai.errors import ErrorBody, render
from rushes.dialects.openai.finishing import Finisher
from rushes.services import Services

_FILES_IN_BODY = 3
"""A body may carry this many images of the largest size, as data URLs."""


def openai(services: Services, gate: Gate, links: Links) -> Dialect:
    """The dialect over these services."""
    submitter = Submitter(services, links, "openai")
    finisher = Finisher(services, submitter)
    settings = services.settings
    limit = settings.max_body + _FILES_IN_BODY * settings.max_image_bytes * 4 // 3
    return Dialect(
        name="openai",
        title="OpenAI",
        description="For OpenAI's own clients, unmodified: set `base_url` to `/openai/v1` on this server.",
        error=ErrorBody,
        render=render,
        endpoints=[
            *refusing.named(gate),
            *videos.endpoints(services, gate, submitter, limit=limit),
            *images.endpoints(services, gate, links, finisher, limit=limit),
            *chat.endpoints(services, gate, submitter),
            *responses.endpoints(services, gate, submitter),
            *embeddings.endpoints(services, gate, submitter),
            *audio.endpoints(services, gate, finisher, limit=limit),
            *models.endpoints(services, gate),
            *refusing.others(gate),
        ],
    )
