"""The studio dialect, put together from its parts."""

from __future__ import annotations

from types import ModuleType

from rushes.dialects.kit.endpoint import Dialect
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.submitting import Submitter
from rushes.dialects.studio import (
    account,
    analytics,
    audio,
    auth,
    credits,
    editing,
    files,
    gallery,
    generation,
    history,
    inputs,
    keys,
    models,
    pricing,
    profile,
    progress,
    prompts,
    scripts,
    subtitles,
    templates,
    tools,
)
from rushes.dialects.studio.context import Context, ErrorBody, render
from rushes.services import Services

PARTS: tuple[ModuleType, ...] = (
    auth,
    account,
    profile,
    keys,
    credits,
    pricing,
    models,
    generation,
    progress,
    inputs,
    files,
    history,
    audio,
    editing,
    tools,
    subtitles,
    gallery,
    prompts,
    scripts,
    templates,
    analytics,
)
"""Each part has `endpoints(context)`."""


def studio(services: Services, gate: Gate, links: Links) -> Dialect:
    """The dialect over these services."""
    context = Context(services, gate, links, Submitter(services, links, "studio"))
    return Dialect(
        name="studio",
        title="AI Video studio",
        description="Accounts, plans, credits, the catalogue and generation, for a key or a browser's session.",
        error=ErrorBody,
        render=render,
        names={"fps": "frame_rate"},
        sessions=True,
        endpoints=[endpoint for part in PARTS for endpoint in part.endpoints(context)],
    )
