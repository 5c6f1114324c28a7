"""The studio dialect, put together from its parts."""

from __future__ import annotations

from types import ModuleType

from rushes.dialects.kit.endpoint import Dialect
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.links import Links
from rushes.dialects.kit.submitting import Submitter
from rushes.dialects.studio.context import Context, ErrorBody, render
from rushes.services import Services

PARTS: tuple[ModuleType, ...] = ()
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
        endpoints=[endpoint for part in PARTS for endpoint in part.endpoints(context)],
    )
