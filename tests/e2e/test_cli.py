"""The command line, as a person and as a script would use it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import av
import pytest

from rushes import __version__
from tests.driving import POSTGRES
from tests.e2e.peer import png
from tests.e2e.server import RUSHES, Server, files_on_disk


def test_help_names_every_command(fresh: Server) -> None:
    text = fresh.cli("--help").stdout
    for command in ("serve", "worker", "generate", "models", "users", "keys", "credits", "ledger", "config", "db"):
        assert command in text
    assert "--install-completion" in text
    assert fresh.cli("--version").stdout == f"rushes {__version__}\n"


def test_an_operators_day(fresh: Server) -> None:
    made = json.loads(
        fresh.cli("keys", "create", "--email", "A@Example.com", "--credits", "50", "--tier", "creator", "--dialect",
                  "usvideo", "--json").stdout
    )  # fmt: skip
    assert made["key"].startswith("sd_")
    assert (made["email"], made["tier"], made["balance"]) == ("a@example.com", "creator", 50)
    again = json.loads(fresh.cli("keys", "create", "--email", "a@example.com", "--credits", "5", "--json").stdout)
    assert (again["id"], again["tier"], again["balance"]) == (2, "creator", 55)
    assert json.loads(fresh.cli("credits", "grant", "a@example.com", "45", "--json").stdout)["balance"] == 100
    fresh.cli("users", "tier", "a@example.com", "pro")
    fresh.cli("users", "create", "b@example.com")
    users = json.loads(fresh.cli("users", "list", "--json").stdout)
    assert [(user["email"], user["tier"], user["available"]) for user in users] == [
        ("a@example.com", "pro", 100),
        ("b@example.com", "free", 0),
    ]
    fresh.cli("keys", "revoke", "1", "--email", "a@example.com")
    keys = json.loads(fresh.cli("keys", "list", "--email", "a@example.com", "--json").stdout)
    assert [key["number"] for key in keys] == [2]
    assert "a@example.com" in fresh.cli("users", "list").stdout
    assert fresh.cli("ledger", "audit").returncode == 0
    assert "up to date" in fresh.cli("db", "upgrade").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("keys", "create", "--email", "nobody"), "e-mail"),
        (("keys", "create", "--email", "a@example.com", "--tier", "gold"), "gold"),
        (("keys", "create", "--email", "a@example.com", "--dialect", "klingon"), "klingon"),
        (("credits", "grant", "nobody@example.com", "5"), "nobody@example.com"),
        (("keys", "revoke", "9", "--email", "nobody@example.com"), "nobody@example.com"),
        (("models", "pull", "nonsense"), "nonsense"),
        (("models", "remove", "nonsense"), "nonsense"),
        (("generate", "x", "--server", "http://127.0.0.1:9", "--key", "k"), "reached"),
        (("generate", "x", "--server", "http://127.0.0.1:9"), "key"),
        (("generate", "x", "--seconds", "99"), "seconds"),
        (("generate", "x", "--server", "127.0.0.1:9", "--key", "k"), "http://"),
        (("generate", "x", "--server", "http://127.0.0.1:9", "--key", "schlüssel"), "key"),
        (("generate", "x", "-o", "/no/such/folder/x.mp4"), "/no/such/folder/x.mp4"),
        (("generate", "x", "-o", "/"), "folder"),
    ],
)
def test_what_goes_wrong_is_said(fresh: Server, arguments: tuple[str, ...], words: str) -> None:
    answer = fresh.cli(*arguments, check=False)
    assert answer.returncode == 1
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("credits", "grant", "a@example.com", "99999999999999999999"),
        ("keys", "create", "--email", "a@example.com", "--credits", "99999999999999999999"),
        ("keys", "revoke", "99999999999999999999", "--email", "a@example.com"),
        ("generate", "x", "--image", "/"),
    ],
)
def test_wrong_arguments_are_refused(fresh: Server, arguments: tuple[str, ...]) -> None:
    answer = fresh.cli(*arguments, check=False)
    assert (answer.returncode, "Traceback" in answer.stderr) == (2, False)


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve", "--port", "0"),
        ("worker",),
        ("users", "list"),
        ("keys", "create", "--email", "a@example.com"),
        ("engines", "list"),
        ("models", "pull", "art"),
        ("generate", "x"),
        ("db", "upgrade"),
    ],
)
@pytest.mark.parametrize("below", [False, True])
def test_a_data_folder_that_cannot_be_used_is_named(
    fresh: Server, tmp_path: Path, arguments: tuple[str, ...], below: bool
) -> None:
    file = tmp_path / "a file"
    file.touch()
    fresh.environ["RUSHES_HOME"] = str(file / "home" if below else file)
    answer = fresh.cli(*arguments, check=False)
    assert answer.returncode == 1
    assert str(file) in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.skipif(bool(POSTGRES), reason="about SQLite's file")
@pytest.mark.parametrize("arguments", [("serve", "--port", "0"), ("users", "list"), ("db", "upgrade")])
def test_a_file_that_is_no_database_is_named(fresh: Server, arguments: tuple[str, ...]) -> None:
    fresh.home.mkdir(exist_ok=True)
    (fresh.home / "rushes.db").write_text("something else altogether")
    answer = fresh.cli(*arguments, check=False)
    assert (answer.returncode, "Traceback" in answer.stderr) == (1, False)
    assert "rushes.db cannot be used" in answer.stderr


def test_a_port_that_is_taken_is_named(fresh: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = fresh.cli("serve", "--port", port, check=False)
    assert answer.returncode == 1
    assert f"127.0.0.1:{port}" in answer.stderr
    assert "--port" in answer.stderr


def test_a_variable_that_is_no_setting_is_said(fresh: Server) -> None:
    fresh.environ["RUSHES_RETENTION_DAY"] = "3"
    answer = fresh.cli("config", "show", "--json")
    assert json.loads(answer.stdout)["retention_days"] == 15
    assert "RUSHES_RETENTION_DAY" in answer.stderr
    assert "did you mean RUSHES_RETENTION_DAYS?" in answer.stderr
    del fresh.environ["RUSHES_RETENTION_DAY"]
    assert fresh.cli("config", "show", "--json").stderr == ""


def test_what_is_made_is_named_by_its_kind(fresh: Server, tmp_path: Path) -> None:
    fresh.start()
    answer = subprocess.run(
        [*RUSHES, "generate", "A lighthouse", "-m", "composer-still", "--server", fresh.url, "--key", fresh.key(),
         "--json"], env=fresh.environ, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    path = Path(json.loads(answer.stdout)["file"])
    assert path.suffix == ".png"
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_bad_setting_stops_the_start(fresh: Server) -> None:
    fresh.environ["RUSHES_PORT"] = "eighty"
    answer = fresh.cli("config", "show", check=False)
    assert answer.returncode == 1
    assert "RUSHES_PORT" in answer.stderr


def test_settings_are_shown_without_secrets(fresh: Server) -> None:
    fresh.environ["RUSHES_SECRET"] = "not to be seen"
    text = fresh.cli("config", "show").stdout
    assert "retention_days = 15" in text
    assert "not to be seen" not in text + fresh.cli("config", "show", "--json").stdout


@pytest.mark.parametrize(
    "command", [("users", "list"), ("models", "list"), ("db", "upgrade")], ids=lambda command: command[0]
)
def test_a_data_folder_that_is_made_is_the_operators_alone(fresh: Server, command: tuple[str, ...]) -> None:
    home = fresh.home / "new"
    fresh.environ["RUSHES_HOME"] = str(home)
    fresh.cli(*command)
    assert home.stat().st_mode & 0o777 == 0o700


def test_the_audit_fails_on_a_mismatch(fresh: Server) -> None:
    fresh.key()
    with fresh.database() as database:
        database.run("UPDATE wallets SET available = available + 1")
    answer = fresh.cli("ledger", "audit", "--json", check=False)
    assert answer.returncode == 1
    [finding] = json.loads(answer.stdout)["findings"]
    assert finding["check"] == "available equals its entries"


def test_generating_without_a_server(fresh: Server, tmp_path: Path) -> None:
    out = tmp_path / "boat.mp4"
    answer = fresh.cli("generate", "a boat at sea", "--seconds", "1", "--size", "128x72", "--seed", "3", "--sound",
                       "-o", str(out), "--json")  # fmt: skip
    result = json.loads(answer.stdout)
    assert (result["file"], result["engine"], result["seed"]) == (str(out), "composer", 3)
    with av.open(str(out)) as video:
        assert video.streams.audio
        assert video.streams.video[0].frames == 24
    assert fresh.audit()["ok"]
    assert json.loads(fresh.cli("keys", "list", "--email", "local@localhost.localdomain", "--json").stdout) == []


def test_generating_from_a_picture_on_a_server(fresh: Server, tmp_path: Path) -> None:
    fresh.start()
    picture = tmp_path / "a.png"
    picture.write_bytes(png(128, 96))
    fresh.environ |= {"RUSHES_SERVER": fresh.url, "RUSHES_KEY": fresh.key(dialect="rushes")}
    out = tmp_path / "out.mp4"
    answer = fresh.cli("generate", "slow zoom in", "--image", str(picture), "--seconds", "1", "--size", "128x72",
                       "-o", str(out))  # fmt: skip
    assert "Saved" in answer.stderr
    assert out.stat().st_size > 1000
    assert len(files_on_disk(fresh.home)) == 1


@pytest.mark.parametrize("module", ["rushes.server", "rushes.cli.main", "rushes.cli.operator"])
def test_a_start_loads_nothing_that_it_seldom_needs(module: str) -> None:
    """A database is seldom behind, and most commands make no video: SQLAlchemy alone is a third of a start."""
    seldom = {"sqlalchemy", "alembic", "numpy", "av", "asyncpg", "onnxruntime", "cv2", "opentelemetry"}
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert seldom.isdisjoint(loaded)
