"""`rushes`, with two engines that do at once what the prompt says: python -m tests.conformance.engines serve …

"fail <code>" fails so, "wait" is never done, "use <credits>" says that it cost so many, anything else gets a small
result. The model seedance-1-5-pro has a route to each of them, "cheap" by value and "brand" the official one; all
others go to "composer", scripted too.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from rushes import services
from rushes.catalog import Catalog, Route, load_catalog
from rushes.engines.contract import Done, Failed, FailureCode, Health, Mode, Operation, Output, Pending, Request, Status
from tests.conformance.web import clip
from tests.e2e.peer import png
from tests.e2e.server import Server

_PICTURES = (Mode.TEXT_TO_IMAGE, Mode.IMAGE_TO_IMAGE)
PROGRAM = [sys.executable, "-m", "tests.conformance.engines"]
ROUTES = (Route(engine="cheap", tag="value"), Route(engine="brand", tag="official"))


class Scripted:
    """An engine that does as the prompt says."""

    paid = False
    remote = False
    modes = frozenset(Mode)

    def __init__(self, name: str) -> None:
        self.name = name

    async def start(self, request: Request) -> Operation:
        return {"prompt": request.prompt, "picture": request.mode in _PICTURES}

    async def status(self, operation: Operation) -> Status:
        word, _, rest = operation["prompt"].partition(" ")
        if word == "wait":
            return Pending(progress=0.5)
        if word == "fail":
            return Failed(code=FailureCode(rest), message=f"it failed: {rest}")
        usage = {"credits": int(rest)} if word == "use" else {}
        if operation["picture"]:
            return Done(outputs=(Output(kind="image", mime="image/png", location="result.png"),), usage=usage)
        return Done(outputs=(Output(kind="video", mime="video/mp4", location="result.mp4"),), usage=usage)

    async def cancel(self, operation: Operation) -> None: ...

    async def fetch(self, output: Output) -> AsyncIterator[bytes]:
        yield png() if output.kind == "image" else clip(128, 72, 4)

    async def discard(self, operation: Operation) -> None: ...

    async def health(self) -> Health:
        return Health(ready=True)

    async def close(self) -> None: ...


class ScriptedServer(Server):
    """A server with these engines."""

    program = PROGRAM


def _catalog() -> Catalog:
    known = load_catalog()
    models = known.models
    models["seedance-1-5-pro"] = msgspec.structs.replace(models["seedance-1-5-pro"], routes=ROUTES)
    return Catalog(list(models.values()), known.voices)


def _engines(*_: Any) -> dict[str, Scripted]:
    return {name: Scripted(name) for name in ("cheap", "brand", "composer")}


if __name__ == "__main__":
    from rushes.cli.main import main

    services.make_engines = _engines  # type: ignore[assignment]
    services.load_catalog = _catalog  # type: ignore[attr-defined]
    main()
