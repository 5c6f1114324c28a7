"""The composition root: every room's service, made from the settings and joined here and nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from msgspec import Struct

from rushes.accounts import TierTable, load_tiers
from rushes.accounts.allowance import grant_due
from rushes.accounts.notices import Notices
from rushes.accounts.passwords import Passwords
from rushes.accounts.resets import clear_resets
from rushes.accounts.sessions import clear_sessions
from rushes.catalog import Catalog, load_catalog
from rushes.cluster import Cluster, join_others
from rushes.db import Database, Misused, Unavailable
from rushes.db.opening import open_database
from rushes.disk import own_folder
from rushes.embedded import (
    EMBEDDED_EMBEDDINGS,
    EMBEDDED_TEXT,
    make_embeddings,
    make_engines,
    make_text_engine,
    make_translator,
)
from rushes.engines.contract import Engine
from rushes.engines.health import Board
from rushes.engines.local.cores import Cores
from rushes.engines.moderation import Moderator, make_moderator
from rushes.engines.watch import Watch
from rushes.ids import new_id
from rushes.jobs import Jobs, Texts
from rushes.jobs.events import News
from rushes.jobs.hooks import hook_maker
from rushes.jobs.intake import Intake, Limits
from rushes.jobs.routing import Router
from rushes.jobs.runner import Runner
from rushes.jobs.switches import switched_off
from rushes.jobs.worker import Worker
from rushes.library import Library
from rushes.library.blobs import BlobStore
from rushes.mail import Mailer, Outbox, Smtp
from rushes.net.guard import GuardedClient
from rushes.net.limits import Limiter
from rushes.node import Node
from rushes.observing.books import Books
from rushes.observing.metrics import Metrics
from rushes.observing.scrape import Scrape
from rushes.observing.tracing import TracingUnavailable, make_tracer
from rushes.observing.watching import Watching
from rushes.settings import Settings, SettingsError
from rushes.upstreams import Upstreams, join, limits_of, make_upstreams, no_double_names, warn_of_prices
from rushes.webhooks.policies import load_policies
from rushes.webhooks.sender import Render, Sender
from rushes.writing.translating import TranslationEngine

CLOUD_SLOTS = 5000
"""Jobs of one process that may wait on other services at a time."""
EDIT_SLOTS = 4
"""Pictures and sounds taken from the queue at a time; they are made one after the other, before any video."""
Formats = Callable[[Settings, str], Mapping[str, Render]]
"""Makes the writers of callbacks; the dialects have them, and this room does not know dialects."""


class Services(Struct, kw_only=True):
    """Everything a server, a worker or a command works with."""

    settings: Settings
    secret: str
    node: Node
    database: Database
    tiers: TierTable
    catalog: Catalog
    engines: Mapping[str, Engine]
    watch: Watch
    moderator: Moderator
    library: Library
    news: News
    jobs: Jobs
    texts: Texts
    embeddings: Texts
    translation: TranslationEngine
    webhooks: Sender
    intake: Intake
    passwords: Passwords
    notices: Notices
    limiter: Limiter
    cluster: Cluster
    client: GuardedClient
    worker: Worker | None
    watching: Watching
    scrape: Scrape
    books: Books
    leaving: asyncio.Event
    """Set once this process was told to end: it still answers, but should be sent nothing more."""

    async def close(self) -> None:
        """Stop the worker (its jobs go back to the queue), then the rest, in reverse order of making."""
        await self.books.close()
        if self.worker is not None:
            await self.worker.close(self.settings.shutdown_grace_seconds)
        await self.scrape.close()
        await self.watch.close()
        await self.notices.close()
        await self.texts.close()
        await self.embeddings.close()
        await self.moderator.close()
        await self.webhooks.close()
        await self.cluster.close()
        for engine in self.engines.values():
            await engine.close()
        await self.client.close()
        await self.database.close()
        await self.watching.close()
        self.node.close()


async def build(
    settings: Settings,
    *,
    worker: bool,
    formats: Formats | None = None,
    engines: Mapping[str, Engine] | None = None,
) -> Services:
    """Open the data folder and join the rooms.

    With `worker`, jobs are run in this process too, and callbacks sent when their `formats` are given. `engines`
    replaces those that the settings name (tests, benchmarks).
    """
    home = settings.home_path
    own_folder(home)
    tiers = load_tiers(
        enterprise_requests=settings.enterprise_requests_per_minute,
        enterprise_jobs=settings.enterprise_concurrent_jobs,
    )
    _ = tiers[settings.signup_tier]  # a wrong name stops the start, not the first sign-up
    mailer = make_mailer(settings)  # and so does a bad address of the mail server
    moderator = _moderator(settings)
    client = GuardedClient(allow_private=settings.net_allow_private)
    elsewhere = make_upstreams(settings, client) if engines is None else Upstreams()
    catalog = join(settings, load_catalog(), elsewhere)
    warn_of_prices(catalog, elsewhere)
    node = Node(home)
    news = News()
    secret = settings.secret or _kept_secret(home / "secret")
    blobs = BlobStore(settings.storage_url or str(home / "files"), settings.storage_options)
    database, cluster = await _joined(settings, node, news, secret, blobs)
    watching = _watching(settings, node)
    database.timed = watching.wrote
    library = Library(database, blobs)
    cores = Cores()
    text_engine = make_text_engine(settings, cores)
    translation = TranslationEngine(
        make_translator(settings, node.scratch, cores),
        text_engine if settings.text_upstream else None,
        node.scratch,
        model=settings.text_upstream_model,
    )
    if engines is None:
        local = {**make_engines(settings, node.scratch, cores), translation.name: translation}
        no_double_names(local, elsewhere)
        engines = {**local, **elsewhere.engines}
    board = Board()
    router = Router(engines, drafts=settings.drafts == "on", board=board)
    checks = worker or not database.shared
    watch = Watch(engines, board, lambda: database.read(switched_off()), checks=checks)
    wire = cluster.wire
    writers = formats(settings, secret) if formats is not None else {}
    webhooks = Sender(
        database, client, writers, load_policies(), secret, node.id, is_dead=node.is_dead, telemetry=watching
    )
    runner = Runner(
        database,
        library,
        news,
        node.id,
        node.scratch,
        retention_days=settings.retention_days,
        told=wire.told,
        router=router,
        catalog=catalog,
        hook=hook_maker(settings.public_url, secret),
        telemetry=watching,
    )
    running = None
    slots = {"local": settings.render_slots, "edit": EDIT_SLOTS, "cloud": CLOUD_SLOTS}
    if worker:
        running = Worker(
            database,
            engines,
            library,
            news,
            node,
            runner,
            slots={queue: slots[queue] for queue in settings.queue_names if queue in slots},
            run_limit=settings.run_limit_seconds,
            queue_limit=settings.queue_limit_seconds,
            limits=limits_of(catalog, elsewhere),
            chores=(partial(grant_due, tiers=tiers), clear_sessions, clear_resets, *cluster.chores),
            telemetry=watching,
            serves=watch.serves,
        )
    texts = Texts(
        database,
        text_engine,
        node.id,
        own=EMBEDDED_TEXT,
        stand_in=not settings.text_upstream,
        drafts=settings.drafts == "on",
        told=wire.told,
        judge=moderator.judge,
        telemetry=watching,
    )
    embeddings = Texts(
        database,
        make_embeddings(settings, node.scratch, cores),
        node.id,
        own=EMBEDDED_EMBEDDINGS,
        stand_in=True,
        drafts=settings.drafts == "on",
        told=wire.told,
        telemetry=watching,
    )

    wire.hands = running
    wire.stop_text = texts.cancel
    jobs = Jobs(
        database,
        catalog,
        router,
        news,
        quota=settings.quota_bytes,
        wake=wire.wake,
        stop=wire.stop,
        live=running.progress if running else _unknown,
        told=wire.told,
        judge=moderator.judge,
        telemetry=watching,
    )
    limits = Limits(
        image_bytes=settings.max_image_bytes,
        image_pixels=settings.max_image_pixels,
        video_bytes=settings.max_video_bytes,
        fetch_seconds=settings.fetch_timeout,
    )
    scrape = Scrape(watching.metrics, database, board, engines, running, home)
    books = Books(database, watching.metrics, settings.audit_seconds)
    await watch.start()
    if running is not None:
        await running.start()
        books.start()
        if writers and "webhooks" in settings.queue_names:
            wire.send_callbacks = webhooks.wake
            await webhooks.start()
    if cluster.channel is not None:
        cluster.channel.start()
    return Services(
        settings=settings,
        secret=secret,
        node=node,
        database=database,
        tiers=tiers,
        catalog=catalog,
        engines=engines,
        watch=watch,
        moderator=moderator,
        library=library,
        news=news,
        jobs=jobs,
        texts=texts,
        embeddings=embeddings,
        translation=translation,
        webhooks=webhooks,
        intake=Intake(client, library, node.scratch, limits),
        passwords=Passwords(cluster.tries),
        notices=Notices(database, mailer, cluster.limiter, settings.public_url or "this Rushes server"),
        limiter=cluster.limiter,
        cluster=cluster,
        client=client,
        worker=running,
        watching=watching,
        scrape=scrape,
        books=books,
        leaving=asyncio.Event(),
    )


def _watching(settings: Settings, node: Node) -> Watching:
    try:
        return Watching(Metrics(), make_tracer(settings.otel_endpoint, os.environ, node.id))
    except TracingUnavailable as error:
        raise SettingsError(f"otel_endpoint: {error}") from None


def _moderator(settings: Settings) -> Moderator:
    try:
        return make_moderator(
            settings.moderation, settings.moderation_url, settings.moderation_key, settings.moderation_model
        )
    except ValueError as error:
        raise SettingsError(str(error)) from None


def make_mailer(settings: Settings) -> Mailer:
    """How mails go out: through a server when one is set, else into the data folder."""
    if settings.smtp_url:
        return Smtp(settings.smtp_url, settings.mail_from)
    return Outbox(settings.home_path / "outbox", settings.mail_from)


async def _joined(
    settings: Settings, node: Node, news: News, secret: str, blobs: BlobStore
) -> tuple[Database, Cluster]:
    """The database, and this process among the others on it."""
    try:
        if settings.storage_url:
            await blobs.check()
        database = await open_database(
            node.home,
            settings.database_url,
            direct=settings.database_direct_url,
            sync=settings.database_sync,
            connections=settings.database_connections,
        )
        try:
            cluster = await join_others(database, settings.database_itself, node, news, secret, settings.storage_url)
        except BaseException:
            await database.close()
            raise
    except (Misused, Unavailable) as error:
        raise SettingsError(str(error)) from None
    return database, cluster


def _unknown(_: str) -> None:
    """No worker in this process: how far a job is, its row says."""


def _kept_secret(path: Path) -> str:
    """The secret of this data folder, made on first use and readable by its owner only.

    It has its name once it is whole: several processes may begin on a new folder at once.
    """
    if not path.exists():
        fresh = path.with_name(new_id("secret."))
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()
