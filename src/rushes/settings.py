"""The operator's settings: defaults, then a TOML file, then `RUSHES_*` variables; the later one wins."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[int, Meta(ge=0)]
Switch = Literal["on", "off"]

PREFIX = "RUSHES_"
SECRETS = frozenset({"secret", "text_upstream_key", "smtp_url"})
"""Fields that `rushes config show` masks."""


class SettingsError(Exception):
    """A setting has a value that cannot be used. The message names the setting and where it came from."""


class Settings(Struct, frozen=True, kw_only=True):
    """Every setting with its default. Sizes in bytes, times in seconds, unless the name says otherwise."""

    home: str = ".rushes"
    """Folder of everything the server keeps: database, files, models."""
    host: str = "127.0.0.1"
    port: Port = 8787
    public_url: str = ""
    """Address that clients reach us at, for links in answers. Empty: the request's own Host."""
    secret: str = ""
    """Signs session tokens and file links. Empty: made once and kept in the data folder."""
    database_sync: Literal["full", "normal"] = "full"
    """`full` survives a power cut, `normal` a crash of the process only."""
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
    models_offline: bool = False
    """Never download model weights."""
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
    def home_path(self) -> Path:
        return Path(self.home).expanduser().absolute()

    @property
    def render_slots(self) -> int:
        return self.local_concurrency or max(1, (os.cpu_count() or 2) // 2)


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
    for name, text in environ.items():
        key = name.removeprefix(PREFIX).lower()
        if name.startswith(PREFIX) and key in Settings.__struct_fields__:
            values[key] = _convert(key, text, f"environment variable {name}")
    for key, value in explicit.items():
        values[key] = _convert(key, value, f"option --{key.replace('_', '-')}")
    return Settings(**values)


def shown(settings: Settings) -> dict[str, Any]:
    """The effective settings with secrets masked."""
    values = msgspec.to_builtins(settings)
    return {key: "********" if key in SECRETS and value else value for key, value in values.items()}


def _read_file(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text())
    except FileNotFoundError:
        if required:
            raise SettingsError(f"settings file {path} (named by {PREFIX}CONFIG) does not exist") from None
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {path} is not valid TOML: {error}") from None
    unknown = sorted(set(values) - set(Settings.__struct_fields__))
    if unknown:
        raise SettingsError(f"settings file {path}: unknown setting {unknown[0]!r}")
    return values


_TYPES = {field.name: field.type for field in msgspec.structs.fields(Settings)}
_WORDS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def _convert(key: str, value: Any, source: str) -> Any:
    kind = _TYPES[key]
    if kind is bool and isinstance(value, str):
        value = _WORDS.get(value.lower(), value)
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{source}: {key} = {value!r} cannot be used: {error}") from None
