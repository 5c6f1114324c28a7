"""`rushes generate`: the same order to a server far away, or to one inside this very process."""

from __future__ import annotations

import asyncio
import base64
import json
import mimetypes
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from rushes.library.service import suffix
from rushes.settings import Settings

_LOCAL_EMAIL = "local@localhost.localdomain"
_LOCAL_CREDITS = 1_000_000


class Failure(Exception):
    """The generation could not be made; the message says why."""


class Order(Struct, frozen=True, kw_only=True):
    """What to make. Pictures and clips are local files."""

    prompt: str
    model: str
    image: Path | None
    end_image: Path | None
    references: tuple[Path, ...]
    seconds: float | None
    size: str | None
    seed: int | None
    sound: bool


def make(
    settings: Settings, order: Order, out: Path | None, *, server: str | None, key: str | None, as_json: bool
) -> Path:
    """Have `order` made with a progress bar, save the result, say where. Raises Failure."""
    console = Console(stderr=True, quiet=as_json)
    body = _body(order)
    if out is not None:
        _check_place(out)
    if server:
        if not key:
            raise Failure("a server needs an API key: --key or RUSHES_KEY")
        if not key.isascii():
            raise Failure("the API key is not valid: keys are ASCII")
        if not server.startswith(("http://", "https://")):
            raise Failure(f"{server!r} is no server's address: it begins with http:// or https://")
        with httpx.Client(
            base_url=server, headers={"Authorization": f"Bearer {key}"}, timeout=httpx.Timeout(30, read=None)
        ) as client:
            done, data = _remote(client, body, console)
    else:
        done, data = asyncio.run(_embedded(settings, body, console))
    path = out or Path(done["id"] + suffix(done["outputs"][0]["mime"]))
    path.write_bytes(data)
    result = {
        "file": str(path.absolute()),
        "id": done["id"],
        "engine": done["engine"],
        "seed": done["seed"],
        "cost": done["cost"],
        "warnings": done["warnings"],
    }
    if as_json:
        print(json.dumps(result))
    else:
        for warning in done["warnings"]:
            console.print(f"note: {warning}", style="yellow", markup=False)
        console.print(f"Saved {result['file']} (engine {done['engine']}, seed {done['seed']})", markup=False)
    return path


def _check_place(out: Path) -> None:
    """Before anything is made and paid for: could a file be put there? Raises Failure."""
    if out.is_dir():
        raise Failure(f"{out} is a folder: name the file to save as")
    if not os.access(out if out.exists() else out.absolute().parent, os.W_OK):
        raise Failure(f"{out} cannot be written to")


def _body(order: Order) -> dict[str, Any]:
    body: dict[str, Any] = {"prompt": order.prompt, "model": order.model, "sound": order.sound}
    for name in ("seconds", "size", "seed"):
        if getattr(order, name) is not None:
            body[name] = getattr(order, name)
    for name in ("image", "end_image"):
        path = getattr(order, name)
        if path is not None:
            body[name] = _data_url(path)
    if order.references:
        body["references"] = [_data_url(path) for path in order.references]
    return body


def _data_url(path: Path) -> str:
    mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"data:{mime};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _remote(client: httpx.Client, body: dict[str, Any], console: Console) -> tuple[dict[str, Any], bytes]:
    try:
        answer = client.post("/rushes/v1/generations", json=body)
        job = _accepted(answer)
        done = _watched(_events(client, job["id"]), console)
        data = client.get(done["outputs"][0]["url"], headers={"Authorization": ""})
        data.raise_for_status()
    except (httpx.TransportError, httpx.HTTPStatusError, httpx.InvalidURL) as error:
        raise Failure(f"the server cannot be reached: {error}") from None
    return done, data.content


def _accepted(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        raise Failure(f"the server answered {answer.status_code}, and no JSON") from None
    if answer.status_code >= 400:
        error = body.get("error")
        raise Failure(str(error.get("message") if isinstance(error, dict) else error))
    return dict(body)


def _events(client: httpx.Client, job: str) -> Iterator[dict[str, Any]]:
    with client.stream("GET", f"/rushes/v1/generations/{job}/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line[6:])


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, disable=console.quiet)


def _watched(states: Iterator[dict[str, Any]], console: Console) -> dict[str, Any]:
    with _bar(console) as bar:
        task = bar.add_task("queued", total=1.0)
        for state in states:
            bar.update(task, description=state["state"], completed=state["progress"])
            if state["state"] in ("succeeded", "failed", "cancelled"):
                return _ended(state)
    raise Failure("the server stopped telling about this generation; ask it again later")


def _ended(state: dict[str, Any]) -> dict[str, Any]:
    if state["state"] != "succeeded":
        raise Failure(f"{state['state']}: {state.get('failure', {}).get('message', '')}")
    return state


async def _embedded(settings: Settings, body: dict[str, Any], console: Console) -> tuple[dict[str, Any], bytes]:
    async with _own_server(settings) as client:
        job = _accepted(await client.post("/rushes/v1/generations", json=body))
        with _bar(console) as bar:
            task = bar.add_task("queued", total=1.0)
            while True:
                state = (await client.get(f"/rushes/v1/generations/{job['id']}")).json()
                bar.update(task, description=state["state"], completed=state["progress"])
                if state["state"] in ("succeeded", "failed", "cancelled"):
                    break
                await asyncio.sleep(0.1)
        done = _ended(state)
        data = await client.get(done["outputs"][0]["url"], headers={"Authorization": ""})
        return done, data.content


@asynccontextmanager
async def _own_server(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The whole server inside this process, spoken to without a socket."""
    from rushes.app import create_app
    from rushes.cli import operator
    from rushes.dialects.kit.gate import Gate
    from rushes.observing.logs import configure_logging
    from rushes.services import build

    configure_logging("error", settings.log_format)
    made = await operator.create_key(settings, _LOCAL_EMAIL, _LOCAL_CREDITS, "enterprise", "rushes", "embedded")
    services = await build(settings, worker=True)
    gate = Gate(services.database, services.tiers, services.limiter, services.secret)
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(services, gate)),
            base_url="http://embedded",
            headers={"Authorization": f"Bearer {made['key']}"},
            timeout=httpx.Timeout(60),
        ) as client:
            yield client
    finally:
        await services.close()
        await operator.revoke_key(settings, _LOCAL_EMAIL, made["id"])
