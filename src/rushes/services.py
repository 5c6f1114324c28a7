"""The composition root: every room's service, made from the settings and joined here and nowhere else."""

from __future__ import annotations

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
from rushes.db import Database, SqliteDatabase, migrate
from rushes.engines.contract import Engine, Mode
from rushes.engines.health import Board
from rushes.engines.local.cores import Cores
from rushes.engines.local.engine import LocalEngine
from rushes.engines.local.host import RenderHost
from rushes.engines.local.translation.engine import LocalTranslator
from rushes.engines.moderation import Moderator, make_moderator
from rushes.engines.text import TextEngine
from rushes.engines.watch import Watch
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
from rushes.net.limits import WindowLimiter
from rushes.node import Node
from rushes.settings import Settings, SettingsError
from rushes.upstreams import Upstreams, join, limits_of, make_upstreams, no_double_names, warn_of_prices
from rushes.webhooks.policies import load_policies
from rushes.webhooks.sender import Render, Sender
from rushes.writing.translating import TranslationEngine

CLOUD_SLOTS = 5000
"""Jobs of one process that may wait on other services at a time."""
QUICK_SLOTS = 4
"""Pictures and sounds taken from the queue at a time; they are made one after the other, before any video."""
EMBEDDED_TEXT = "qwen2.5-1.5b"
"""The model that the embedded text engine is."""
LOCAL: dict[str, frozenset[Mode]] = {
    "composer": frozenset(
        {
            Mode.TEXT_TO_VIDEO,
            Mode.IMAGE_TO_VIDEO,
            Mode.FIRST_LAST_FRAME,
            Mode.REFERENCE_TO_VIDEO,
            Mode.VIDEO_TO_VIDEO,
            Mode.SOUND_TO_VIDEO,
            Mode.MOTION_TRANSFER,
            Mode.TEXT_TO_IMAGE,
            Mode.IMAGE_TO_IMAGE,
        }
    ),
    "speech": frozenset({Mode.TEXT_TO_SPEECH}),
    "hearing": frozenset({Mode.SPEECH_TO_TEXT}),
    "music": frozenset({Mode.TEXT_TO_AUDIO}),
    "upscale": frozenset({Mode.UPSCALE_IMAGE, Mode.UPSCALE_VIDEO}),
    "interpolate": frozenset({Mode.INTERPOLATE_VIDEO}),
    "matting": frozenset({Mode.REMOVE_BACKGROUND}),
    "style": frozenset({Mode.IMAGE_TO_IMAGE, Mode.VIDEO_TO_VIDEO}),
    "faces": frozenset({Mode.FACE_SWAP}),
    "denoise": frozenset({Mode.DENOISE_AUDIO}),
    "editing": frozenset({Mode.EDIT, Mode.VIDEO_TO_IMAGE}),
}
"""What the embedded engines do, by name (engines/local/child.py has their functions)."""
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
    translation: TranslationEngine
    webhooks: Sender
    intake: Intake
    passwords: Passwords
    notices: Notices
    limiter: WindowLimiter
    client: GuardedClient
    worker: Worker | None

    async def close(self) -> None:
        """Stop the worker (its jobs go back to the queue), then the rest, in reverse order of making."""
        if self.worker is not None:
            await self.worker.close(self.settings.shutdown_grace_seconds)
        await self.watch.close()
        await self.notices.close()
        await self.texts.close()
        await self.moderator.close()
        await self.webhooks.close()
        for engine in self.engines.values():
            await engine.close()
        await self.client.close()
        await self.database.close()
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
    home.mkdir(parents=True, exist_ok=True)
    database_path = home / "rushes.db"
    migrate.upgrade(database_path)
    tiers = load_tiers(
        enterprise_requests=settings.enterprise_requests_per_minute,
        enterprise_jobs=settings.enterprise_concurrent_jobs,
    )
    _ = tiers[settings.signup_tier]  # a wrong name stops the start, not the first sign-up
    mailer = make_mailer(settings)  # and so does a bad address of the mail server
    limiter = WindowLimiter()
    moderator = _moderator(settings)
    client = GuardedClient(allow_private=settings.net_allow_private)
    elsewhere = make_upstreams(settings, client) if engines is None else Upstreams()
    catalog = join(settings, load_catalog(), elsewhere)
    warn_of_prices(catalog, elsewhere)
    node = Node(home)
    database = SqliteDatabase(database_path, sync=settings.database_sync)
    library = Library(database, BlobStore(str(home / "files")))
    news = News()
    cores = Cores()
    text_engine = make_text_engine(settings, cores)
    translation = TranslationEngine(
        LocalTranslator(),
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
    watch = Watch(engines, board, lambda: database.read(switched_off()))
    secret = settings.secret or _kept_secret(home / "secret")
    writers = formats(settings, secret) if formats is not None else {}
    webhooks = Sender(database, client, writers, load_policies(), secret, node.id, is_dead=node.is_dead)
    runner = Runner(
        database,
        library,
        news,
        node.id,
        node.scratch,
        retention_days=settings.retention_days,
        told=webhooks.wake,
        router=router,
        catalog=catalog,
        hook=hook_maker(settings.public_url, secret),
    )
    running = None
    if worker:
        running = Worker(
            database,
            engines,
            library,
            news,
            node,
            runner,
            slots={"local": settings.render_slots, "quick": QUICK_SLOTS, "cloud": CLOUD_SLOTS},
            run_limit=settings.run_limit_seconds,
            queue_limit=settings.queue_limit_seconds,
            limits=limits_of(catalog, elsewhere),
            chores=(partial(grant_due, tiers=tiers), clear_sessions, clear_resets),
        )
    texts = Texts(
        database,
        text_engine,
        node.id,
        own=EMBEDDED_TEXT,
        stand_in=not settings.text_upstream,
        drafts=settings.drafts == "on",
        told=webhooks.wake,
        judge=moderator.judge,
    )

    def stop(job: str) -> None:
        texts.cancel(job)
        if running is not None:
            running.stop_job(job)

    jobs = Jobs(
        database,
        catalog,
        router,
        news,
        quota=settings.quota_bytes,
        wake=running.wake if running else _nobody,
        stop=stop,
        live=running.progress if running else _nobody,
        told=webhooks.wake,
        judge=moderator.judge,
    )
    limits = Limits(
        image_bytes=settings.max_image_bytes,
        image_pixels=settings.max_image_pixels,
        video_bytes=settings.max_video_bytes,
        fetch_seconds=settings.fetch_timeout,
    )
    await watch.start()
    if running is not None:
        await running.start()
        if writers:
            await webhooks.start()
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
        translation=translation,
        webhooks=webhooks,
        intake=Intake(client, library, node.scratch, limits),
        passwords=Passwords(),
        notices=Notices(database, mailer, limiter, settings.public_url or "this Rushes server"),
        limiter=limiter,
        client=client,
        worker=running,
    )


def make_engines(settings: Settings, scratch: Path, cores: Cores) -> dict[str, Engine]:
    """The engines this server has, by name."""
    host = RenderHost(
        cores,
        slots=settings.render_slots,
        idle_seconds=settings.local_idle_seconds,
        memory_bytes=settings.local_memory_bytes,
    )
    options = {
        "models": str(settings.home_path / "models"),
        "cache": str(settings.home_path / "cache"),
        "offline": settings.models_offline,
    }
    return {name: LocalEngine(name, modes, host, scratch, options) for name, modes in LOCAL.items()}


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


def make_text_engine(settings: Settings, cores: Cores) -> TextEngine | None:
    """What writes texts: an upstream when one is named, else the embedded model, unless it is off."""
    if settings.text_upstream:
        import httpx

        from rushes.engines.upstream_text.engine import UpstreamText

        client = httpx.AsyncClient(trust_env=False)
        return UpstreamText(
            client, settings.text_upstream, settings.text_upstream_key, model=settings.text_upstream_model
        )
    if settings.text_model == "off":
        return None
    from rushes.engines.local.llm.engine import LocalText

    return LocalText(
        settings.home_path / "models",
        group=settings.text_model,
        offline=settings.models_offline,
        idle_seconds=settings.local_idle_seconds,
        # All of them: longer work is paused meanwhile.
        threads=os.cpu_count() or 1,
        cores=cores,
    )


def _nobody(_: str) -> None:
    """No worker in this process: one of another process looks by itself, and knows."""


def _kept_secret(path: Path) -> str:
    """The secret of this data folder, made on first use and readable by its owner only."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32))
    return path.read_text().strip()
