"""The operator's settings: defaults, then a TOML file, then `RUSHES_*` variables; the later one wins."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from rushes.engines.cloud.table import PROVIDERS
from rushes.net.forwarded import networks
from rushes.processors import processors

Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[int, Meta(ge=0)]
Switch = Literal["on", "off"]

PREFIX = "RUSHES_"
_PROVIDERS = "RUSHES_PROVIDERS"
_NAME = re.compile("[a-z0-9][a-z0-9_-]{0,40}")
SECRETS = frozenset(
    {
        "secret",
        "text_upstream_key",
        "smtp_url",
        "moderation_key",
        "database_url",
        "database_direct_url",
        "storage_options",
    }
)
"""Fields that `rushes config show` masks, and the keys of providers."""
_ADDRESSES = ("public_url", "text_upstream", "otel_endpoint")
_MASKED = "********"
QUEUES = ("local", "edit", "cloud", "webhooks")
"""What there is to do: renders of this machine, its short work, waiting on other services, callbacks."""


class SettingsError(Exception):
    """A setting has a value that cannot be used. The message names the setting and where it came from."""


class ProviderSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider that the operator names: `[providers.NAME]`. `kind` is one of engines/cloud/table.py.

    `url` replaces the provider's usual address. `models` are further routes, by catalogue id the provider's own name.
    At most `slots` jobs wait on it at a time and `per_minute` begin; 0 is no limit.
    """

    kind: str
    key: str = ""
    url: str = ""
    models: dict[str, str] = {}
    slots: NotNegative = 0
    per_minute: NotNegative = 0


class Settings(Struct, frozen=True, kw_only=True):
    """Every setting with its default. Sizes in bytes, times in seconds, unless the name says otherwise."""

    home: str = ".rushes"
    """Folder of everything the server keeps: database, files, models."""
    host: str = "127.0.0.1"
    port: Port = 8787
    worker_port: Port = 0
    """Port at which `rushes worker` answers /healthz, /readyz and /metrics; 0: none."""
    trusted_proxies: str = ""
    """Addresses or networks (10.0.0.0/8), separated by commas, whose X-Forwarded-For and -Proto are believed."""
    public_url: str = ""
    """Address that clients reach us at, for links in answers. Empty: the request's own Host."""
    secret: str = ""
    """Signs session tokens and file links. Empty: made once and kept in the data folder."""
    database_url: str = ""
    """PostgreSQL that all nodes share: postgresql://user:password@host:port/database. Empty: SQLite in home."""
    database_direct_url: str = ""
    """The same PostgreSQL itself, where database_url is that of a pooler which keeps no sessions (PgBouncer in
    transaction mode): for news between nodes and for migrations."""
    database_connections: Annotated[int, Meta(ge=2)] = 10
    """Connections to PostgreSQL of each process; half of them only read. One more waits for news."""
    database_sync: Literal["full", "normal"] = "full"
    """Of SQLite: `full` survives a power cut, `normal` a crash of the process only."""
    storage_url: str = ""
    """Where files are kept: s3://bucket/prefix, gs://…, az://…. Empty: home/files, one machine's own."""
    storage_options: dict[str, str] = {}
    """What obstore is told of it (aws_access_key_id, aws_endpoint, …), beside the usual AWS_* variables."""
    registration: Literal["open", "closed"] = "open"
    signup_credits: NotNegative = 0
    signup_tier: str = "free"
    smtp_url: str = ""
    """Server for mails to users: smtp://user:password@host:587 or smtps://…:465. Empty: files in home/outbox."""
    mail_from: str = "Rushes <rushes@localhost>"
    enterprise_requests_per_minute: NotNegative = 0
    """0 means no limit."""
    enterprise_concurrent_jobs: NotNegative = 0
    """0 means no limit."""
    drafts: Switch = "on"
    """Whether the composer stands in for models that have no engine of their own."""
    providers: dict[str, ProviderSettings] = {}
    """Other services that make media, by the operator's names for them."""
    comfyui: str = ""
    """Addresses of ComfyUI servers, separated by commas."""
    comfyui_workflows: str = ""
    """Folder of the operator's own workflows for them."""
    margin: Annotated[float, Meta(ge=-100, le=10_000)] = 0.0
    """Percent of a route's cost that prices should leave; prices.toml in the data folder has it by model."""
    below_margin: Literal["warn", "skip"] = "warn"
    """What to do with routes that leave less: say so at the start, or not take them."""
    moderation: Literal["rules", "upstream", "off"] = "rules"
    """What judges prompts: our own rules, an upstream after them, or nothing."""
    moderation_url: str = ""
    """Address of an OpenAI-compatible service (…/v1) that has /moderations."""
    moderation_key: str = ""
    moderation_model: str = ""
    net_allow_private: bool = False
    """Whether outbound requests may go to loopback and private addresses (tests, intranets)."""
    fetch_timeout: Positive = 20
    max_body: Positive = 10_000_000
    max_image_bytes: Positive = 10_000_000
    max_image_pixels: Positive = 40_000_000
    max_video_bytes: Positive = 200_000_000
    retention_days: NotNegative = 15
    """How long generated files are kept; 0 keeps them for ever."""
    quota_bytes: NotNegative = 0
    """Storage allowed per account; 0 means no limit."""
    worker: bool = True
    """Whether `rushes serve` also runs jobs."""
    queues: str = "local,edit,cloud,webhooks"
    """What a process that runs jobs does of it all, separated by commas."""
    local_concurrency: NotNegative = 0
    """Renders at a time on this machine; 0: half the cores, at least one."""
    local_idle_seconds: Positive = 120
    """A render process with nothing to do is stopped after this."""
    local_memory_bytes: NotNegative = 0
    """Address space of each render process; 0 means no limit. Neural engines need about 4 GB of it."""
    run_limit_seconds: Positive = 1800
    """Wall limit of a job from its start; waiting in the queue is not counted."""
    queue_limit_seconds: Positive = 86400
    """Wall limit of waiting in the queue."""
    shutdown_grace_seconds: NotNegative = 10
    """How long a stopping server waits for running renders before it puts them back in the queue."""
    drain_seconds: NotNegative = 1
    """How long a server that was told to end still answers, while /readyz says 503, so that proxies turn elsewhere."""
    audit_seconds: NotNegative = 3600
    """How often a process that runs jobs audits the books, for the metrics; 0: never."""
    otel_endpoint: str = ""
    """OpenTelemetry collector (OTLP over HTTP) that traces go to. Empty: OTEL_EXPORTER_OTLP_ENDPOINT, or none."""
    local_memory_total_bytes: NotNegative = 0
    """What all render processes may hold together: above it idle ones are stopped and no further video is begun beside
    another; 0 means no limit."""
    models_offline: bool = False
    """Never download model weights."""
    ffmpeg: str = ""
    """Program that makes edits. Empty: the one that came with us."""
    accept_licences: str = ""
    """Licences of weights that restrict their use and that you agree to, by commas; see `rushes models list`."""
    text_model: Literal["llm", "llm_small", "llm_tiny", "off"] = "llm"
    """The embedded text model: Qwen2.5 1.5B, 0.5B, SmolLM2 135M, or none."""
    text_upstream: str = ""
    """Address of an OpenAI-compatible service (…/v1) that writes texts instead of the embedded model."""
    text_upstream_key: str = ""
    text_upstream_model: str = ""
    """The upstream's model. Empty: the name the caller used."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "console"] = "auto"

    @property
    def queue_names(self) -> tuple[str, ...]:
        return tuple(name.strip() for name in self.queues.split(",") if name.strip())

    @property
    def database_itself(self) -> str:
        """PostgreSQL's own address, not that of a pooler before it; empty for SQLite."""
        return self.database_direct_url or self.database_url

    @property
    def home_path(self) -> Path:
        return Path(self.home).expanduser().absolute()

    @property
    def render_slots(self) -> int:
        return min(self.local_concurrency or max(1, processors() // 2), processors())

    @property
    def licences(self) -> frozenset[str]:
        """Those of accept_licences."""
        return frozenset(name.strip() for name in self.accept_licences.split(",") if name.strip())


def load(environ: Mapping[str, str], overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings from `environ`, its TOML file and `overrides` (the command line).

    The file is `RUSHES_CONFIG`, or `rushes.toml` in the data folder. Raises SettingsError.
    """
    explicit = {key: value for key, value in (overrides or {}).items() if value is not None}
    home = explicit.get("home") or environ.get(PREFIX + "HOME") or Settings().home
    named = environ.get(PREFIX + "CONFIG")
    path = Path(named) if named else Path(home).expanduser() / "rushes.toml"
    values: dict[str, Any] = {}
    for key, value in _read_file(path, required=named is not None).items():
        values[key] = _convert(key, value, f"{path}")
    providers = _named_providers(environ, values.get("providers", {}))
    for name, text in environ.items():
        key = name.removeprefix(PREFIX).lower()
        if name.startswith(PREFIX) and name != _PROVIDERS and key in Settings.__struct_fields__:
            values[key] = _convert(key, text, f"environment variable {name}")
    if providers:
        values["providers"] = providers
    for key, value in explicit.items():
        values[key] = _convert(key, value, f"option --{key.replace('_', '-')}")
    _check_networks(values.get("trusted_proxies", ""))
    _check_addresses(values)
    settings = Settings(**values)
    if unknown := [name for name in settings.queue_names if name not in QUEUES]:
        raise SettingsError(f"queues: {unknown[0]!r} is none of {', '.join(QUEUES)}")
    if settings.database_direct_url and not settings.database_url:
        raise SettingsError("database_direct_url is the second address of database_url's PostgreSQL: set that too")
    return settings


def _check_networks(text: str) -> None:
    try:
        networks(text)
    except ValueError as error:
        raise SettingsError(f"trusted_proxies = {text!r} cannot be used: {error}") from None


def _check_addresses(values: Mapping[str, Any]) -> None:
    for key in _ADDRESSES:
        if values.get(key) and not values[key].startswith(("http://", "https://")):
            raise SettingsError(f"{key} = {values[key]!r} cannot be used: it must begin with http:// or https://")


def shown(settings: Settings) -> dict[str, Any]:
    """The effective settings with secrets masked."""
    values = msgspec.to_builtins(settings)
    for provider in values["providers"].values():
        provider["key"] = _MASKED if provider["key"] else ""
    return {key: _MASKED if key in SECRETS and value else value for key, value in values.items()}


def provider_variables(kind: str) -> dict[str, str]:
    """The environment variables of a kind of provider, by the field that they set."""
    stem = PREFIX + re.sub(r"[^A-Z0-9]", "_", kind.upper())
    return {field: f"{stem}_{field.upper()}" for field in ("key", "url")}


def _named_providers(environ: Mapping[str, str], named: dict[str, ProviderSettings]) -> dict[str, ProviderSettings]:
    """The file's providers, those of RUSHES_PROVIDERS (JSON), and for each kind RUSHES_<KIND>_KEY and _URL, which name
    one of that kind, or add to the one that is called so. Raises SettingsError.
    """
    found = dict(named)
    if text := environ.get(_PROVIDERS):
        try:
            found |= msgspec.json.decode(text, type=dict[str, ProviderSettings])
        except msgspec.DecodeError as error:  # the text may hold keys: it is not shown
            raise SettingsError(f"environment variable {_PROVIDERS} cannot be used: {error}") from None
    for kind in PROVIDERS:
        given = {field: environ[name] for field, name in provider_variables(kind).items() if environ.get(name)}
        if given:
            found[kind] = msgspec.structs.replace(found.get(kind, ProviderSettings(kind=kind)), **given)
    for name, provider in found.items():
        if not _NAME.fullmatch(name):
            raise SettingsError(f"providers: {name!r} is no name: small letters, digits, - and _ only")
        if provider.kind not in PROVIDERS:
            raise SettingsError(f"providers.{name}: kind {provider.kind!r} is none of {', '.join(PROVIDERS) or '-'}")
        if provider.url and not provider.url.startswith(("http://", "https://")):
            raise SettingsError(f"providers.{name}: url must begin with http:// or https://")
    return found


def _read_file(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text())
    except FileNotFoundError:
        if required:
            raise SettingsError(f"settings file {path} (named by {PREFIX}CONFIG) does not exist") from None
        return {}
    except OSError as error:
        raise SettingsError(f"settings file {path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {path} is not valid TOML: {error}") from None
    unknown = sorted(set(values) - set(Settings.__struct_fields__))
    if unknown:
        raise SettingsError(f"settings file {path}: unknown setting {unknown[0]!r}")
    return values


_TYPES = {field.name: field.type for field in msgspec.structs.fields(Settings)}
_WORDS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def _convert(key: str, value: Any, source: str) -> Any:
    if key == "providers":
        return _providers(value, source)
    kind = _TYPES[key]
    if kind is bool and isinstance(value, str):
        value = _WORDS.get(value.lower(), value)
    shown = _MASKED if key in SECRETS else repr(value)
    try:
        if key == "storage_options" and isinstance(value, str):
            value = msgspec.json.decode(value or "{}")
        return msgspec.convert(value, kind, strict=False)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        reason = f"one of {', '.join(get_args(kind))}" if get_origin(kind) is Literal else str(error)
        raise SettingsError(f"{source}: {key} = {shown} cannot be used: {reason}") from None


def _providers(value: Any, source: str) -> dict[str, ProviderSettings]:
    """Providers of a file. A value that cannot be used is not shown: it may be a key."""
    try:
        return msgspec.convert(value, dict[str, ProviderSettings])
    except msgspec.ValidationError as error:
        raise SettingsError(f"{source}: providers cannot be used: {error}") from None
