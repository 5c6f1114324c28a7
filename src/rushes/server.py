"""Running the server: open the services, listen, and on a signal let requests and renders finish."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

from rushes.accounts.keys import any_key
from rushes.app import create_app, formats, worker_app
from rushes.db import Unavailable
from rushes.dialects.kit.gate import Gate, keep_flushing
from rushes.observing.logs import configure_logging
from rushes.services import Services, build
from rushes.settings import Settings

_YOUNG = 20_000
"""Objects that come to be, less those that went, between two collections."""


def serve(settings: Settings, announce: Callable[[str, bool], None]) -> None:
    """Serve until SIGINT or SIGTERM. `announce` is called with the address once requests are answered,
    and whether this data folder has no key yet."""
    configure_logging(settings.log_level, settings.log_format)
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        raise CannotListen(f"{settings.host}:{settings.port}: {error.strerror or error}") from None
    run(_serve(settings, listener, announce))


class CannotListen(Exception):
    """The address is taken, or is not this machine's."""


class _Server(uvicorn.Server):
    """Uvicorn without its own signals: it would send them on to us again before the services are closed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(settings: Settings, listener: socket.socket, announce: Callable[[str, bool], None]) -> None:
    services = await build(settings, worker=settings.worker, formats=formats)
    await serve_services(services, listener, announce)


async def serve_services(services: Services, listener: socket.socket, announce: Callable[[str, bool], None]) -> None:
    """Serve services that are built already, then close them."""
    settings = services.settings
    gate = Gate(services.database, services.tiers, services.limiter, services.secret)
    server = _server(create_app(services, gate), settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _leave, server, services, number)
    flushing = asyncio.create_task(keep_flushing(gate))
    announcing = asyncio.create_task(_announce(server, services, listener, announce))
    try:
        await server.serve(sockets=[listener])
    finally:
        announcing.cancel()
        flushing.cancel()
        with contextlib.suppress(Unavailable):
            await gate.flush()
        await services.close()


def _server(app: Any, settings: Settings) -> _Server:
    config = uvicorn.Config(
        app,
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # net/forwarded.py reads them, from proxies that the settings name
        timeout_graceful_shutdown=max(1, settings.shutdown_grace_seconds),
        backlog=2048,
    )
    return _Server(config)


def _leave(server: _Server, services: Services, number: int) -> None:
    """On a signal: say that we leave, answer for a while what still comes, then finish what is under way and end.

    A person at the keyboard (SIGINT), or a second signal, waits for none of it.
    """
    at_once = number == signal.SIGINT or services.leaving.is_set()
    services.leaving.set()

    def end() -> None:
        services.news.close()  # so that streams of a job's news end like streams that are over
        server.handle_exit(number, None)

    asyncio.get_running_loop().call_later(0 if at_once else services.settings.drain_seconds, end)


async def _announce(
    server: uvicorn.Server, services: Services, listener: socket.socket, announce: Callable[[str, bool], None]
) -> None:
    while not server.started:
        await asyncio.sleep(0.005)
    host, port = listener.getsockname()[:2]
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    address = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
    try:
        first = not await services.database.read(any_key())
    except Unavailable:  # it answers all the same
        first = False
    announce(services.settings.public_url or address, first)


def work(settings: Settings) -> None:
    """Run jobs without serving HTTP, until SIGINT or SIGTERM."""
    configure_logging(settings.log_level, settings.log_format)
    run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    listener = listen(settings.host, settings.worker_port) if settings.worker_port else None
    services = await build(settings, worker=True, formats=formats)
    probes = _server(worker_app(services), settings) if listener else None
    answering = asyncio.create_task(probes.serve(sockets=[listener])) if probes and listener else None
    try:
        await stop.wait()
    finally:
        services.leaving.set()
        await services.close()
        if probes is not None and answering is not None:
            probes.should_exit = True
            await answering


def run(main: Any) -> None:
    """Run a coroutine on the fastest event loop there is."""
    # What is loaded by now stays, and needs no looking through; requests leave few cycles. By the usual thresholds, a
    # seventh of a busy server's computing goes into looking for them.
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 50)
    factory = None
    if sys.platform != "win32":
        import uvloop

        factory = uvloop.new_event_loop
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.set_inheritable(False)
    return listener
