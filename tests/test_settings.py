"""Settings: defaults, file, environment, command line; a bad value is a clear error."""

from __future__ import annotations

from pathlib import Path

import pytest

from rushes.settings import SettingsError, load, shown


def test_defaults(tmp_path: Path) -> None:
    settings = load({"RUSHES_HOME": str(tmp_path)})
    assert (settings.port, settings.retention_days, settings.drafts) == (8787, 15, "on")


def test_the_later_source_wins(tmp_path: Path) -> None:
    (tmp_path / "rushes.toml").write_text('port = 1000\nretention_days = 3\npublic_url = "https://a.example"\n')
    environ = {"RUSHES_HOME": str(tmp_path), "RUSHES_PORT": "2000", "RUSHES_RETENTION_DAYS": "4"}
    settings = load(environ, {"port": 3000, "host": None})
    assert (settings.port, settings.retention_days, settings.public_url) == (3000, 4, "https://a.example")
    assert settings.host == "127.0.0.1"


@pytest.mark.parametrize("text", ["1", "true", "yes", "on", "ON"])
def test_switches(tmp_path: Path, text: str) -> None:
    assert load({"RUSHES_HOME": str(tmp_path), "RUSHES_NET_ALLOW_PRIVATE": text}).net_allow_private is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RUSHES_PORT", "eighty"),
        ("RUSHES_PORT", "70000"),
        ("RUSHES_DRAFTS", "perhaps"),
        ("RUSHES_RETENTION_DAYS", "-1"),
        ("RUSHES_LOG_LEVEL", "loud"),
        ("RUSHES_WORKER", "maybe"),
        ("RUSHES_PUBLIC_URL", "media.example.com"),
        ("RUSHES_TEXT_UPSTREAM", "localhost:11434/v1"),
        ("RUSHES_OTEL_ENDPOINT", "collector:4318"),
    ],
)
def test_a_bad_variable_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"(?i){name}|{name.removeprefix('RUSHES_')}"):
        load({"RUSHES_HOME": str(tmp_path), name: value})


def test_the_words_that_a_setting_takes_are_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="one of debug, info, warning, error"):
        load({"RUSHES_HOME": str(tmp_path), "RUSHES_LOG_LEVEL": "loud"})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "rushes.toml").mkdir()
    with pytest.raises(SettingsError, match=r"rushes\.toml cannot be read"):
        load({"RUSHES_HOME": str(tmp_path)})


@pytest.mark.parametrize(
    ("text", "words"),
    [("port = 'x'", "port"), ("colour = 1", "colour"), ("port = ", "TOML"), ("port = 99999", "port")],
)
def test_a_bad_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "rushes.toml").write_text(text)
    with pytest.raises(SettingsError, match=words) as caught:
        load({"RUSHES_HOME": str(tmp_path)})
    assert "rushes.toml" in str(caught.value)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.toml"):
        load({"RUSHES_HOME": str(tmp_path), "RUSHES_CONFIG": str(tmp_path / "missing.toml")})


def test_secrets_are_masked(tmp_path: Path) -> None:
    values = shown(load({"RUSHES_HOME": str(tmp_path), "RUSHES_SECRET": "very secret"}))
    assert "very secret" not in str(values)
    assert values["secret"] == "********"
