"""What the small servers share: what they were sent, answers planned for the next calls, tasks that go on, and calls
of the address that a submit named.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx
import uvicorn
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.server import ServerState

Handler = Callable[["Seen"], Response | Awaitable[Response]]
CLIP = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 40
"""The bytes behind every result."""
PUBLIC = "https://rushes.example"
"""Where a server of ours says that it is. Whoever stands before it ends TLS, and hands requests on to its `door`."""
STANDARD = {"webhook-id": "msg_1", "webhook-timestamp": "1795255200", "webhook-signature": "v1,c2lnbmVk"}
"""The headers of Standard Webhooks; nobody here can know the key."""


class Seen(Struct, frozen=True, kw_only=True):
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    parts: dict[str, str] = {}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Task(Struct):
    """A generation at the provider: the states that polls find, one after the other; the last one stays.

    `hook` is the address that its submit wants to be called.
    """

    id: str
    states: list[Any]
    polls: int = 0
    cancelled: bool = False
    hook: str = ""

    def next(self) -> Any:
        state = self.states[min(self.polls, len(self.states) - 1)]
        self.polls += 1
        return state


class Server:
    """A server on loopback. `routes` of a subclass say its paths; `url` is where it is, once it runs."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[Seen] = []
        self._planned: list[tuple[str, Response]] = []

    def routes(self) -> dict[str, Handler]:
        """Handlers by "METHOD /path/{name}"."""
        raise NotImplementedError

    def plan(self, path: str, *answers: Response) -> None:
        """The next requests whose path has `path` in it are answered so, in this order."""
        self._planned += [(path, answer) for answer in answers]

    def calls(self, method: str, path: str = "") -> list[Seen]:
        """Requests of this method with `path` in theirs."""
        return [each for each in self.seen if each.method == method and path in each.path]

    def refuse(self, seen: Seen) -> Response | None:
        """The answer to a request without the key, say; None lets it pass."""
        return None

    async def _answer(self, request: Request, handler: Handler) -> Response:
        body = await request.body()
        parts = {}
        if request.headers.get("content-type", "").startswith("multipart/"):
            async with request.form() as form:
                parts = {name: str(getattr(value, "size", value)) for name, value in form.items()}
        seen = Seen(
            method=request.method,
            path=request.url.path,
            query={**request.query_params, **request.path_params},
            headers=dict(request.headers),
            body=body,
            parts=parts,
        )
        self.seen.append(seen)
        for index, (path, answer) in enumerate(self._planned):
            if path in seen.path:
                del self._planned[index]
                return answer
        refused = self.refuse(seen)
        if refused is not None:
            return refused
        answered = handler(seen)
        return answered if isinstance(answered, Response) else await answered

    def app(self) -> Starlette:
        """The server as an ASGI application."""
        routes = []
        for name, handler in self.routes().items():
            method, _, path = name.partition(" ")

            async def endpoint(request: Request, handler: Handler = handler) -> Response:
                return await self._answer(request, handler)

            routes.append(Route(path, endpoint, methods=[method]))
        return Starlette(routes=routes)


class Files(Server):
    """A store of files at another origin: no key may ever reach it."""

    content = CLIP

    def routes(self) -> dict[str, Handler]:
        return {
            "GET /media/{name}": lambda seen: Response(self.content, media_type="video/mp4"),
            "POST /upload": lambda seen: Response(status_code=204),
        }


class Upstream(Server):
    """A provider. `files` is where its results lie; `key` is what every request must carry in `carries`."""

    key = "key-1234567890"

    def __init__(self, files: Files) -> None:
        super().__init__()
        self.files = files
        self.tasks: dict[str, Task] = {}
        self.states: list[Any] = ["waiting", "running", "done"]
        """What polls find, one after the other; also "failed" and "empty", which is done without a result."""
        self.failure: Any = None
        """Why, in the provider's shape, when it failed."""
        self.door = ""
        """Where calls of PUBLIC arrive."""
        self.hasty = False
        """Whether it calls before it answers a submit."""

    def make(self, hook: object = "") -> Task:
        """A new task."""
        name = f"task-{len(self.tasks) + 1}"
        self.tasks[name] = Task(id=name, states=list(self.states), hook=str(hook or ""))
        return self.tasks[name]

    def told(self, task: Task, state: str) -> Any:
        """What the documents say that its calls have in their body, of a task in this state."""
        raise NotImplementedError

    def signed(self, task: Task) -> dict[str, str]:
        """The headers that the documents say its calls have."""
        return {}

    async def tell(self, task: Task, state: str, body: bytes | None = None) -> httpx.Response:
        """Call the address of a task's submit and say that it is in this state, or send a body that says nothing."""
        content = json.dumps(self.told(task, state)).encode() if body is None else body
        address = task.hook.replace(PUBLIC, self.door, 1)
        headers = {"content-type": "application/json", **self.signed(task)}
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.post(address, content=content, headers=headers)

    async def _answer(self, request: Request, handler: Handler) -> Response:
        known = set(self.tasks)
        answered = await super()._answer(request, handler)
        for name in self.tasks.keys() - known if self.hasty else ():
            await self.tell(self.tasks[name], "done")
        return answered

    def media(self, name: str = "clip.mp4") -> str:
        """Where a result lies."""
        return f"{self.files.url}/media/{name}"


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    """A JSON answer; header names have underscores."""
    return JSONResponse(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


@asynccontextmanager
async def running(*servers: Server) -> AsyncIterator[None]:
    """Run servers while inside."""
    started = []
    try:
        for server in servers:
            config = uvicorn.Config(server.app(), log_level="critical", lifespan="off", access_log=False)
            config.load()
            state = ServerState()
            # Without uvicorn's own loop, which takes a tenth of a second to end.
            protocol = partial(config.http_protocol_class, config=config, server_state=state, app_state={})
            listening = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
            server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
            started.append((listening, state))
        yield
    finally:
        for listening, state in started:
            listening.close()
            for connection in list(state.connections):
                connection.shutdown()
